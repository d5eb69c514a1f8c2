"""Runs the programs of the live corpus and records their profiles on a collector's schedule.

`python -m benchmarks.detection.live.record --go 1.27 --minutes 32 --out FOLDER` makes FOLDER/1.27.3/07-leaky and so on:
recordings that `leakstream replay` reads, each with its truth beside it. What the machine had to do stands at the end.
"""

import argparse
import asyncio
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detection.live.programs import TWINS, Pattern, build_service, choose_patterns, choose_version
from benchmarks.detection.live.programs import list_patterns as ask_patterns
from benchmarks.detection.live.record_one import Plan, Scrapes, record_one
from collectors.scrape import open_session
from leakstream.adapters.clock import SystemClock
from schemas.durations import parse_duration

_CONNECTIONS = 64
_BETWEEN_STARTS_SECONDS = 0.5
"""Programs that start together would be asked for their evidence together."""


@dataclass(frozen=True, slots=True)
class Run:
    """One program to record."""

    pattern: Pattern
    twin: str

    @property
    def name(self) -> str:
        """Name the recording's folder and service."""
        return f"{self.pattern.id}-{self.twin}"


def list_runs(patterns: Iterable[Pattern], twins: str) -> Iterator[Run]:
    """Give the runs of a choice of twins; the programs of the Go tree have no fixed one."""
    chosen = TWINS if twins == "both" else (twins,)
    return (Run(pattern, twin) for pattern in patterns for twin in chosen if twin == "leaky" or not pattern.of_the_tree)


async def record_all(runs: Iterable[Run], plan: Plan, parallel: int) -> Scrapes:
    """Record every run, so many at a time; a run that fails costs itself only.

    At SIGTERM every recording is closed at once and shorter than planned; raises CancelledError then.
    """
    places = asyncio.Semaphore(parallel)
    total = Scrapes()
    clock = SystemClock()
    if this := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    async with open_session(_CONNECTIONS) as session, asyncio.TaskGroup() as group:

        async def take_place(run: Run) -> None:
            async with places:
                try:
                    done = await record_one(plan, run.pattern, run.twin, session, clock)
                except (OSError, ValueError) as error:
                    sys.stderr.write(f"{run.name}: {error}\n")
                    return
            total.add(done)
            sys.stderr.write(f"{run.name}: {done}\n")

        for run in runs:
            group.create_task(take_place(run))
            await asyncio.sleep(_BETWEEN_STARTS_SECONDS)
    return total


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Record goroutine profiles of programs that leak and of their twins.")
    parser.add_argument("--go", default="1.27", help="version of Go, 1.23 or 1.23.9 (1.27)")
    parser.add_argument("--minutes", type=float, default=32, help="length of each recording (32)")
    parser.add_argument("--after", type=parse_duration, default=120.0, help="before the pattern is called (2m)")
    parser.add_argument("--interval", type=parse_duration, default=10.0, help="between two scrapes (10s)")
    parser.add_argument("--evidence", type=parse_duration, default=300.0, help="between text and leak profiles (5m)")
    parser.add_argument("--patterns", default="all", help="all, twins, tree, or ids with commas between (all)")
    parser.add_argument("--twins", choices=("both", *TWINS), default="both")
    parser.add_argument("--rate", default="12/m", help="calls of a pattern that has no rate of its own (12/m)")
    parser.add_argument("--load", type=float, default=8, help="ordinary requests a second (8)")
    parser.add_argument("--parallel", type=int, default=16, help="programs at a time (16)")
    parser.add_argument("--build", type=Path, help="folder for the build (OUT/build)")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def main() -> int:
    """Build, record, and say what it took."""
    arguments = read_arguments()
    try:
        version = choose_version(arguments.go)
        binary = build_service(version, arguments.build or arguments.out / "build")
        runs = list(list_runs(choose_patterns(ask_patterns(binary), arguments.patterns), arguments.twins))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{error.stderr}\n")
        return 1
    plan = Plan(
        binary=binary,
        version=version,
        folder=arguments.out / version,
        rate=arguments.rate,
        load=arguments.load,
        after_seconds=arguments.after,
        interval_seconds=arguments.interval,
        evidence_seconds=arguments.evidence,
        length_seconds=arguments.minutes * 60,
    )
    started, before = time.monotonic(), used()
    try:
        done = asyncio.run(record_all(runs, plan, arguments.parallel))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.stderr.write("ended before its time; what was recorded is kept\n")
        return 130
    seconds = time.monotonic() - started
    programs, ours = ((now - then) / seconds for now, then in zip(used(), before, strict=True))
    print(f"Go {version}: {len(runs)} programs, {arguments.parallel} at a time, {seconds:.0f} seconds, {done};")
    print(f"cores used: {programs:.2f} by the programs, {ours:.2f} by the recorder")
    return 0 if done.profiles else 1


def used() -> tuple[float, float]:
    """Give the processor seconds that the programs that ended used, and we."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF))
    programs, ours = (usage.ru_utime + usage.ru_stime for usage in usages)
    return programs, ours


if __name__ == "__main__":
    sys.exit(main())
