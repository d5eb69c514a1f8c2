"""How many profiles a second `leakstream replay` takes, as the command itself says.

Two recordings are written first, a long one and a short one: profiles of the typical size (typical_fleet.py), several
services, instances and builds. Then the command is run in a process of its own, with each in turn. What the long one
takes more says what a profile takes once the machine code is there. Both are replayed in one process, and in as many as
the command chooses by itself. `python -m benchmarks.bench_replay` prints and publishes.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.results import machine, publish
from benchmarks.typical_fleet import FEWEST_FRAMES, MOST_FRAMES, STACKS, Fleet, scrape_fleet

FLEET = Fleet(services=4, instances=12, slots=400)
SHORT = Fleet(services=4, instances=12, slots=120)
ROUNDS = 3
_SAID = re.compile(r"(\d+) profiles, (\d+) failed, (\d+) dropped, ([\d.]+) seconds, (\d+) profiles/s")


@dataclass(frozen=True, slots=True)
class Figures:
    """What the command said of itself, how long its process lived and worked, and how many changes of state it told."""

    profiles: int
    seconds: float
    rate: float
    process_seconds: float
    cpu_seconds: float
    lines: int


def main() -> None:
    """Measure, print, and write RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", type=Path, help="write the recording there, and measure nothing")
    keep = parser.parse_args().keep
    if keep is not None:
        write_recording(FLEET, keep)
        return
    with tempfile.TemporaryDirectory() as name:
        long, short = Path(name) / "long", Path(name) / "short"
        profile_bytes = write_recording(FLEET, long)
        write_recording(SHORT, short)
        rounds = [
            [replay(path, *jobs) for path in (long, short) for jobs in (("--jobs", "1"), ())] for _ in range(ROUNDS)
        ]
    alone, split, *short_ones = (sorted(runs, key=_seconds)[ROUNDS // 2] for runs in zip(*rounds, strict=True))
    publish(describe((alone, split), (short_ones[0], short_ones[1]), profile_bytes))


def write_recording(fleet: Fleet, folder: Path) -> int:
    """Write the profiles and their manifest; give the bytes of a profile in the mean."""
    (folder / "profiles").mkdir(parents=True)
    size = 0
    with (folder / "manifest.jsonl").open("w") as manifest:
        for number, scraped in enumerate(scrape_fleet(fleet)):
            body = scraped.profile or b""
            (folder / f"profiles/{number:06}.pb.gz").write_bytes(body)
            row = {
                "time": scraped.scraped_at.isoformat().replace("+00:00", "Z"),
                "service": scraped.service,
                "instance": scraped.instance,
                "labels": dict(scraped.labels),
                "profile": f"profiles/{number:06}.pb.gz",
            }
            manifest.write(json.dumps(row) + "\n")
            size += len(body)
    return size // fleet.profiles


def replay(folder: Path, *options: str) -> Figures:
    """Run the command once."""
    command = [sys.executable, "-m", "leakstream", "replay", "--output", "json", *options, str(folder)]
    started, used = time.perf_counter(), _cpu()
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    lived, worked = time.perf_counter() - started, _cpu() - used
    said = _SAID.search(ran.stderr)
    if said is None:
        raise ValueError(f"no figures in {ran.stderr!r}")
    return Figures(int(said[1]), float(said[4]), float(said[5]), lived, worked, len(ran.stdout.splitlines()))


def _cpu() -> float:
    """Give the CPU seconds of the processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seconds(run: Figures) -> float:
    return run.seconds


def describe(runs: tuple[Figures, Figures], shorts: tuple[Figures, Figures], profile_bytes: int) -> str:
    """Write the figures as a section of RESULTS.md; each pair is one process and several."""
    alone = runs[0]
    cells = [_cells(run, short) for run, short in zip(runs, shorts, strict=True)]
    rows = "\n".join(f"| {what} | {one} | {many} |" for what, one, many in zip(_ROWS, *cells, strict=True))
    return f"""## bench_replay.py: recorded profiles through the whole pipeline

{FLEET.services} services of {FLEET.instances} instances, two builds each, {FLEET.slots} scrapes; {STACKS} stacks of
{FEWEST_FRAMES} to {MOST_FRAMES} frames a profile, {alone.profiles:,} profiles of {profile_bytes:,} bytes; median of
{ROUNDS} runs of the command. `python -m benchmarks.bench_replay`; {machine()}.

| what | `--jobs 1` | as many as cores |
|---|---|---|
{rows}
"""


_ROWS = (
    "profiles a second, as the command says",
    "profiles a second, but for loading the machine code",
    "CPU of a profile, but for loading the machine code",
    "changes of state told",
    "seconds at work",
    "seconds before and after: the interpreter starts and ends",
)


def _cells(run: Figures, short: Figures) -> tuple[str, ...]:
    """Write a column."""
    more = run.profiles - short.profiles
    return (
        f"{run.rate:,.0f}",
        f"{more / (run.seconds - short.seconds):,.0f}",
        f"{1000 * (run.cpu_seconds - short.cpu_seconds) / more:.2f} ms",
        str(run.lines),
        f"{run.seconds:.2f}",
        f"{run.process_seconds - run.seconds:.2f}",
    )


if __name__ == "__main__":
    main()
