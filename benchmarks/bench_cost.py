"""What a leaked goroutine costs in memory: its stack, and the heap that hangs on it; and how well readings tell it.

Each pattern of the live corpus (benchmarks/detection/live) is called 50 times a second, its leaky and its fixed twin
side by side, with next to no other load. Twice the runtime is asked for its own figures after a collection
(`heap?debug=1&gc=1`): what heap and stacks in use gained in between, over what goroutines gained. The fixed twins are
the control: what they gain is no leak. Patterns that leak fewer than 100 goroutines in that time are left out.
Then a program whose goroutines hold a known number of bytes is read as a collector reads it (read_costs.py), and what
two readings say stands beside the truth. `python -m benchmarks.bench_cost` writes RESULTS.md and takes ten minutes.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import aiohttp

from benchmarks.detection.live.programs import Pattern, build_service, choose_patterns, list_patterns
from benchmarks.detection.live.running import Order, run_service
from benchmarks.read_costs import GAINED, Case, Found, build_leak, find
from benchmarks.results import machine, publish
from leakstream.adapters.clock import SystemClock
from tests.golden.toolchains import PINNED

RATE = "50/s"
TRICKLE = 0.1
"""Ordinary requests a second; none at all is no rate to the program."""
SETTLED_SECONDS = 2.0
LEAKING_SECONDS = 6.0
FEWEST = 100


@dataclass(frozen=True, slots=True)
class Memory:
    """What one process holds: bytes of heap and of stacks in use, and goroutines."""

    heap: int
    stacks: int
    goroutines: int


@dataclass(frozen=True, slots=True)
class Gain:
    """What one twin of a pattern gained: bytes of heap and of stacks, and goroutines."""

    pattern: Pattern
    heap: int
    stacks: int
    goroutines: int

    def __str__(self) -> str:
        """Say it in a few words."""
        return f"{self.heap + self.stacks:,} bytes, {self.goroutines} goroutines"

    @property
    def each(self) -> float:
        """Give the bytes of one goroutine."""
        return (self.heap + self.stacks) / self.goroutines


async def measure(session: aiohttp.ClientSession, address: str) -> Memory:
    """Ask a process for its memory after a collection, and for its goroutines."""
    async with session.get(f"http://{address}/debug/pprof/heap?debug=1&gc=1") as answer:
        heap = await answer.text()
    async with session.get(f"http://{address}/debug/pprof/goroutine?debug=1") as answer:
        goroutines = await answer.text()
    return Memory(
        find_number(r"# HeapAlloc = (\d+)", heap),
        find_number(r"# Stack = (\d+)", heap),
        find_number(r"total (\d+)", goroutines),
    )


def find_number(expression: str, text: str) -> int:
    """Give the number in the first match; raises ValueError where there is none."""
    match = re.search(expression, text)
    if match is None:
        raise ValueError(f"no {expression} in {text[:100]!r}")
    return int(match[1])


async def run(binary: Path, pattern: Pattern, twin: str) -> Gain:
    """Run one twin of a pattern."""
    order = Order(pattern.id, twin, RATE, TRICKLE, 0)
    async with run_service(binary, order, SystemClock()) as running, aiohttp.ClientSession() as session:
        await asyncio.sleep(SETTLED_SECONDS)
        before = await measure(session, running.address)
        await asyncio.sleep(LEAKING_SECONDS)
        after = await measure(session, running.address)
    return Gain(pattern, after.heap - before.heap, after.stacks - before.stacks, after.goroutines - before.goroutines)


async def run_all(binary: Path, patterns: Iterable[Pattern]) -> list[tuple[Gain, Gain]]:
    """Run the two twins of each pattern, one pattern after the other; one whose program ends is told and left out."""
    gains = []
    for pattern in patterns:
        try:
            leaky, fixed = await asyncio.gather(*(run(binary, pattern, twin) for twin in ("leaky", "fixed")))
        except (aiohttp.ClientError, ValueError) as error:
            sys.stderr.write(f"{pattern.id} {pattern.name}: {error}\n")
            continue
        sys.stderr.write(f"{pattern.id} {pattern.name}: {leaky} beside {fixed}\n")
        gains.append((leaky, fixed))
    return gains


CASES = (
    *(Case(held) for held in (1_024, 16_384, 65_536)),
    *(Case(held, 100, 64) for held in (1_024, 16_384, 65_536)),
    Case(65_536, 300, 16),
)
ROUNDS = 3


def find_all(binary: Path) -> Iterator[list[Found]]:
    """Give the rounds of each case."""
    for case in CASES:
        rounds = [find(binary, case) for _ in range(ROUNDS)]
        for found in rounds:
            sys.stderr.write(f"{found}\n")
        yield rounds


def describe_readings(cases: Iterable[Sequence[Found]]) -> str:
    """Give the table of readings beside the truth, with the widest range of each case."""
    lines = [
        "Two readings of `heap?debug=1` beside the truth, which is what was gained after forced collections. Each of",
        f"{GAINED:,} goroutines holds a buffer; beside it stay so many MiB of heap, and so many KiB of garbage come",
        f"with each. {ROUNDS} rounds; the widest ranges, and how often they held the truth.",
        "",
        "| buffer | heap | garbage | truth | behind `goroutineleak` | held | without | held |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for rounds in cases:
        case, truth = rounds[0].case, median(found.truth for found in rounds)
        cells = [f"{case.held_bytes:,}", f"{case.live_mib}", f"{case.garbage_kib}", f"{truth:,.0f}"]
        for at, costs in enumerate(([one.settled for one in rounds], [one.unsettled for one in rounds])):
            low, high = min(cost.low_bytes for cost in costs), max(cost.high_bytes for cost in costs)
            cells += [f"{low:,.0f} to {high:,.0f}", f"{sum(found.holds[at] for found in rounds)} of {len(rounds)}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def describe(gains: Sequence[tuple[Gain, Gain]], asked: int) -> str:
    """Give the section for RESULTS.md."""
    leaks = [(leaky, fixed) for leaky, fixed in gains if leaky.goroutines >= FEWEST]
    costs = sorted(leaky.each for leaky, _ in leaks)
    control = [abs(fixed.heap + fixed.stacks) / leaky.goroutines for leaky, fixed in leaks]
    rows = (
        ("smallest", costs[0]),
        ("median", median(costs)),
        ("nine of ten at most", quantiles(costs, n=10, method="inclusive")[-1]),
        ("largest", costs[-1]),
        ("median, stacks alone", median(leaky.stacks / leaky.goroutines for leaky, _ in leaks)),
        ("control: what a fixed twin gained or lost, over as many goroutines, median", median(control)),
        ("control: the most", max(control)),
    )
    most = max((leaky for leaky, _ in leaks), key=lambda leaky: leaky.each)
    lines = [
        "## bench_cost.py: what a leaked goroutine costs",
        "",
        f"{machine()}. Go {PINNED}, {len(leaks)} of {asked} patterns leaked {FEWEST} goroutines and more.",
        f"The largest is *{most.pattern.name}*.",
        "",
        "| over patterns | bytes each |",
        "|---|---|",
        *(f"| {name} | {size:,.0f} |" for name, size in rows),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and publish."""
    with tempfile.TemporaryDirectory() as folder:
        binary = build_service(PINNED, Path(folder))
        patterns = choose_patterns(list_patterns(binary), "twins")
        patterned = describe(asyncio.run(run_all(binary, patterns)), len(patterns))
        publish(f"{patterned}\n{describe_readings(find_all(build_leak(Path(folder))))}")


if __name__ == "__main__":
    main()
