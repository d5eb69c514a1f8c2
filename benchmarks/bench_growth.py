"""How fast counts become growth, what judging a fleet costs, how many bytes a series takes and gives back.

`python -m benchmarks.bench_growth` prints and publishes; `--most 1000000` stops at so many series. One core.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from benchmarks.results import machine, publish
from processors.growth.batch import Batch
from processors.growth.evaluate import Moment
from processors.growth.questions import Asking
from processors.growth.series import _ROWS, Life
from processors.growth.service import Growing
from processors.growth.windows import LONGEST_SPAN_SLOTS
from schemas.model import Fingerprint

STACKS = 300
MOVING_SHARE = 0.47
"""Of the series of recorded fleets so many ever move."""

SLOTS = 36
FLEET_SERIES = 100_000 * STACKS
SHARED = 3
"""Stacks that came in through one function, where stacks are said to share theirs."""

STILL_SLOTS = (0, 1_440, 4_320, LONGEST_SPAN_SLOTS + 360)
"""When idle series are looked at: after a day, three days, and as long as the longest span and six hours."""
_ASKING = Asking(8.0)


@dataclass(frozen=True, slots=True)
class Figures:
    """CPU seconds per series and slot for taking counts in and for judging, and bytes per series."""

    series: int
    observe_seconds: float
    judge_seconds: float
    bytes_per_series: float


@dataclass(frozen=True, slots=True)
class Still:
    """What series that moved have, so many slots after all of them stood still."""

    slots: int
    rows_share: float
    bytes_per_series: float


def main() -> None:
    """Measure services of different sizes, and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=10_000_000)
    most = parser.parse_args().most
    sizes = [size for size in (10_000, 100_000, 1_000_000, 10_000_000) if size <= most]
    found = [measure(size) for size in sizes]
    shared = measure(min(most, 100_000), SHARED)
    lines = [*_head(), *map(_row, found), "", *_tail(found[-1], shared), *map(_still_row, stand_still())]
    publish("\n".join(lines) + "\n")


def measure(series: int, shared: int = 1) -> Figures:
    """Feed services of 100 instances until there are so many series; so many stacks share an entry."""
    services = [_Service(seed, shared) for seed in range(max(1, series // (100 * STACKS)))]
    instances = min(100, series // STACKS)
    taken = judged = 0.0
    for slot in range(SLOTS):
        for service in services:
            rows = service.draw(instances)
            started = time.process_time()
            service.observe(rows, slot)
            between = time.process_time()
            service.growing.close(Moment(slot, 60.0), _ASKING)
            taken += between - started
            judged += time.process_time() - between
    count = len(services) * instances * STACKS
    size = sum(service.bytes() for service in services)
    services.clear()
    return Figures(count, taken / SLOTS / count, judged / SLOTS / count, size / count)


def stand_still() -> Iterator[Still]:
    """Let one service move for a while, and then never again."""
    service = _Service(0)
    rows = service.draw(100)
    for slot in range(SLOTS + STILL_SLOTS[-1] + 1):
        rows = service.draw(100) if slot <= SLOTS else rows
        service.observe(rows, slot)
        service.growing.close(Moment(slot, 60.0), _ASKING)
        if slot - SLOTS in STILL_SLOTS:
            count = 100 * STACKS
            yield Still(slot - SLOTS, service.growing.series.rows / count, service.bytes() / count)


class _Service:
    """A service whose stacks keep their numbers, but for those that move."""

    def __init__(self, seed: int, shared: int = 1) -> None:
        self.growing = Growing()
        self._random = np.random.default_rng(seed)
        names = [(f"main.f{number}", f"main.e{number // shared}") for number in range(STACKS)]
        self._names = {
            number + 1: Fingerprint(number + 1, "select", *frames, frames, 0) for number, frames in enumerate(names)
        }
        self._values = np.arange(1, STACKS + 1, dtype=np.uint64)
        self._level = self._random.integers(1, 50, STACKS)
        self._moving = self._random.random(STACKS) < MOVING_SHARE
        self._places: list[int] = []

    def draw(self, instances: int) -> list[np.ndarray[tuple[int], np.dtype[np.uint64]]]:
        """Draw the counts of one slot."""
        shape = (instances, STACKS)
        counts = np.where(self._moving, self._random.poisson(self._level, shape), self._level)
        return list(counts.astype(np.uint64))

    def observe(self, rows: list[np.ndarray[tuple[int], np.dtype[np.uint64]]], slot: int) -> None:
        """Take in one scrape of every instance, as a slot that is closed does."""
        batch = Batch(self.growing)
        for number, row in enumerate(rows):
            ids = self.growing.meet(self._values, row, self._names.__getitem__)
            if number < len(self._places):
                batch.add(self._places[number], ids, row)
            else:
                life = Life(f"i{number}", datetime(2026, 11, 1, tzinfo=UTC), "", None, 1.0, slot, slot)
                self._places.append(self.growing.begin(life, ids, row))
        batch.take_in()

    def bytes(self) -> int:
        """Add up all arrays."""
        growing = self.growing
        return sum(array.nbytes for array in _arrays(growing))


def _arrays(growing: Growing) -> Iterator[np.ndarray[tuple[int, ...], np.dtype[np.generic]]]:
    """Give every array of a service."""
    series = growing.series
    yield from (getattr(series, name) for name in (*_ROWS, "flat", "row_of", "seen", "present", "older_present"))
    yield from (growing.load.recent, growing.load.past, growing.waves.past, growing.waves.total, growing.mature)
    yield from (growing.noise.sums, growing.noise_of_sums.sums)
    yield from (growing.crests.levels, growing.crests_of_sums.levels)


def _head() -> list[str]:
    return [
        "## bench_growth.py: counts to growth",
        "",
        f"Services of 100 instances, {STACKS} stacks each, of which {MOVING_SHARE:.0%} move; nine scales; one core.",
        f"`python -m benchmarks.bench_growth`; {machine()}.",
        "",
        "| series | counts taken in a second | judging, ns a series and slot | bytes a series |",
        "|---|---|---|---|",
    ]


def _row(found: Figures) -> str:
    rate = f"{1 / found.observe_seconds / 1e6:.1f} million"
    return f"| {found.series:,} | {rate} | {found.judge_seconds * 1e9:.0f} | {found.bytes_per_series:.0f} |"


def _tail(found: Figures, shared: Figures) -> list[str]:
    seconds = FLEET_SERIES * found.judge_seconds
    judged = f"{seconds:.1f} seconds of one core, {seconds / 60:.0%} of it"
    size = shared.bytes_per_series * SHARED / (SHARED + 1)
    return [
        f"Every series of 100,000 instances, judged once a minute: {judged}.",
        f"Where {SHARED} stacks share the function that they came in through, its sum is a series more:",
        f"{1 / shared.observe_seconds / 1e6:.1f} million counts a second, {size:.0f} bytes a series.",
        "",
        "A series that never moved costs 6 bytes and its share of what is kept per stack. One that moves has a row of",
        "its own, and gives it back when its past is one number at every scale:",
        "",
        "| slots since all stand still | series with a row | bytes a series |",
        "|---|---|---|",
    ]


def _still_row(still: Still) -> str:
    return f"| {still.slots:,} | {still.rows_share:.0%} | {still.bytes_per_series:.0f} |"


if __name__ == "__main__":
    main()
