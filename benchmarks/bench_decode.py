"""Compares reading goroutine profiles with Go's own parser, on the same files, in the same run, taking turns.

The files are real profiles of a generated Go program (go_service.py), each scrape different from the one before. Beside
them stands decode/main.go: google/pprof's ParseData and a hash of each stack's function names, on one core. What is
timed on our side is the whole public `Reader.read`, from bytes to goroutines per fingerprint:

- known build: the addresses of the build are remembered (every 16th scrape is read whole, as in service);
- new build: the build was never seen, the names of its functions were: builds are forgotten before each profile.

`raw` leaves gunzip out on both sides. `python -m benchmarks.bench_decode` writes the figures into RESULTS.md.
"""

import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.go_service import build_service, take_profiles
from benchmarks.results import machine, publish
from examples.build import GO, go_environment
from processors.builds import Builds
from processors.fingerprint import fingerprint
from processors.normalise import normalise
from processors.read import Reader
from processors.reading import Reading

ROUNDS = 9
SIZES = ((300, 10, 60), (1_000, 10, 40), (5_000, 60, 16))
"""Stacks, goroutines of each in the mean, scrapes."""
DECODE = Path(__file__).parent / "decode"


@dataclass(frozen=True)
class Turn:
    """Nanoseconds per profile in one round, medians over its profiles."""

    go: float
    known: float
    new: float


class GoParser:
    """The Go program, kept running: one line asks, one line answers."""

    def __init__(self, folder: Path) -> None:
        """Build it (its two modules come over the module proxy the first time) and start it on one core."""
        binary = folder / "decode"
        environment = go_environment(folder) | {"GOPROXY": os.environ.get("GOPROXY", ""), "GOFLAGS": "-mod=readonly"}
        environment = {name: value for name, value in environment.items() if value} | {"GOPATH": str(folder / "go")}
        subprocess.run(
            [str(GO), "build", "-modcacherw", "-o", str(binary), "."], cwd=DECODE, env=environment, check=True
        )
        self.process = subprocess.Popen(
            [str(binary)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"GOMAXPROCS": "1"}
        )

    def measure(self, folder: Path, form: str) -> tuple[float, int]:
        """Give nanoseconds per profile (median) and goroutines of all profiles."""
        if self.process.stdin is None or self.process.stdout is None:
            raise AssertionError("started with pipes")
        self.process.stdin.write(f"{folder} {form}\n")
        self.process.stdin.flush()
        took, total = self.process.stdout.readline().split()
        return float(took), int(total)

    def close(self) -> None:
        """End it."""
        self.process.communicate()


def make_reader() -> Reader:
    """Give a reader as a processor has it."""
    return Reader(lambda raw: fingerprint(normalise(raw)), bytes(32))


def measure_read(read: Callable[[bytes], Reading], bodies: Sequence[bytes]) -> tuple[float, int]:
    """Give nanoseconds per profile (median) and goroutines of all profiles."""
    took, total = [], 0
    for body in bodies:
        begin = time.perf_counter_ns()
        reading = read(body)
        took.append(time.perf_counter_ns() - begin)
        total += int(reading.goroutines.sum()) + reading.unlocated
    return statistics.median(took), total


def compare(parser: GoParser, folder: Path, form: str) -> list[Turn]:
    """Let both sides read the same files in turns; raise ValueError where they count differently."""
    files = [path.read_bytes() for path in sorted(folder.glob("*.pb.gz"))]
    bodies = files if form == "gzip" else [gzip.decompress(body) for body in files]
    reader = make_reader()

    def known(body: bytes) -> Reading:
        return reader.read("bench", body)

    def new(body: bytes) -> Reading:
        reader.builds = Builds(reader.memory.build_slots, reader.memory.recheck_every)
        return reader.read("bench", body)

    for body in bodies:
        known(body)
    turns = []
    for _ in range(ROUNDS):
        go, expected = parser.measure(folder, form)
        measured = [measure_read(known, bodies), measure_read(new, bodies)]
        if {total for _, total in measured} != {expected}:
            raise ValueError(f"{folder.name}: Go counts {expected} goroutines, we count {measured}")
        known(bodies[0])
        turns.append(Turn(go, measured[0][0], measured[1][0]))
    return turns


def measure_large(binary: Path, folder: Path) -> tuple[str, ...]:
    """Read 300,000 goroutines in 5,000 stacks in a process of its own; give what `read_alone` prints."""
    [profile] = take_profiles(binary, folder / "large", stacks=5_000, goroutines=61, scrapes=1)
    command = [sys.executable, "-m", "benchmarks.bench_decode", str(profile)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(ran.stdout.split())


def read_alone(profile: Path) -> None:
    """Print goroutines, milliseconds of the first and of the tenth read, MiB of the process before and at its peak."""
    reader = make_reader()
    reader.warm()
    body = profile.read_bytes()
    before = _memory_mebibytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far stood in the compiler's imports
    took = []
    for _ in range(10):
        begin = time.perf_counter()
        reading = reader.read("bench", body)
        took.append(1_000 * (time.perf_counter() - begin))
    peak = _memory_mebibytes("VmHWM")
    print(int(reading.goroutines.sum()) + reading.unlocated, f"{took[0]:.1f} {took[-1]:.3f} {before:.0f} {peak:.0f}")


def _memory_mebibytes(name: str) -> float:
    """Give a size of this process as Linux tells it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1_024 for line in lines if line.startswith(f"{name}:"))


def describe_row(stacks: int, form: str, turns: Sequence[Turn]) -> str:
    """Write one row: microseconds, and how many times faster, the median of the rounds' ratios."""
    go, known, new = (
        statistics.median(part) / 1_000 for part in zip(*((t.go, t.known, t.new) for t in turns), strict=True)
    )
    known_ratio = statistics.median(turn.go / turn.known for turn in turns)
    new_ratio = statistics.median(turn.go / turn.new for turn in turns)
    return (
        f"| {stacks:,} | {form} | {go:.0f} µs | {known:.0f} µs | {new:.0f} µs | {known_ratio:.1f} | {new_ratio:.1f} |"
    )


def describe(rows: Sequence[str], large: tuple[str, ...]) -> str:
    """Write the figures as a section of RESULTS.md."""
    table = "\n".join(rows)
    goroutines, first, following, before, peak = large
    return f"""## bench_decode.py: reading profiles, beside Go's own parser

Go: google/pprof `ParseData` and xxhash of each stack, `GOMAXPROCS=1`. Ours: the whole `Reader.read`.
Distinct scrapes of one program, stacks of 16 frames, {ROUNDS} rounds in turns, medians.
`python -m benchmarks.bench_decode`; {machine()}.

| stacks | from | Go | known build | new build, names known | times faster, known | new |
|---|---|---|---|---|---|---|
{table}

A profile of {int(goroutines):,} goroutines in 5,000 stacks: {first} ms the first time it is met, when every stack is
named, {following} ms from then on; the process has {before} MiB before it and {peak} MiB at its peak.

What is left to gain: from gzip, what lies between both rows of a size is gunzip. A build with the same names in other
files names its stacks anew, once.
"""


def main() -> None:
    """Measure, print, and write RESULTS.md."""
    if len(sys.argv) > 1:
        read_alone(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        binary = build_service(folder / "service")
        parser = GoParser(folder)
        rows = []
        for stacks, goroutines, scrapes in SIZES:
            profiles = folder / str(stacks)
            take_profiles(binary, profiles, stacks=stacks, goroutines=goroutines, scrapes=scrapes)
            rows += [describe_row(stacks, form, compare(parser, profiles, form)) for form in ("gzip", "raw")]
        parser.close()
        publish(describe(rows, measure_large(binary, folder)))


if __name__ == "__main__":
    main()
