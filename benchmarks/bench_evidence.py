"""What evidence costs the program it is taken of, by that program's own measure, and what the guard lets be taken.

A Go program parks goroutines over a heap of 100 MB (examples/healthy/many-goroutines) and tells from runtime/metrics
how long it stood still (/sched/pauses/total) and what CPU time it had; a pause counts with the upper end of its bucket.
Then every minute of an hour a suspect asks for evidence: what the guard lets through is really taken, one after the
other, with the guard's clock set to the minute. `python -m benchmarks.bench_evidence` writes RESULTS.md.
"""

import json
import subprocess
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.results import machine, publish
from collectors.evidence_url import make_evidence_url
from collectors.guard_evidence import Guard, Refused, estimate_stop_seconds, policy_of_guard
from examples.build import build
from schemas.evidence import EvidenceRequest
from schemas.model import Kind
from schemas.settings_evidence import EvidenceSettings

SIZES = ((1_000, 0), (10_000, 0), (100_000, 0), (0, 5_000), (0, 20_000))
"""Goroutines in four ways, and on one mutex."""
KINDS = (Kind.GOROUTINE, Kind.TEXT, Kind.LEAK, Kind.HEAP)
NAMES = {Kind.GOROUTINE: "debug=0", Kind.TEXT: "debug=2", Kind.LEAK: "goroutineleak", Kind.HEAP: "heap"}
ROUNDS = 3
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cost:
    """What one profile cost: seconds of standing still, added up and the longest, CPU and wall time, bytes."""

    stopped: float
    longest: float
    stops: int
    cpu: float
    wall: float
    size: int


@contextmanager
def running(binary: Path, goroutines: int, locked: int) -> Iterator[str]:
    """Run the program until it has its goroutines; give host:port."""
    command = [str(binary), "-goroutines", str(goroutines), "-locked", str(locked)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin  # noqa: S101 asked for above
        assert process.stdout  # noqa: S101 asked for above
        address = process.stdout.readline().split()[1]
        while measure(address)["goroutines"] < goroutines + locked:
            time.sleep(0.2)
        yield address
        process.stdin.close()


def fetch(url: str) -> bytes:
    """Get a body."""
    with urllib.request.urlopen(url, timeout=300) as answer:  # noqa: S310 loopback
        body: bytes = answer.read()
    return body


def measure(address: str) -> dict[str, Any]:
    """Ask the program what it measured of itself: goroutines, cpu_seconds, pauses by the upper end of their bucket."""
    measured: dict[str, Any] = json.loads(fetch(f"http://{address}/measured"))
    return measured


def take(address: str, kind: Kind) -> Cost:
    """Take one profile and say what it cost."""
    scraped = f"http://{address}/debug/pprof/goroutine?debug=0"
    url = scraped if kind is Kind.GOROUTINE else make_evidence_url(scraped, kind)
    before = measure(address)
    started = time.monotonic()
    body = fetch(str(url))
    wall = time.monotonic() - started
    after = measure(address)
    pauses = {float(upper): count - before["pauses"].get(upper, 0) for upper, count in after["pauses"].items()}
    pauses = {upper: count for upper, count in pauses.items() if count}
    return Cost(
        stopped=sum(upper * count for upper, count in pauses.items()),
        longest=max(pauses, default=0.0),
        stops=sum(pauses.values()),
        cpu=after["cpu_seconds"] - before["cpu_seconds"],
        wall=wall,
        size=len(body),
    )


def middle(costs: list[Cost]) -> Cost:
    """Give the median of each figure."""
    return Cost(
        stopped=median(cost.stopped for cost in costs),
        longest=median(cost.longest for cost in costs),
        stops=round(median(cost.stops for cost in costs)),
        cpu=median(cost.cpu for cost in costs),
        wall=median(cost.wall for cost in costs),
        size=round(median(cost.size for cost in costs)),
    )


@dataclass
class Hour:
    """An hour of requests: what was taken, what the guard said, how long the program stood still by its own word."""

    outcomes: Counter[str]
    charged: float = 0.0
    stopped: float = 0.0
    cpu: float = 0.0


def ask_for_an_hour(address: str, goroutines: int, locked: int, settings: EvidenceSettings) -> Hour:
    """Ask every minute; take what the guard lets through."""
    guard, hour = Guard(policy_of_guard(settings)), Hour(Counter())
    for minute in range(60):
        now = BEGIN + timedelta(minutes=minute)
        request = EvidenceRequest("service", address, minute, KINDS[1:], now, goroutines + locked, lock_waiters=locked)
        refused = guard.begin(request, now, now)
        for kind in request.kinds:
            why = refused or guard.charge(request, kind, now)
            if isinstance(why, Refused):
                hour.outcomes[f"{NAMES[kind]} {why.why.value}"] += 1
                continue
            cost = take(address, kind)
            hour.outcomes[f"{NAMES[kind]} taken"] += 1
            hour.charged += estimate_stop_seconds(kind, goroutines + locked, locked)
            hour.stopped += cost.stopped
            hour.cpu += cost.cpu
    return hour


def name_size(goroutines: int, locked: int) -> str:
    """Say how many there are."""
    return f"{locked:,} on one mutex" if locked else f"{goroutines:,}"


def row_of_cost(goroutines: int, locked: int, kind: Kind, cost: Cost) -> str:
    """Give a row of the first table."""
    guess = "" if kind is Kind.GOROUTINE else f"{estimate_stop_seconds(kind, goroutines + locked, locked) * 1000:,.0f}"
    figures = (cost.stopped * 1000, cost.longest * 1000, cost.cpu * 1000, cost.wall * 1000)
    stopped, longest, cpu, wall = (f"{figure:,.2f}" for figure in figures)
    name = name_size(goroutines, locked)
    cells = (name, NAMES[kind], cost.stops, stopped, longest, guess, cpu, wall, f"{cost.size:,}")
    return f"| {' | '.join(map(str, cells))} |"


def row_of_hour(size: str, hour: Hour, budget: float) -> str:
    """Give a row of the second table."""
    said = ", ".join(f"{count} of {outcome}" for outcome, count in sorted(hour.outcomes.items()))
    return f"| {size} | {said} | {hour.charged:.2f} | {hour.stopped:.3f} | {budget:.1f} | {hour.cpu:.2f} |"


def main() -> None:
    """Measure and publish."""
    settings = EvidenceSettings()
    budget = settings.stopped_share * 3600
    costs, hours = [], []
    with tempfile.TemporaryDirectory() as folder:
        binary = build("healthy/many-goroutines", Path(folder))
        for goroutines, locked in SIZES:
            with running(binary, goroutines, locked) as address:
                taken = {kind: middle([take(address, kind) for _ in range(ROUNDS)]) for kind in KINDS}
                costs += [row_of_cost(goroutines, locked, kind, cost) for kind, cost in taken.items()]
                hour = ask_for_an_hour(address, goroutines, locked, settings)
                hours.append(row_of_hour(name_size(goroutines, locked), hour, budget))
    publish(
        "\n".join(
            (
                "## bench_evidence.py: what evidence costs the program it is taken of",
                "",
                "Goroutines parked 3 to 6 calls deep in four ways over a heap of 100 MB, Go 1.27; medians.",
                "Pauses are those of runtime/metrics `/sched/pauses/total`, upper ends of buckets; the guess is what",
                "the guard charges before it takes a profile. A collection that falls into its time counts with it.",
                f"`python -m benchmarks.bench_evidence`; {ROUNDS} rounds; {machine()}.",
                "",
                "| goroutines | profile | pauses | stopped ms | longest ms | guess ms | CPU ms | wall ms | bytes |",
                "|---|---|---|---|---|---|---|---|---|",
                *costs,
                "",
                "An hour in which evidence is asked for every minute, with the defaults of `evidence`:",
                "",
                "| goroutines | what the guard said | charged s | stopped s, measured | budget s | CPU s |",
                "|---|---|---|---|---|---|",
                *hours,
            )
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
