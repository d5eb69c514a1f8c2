"""Speed of reading debug=2 dumps beside DataDog's gostackparse, and the goroutines that either loses.

    python -m benchmarks.bench_text

Both read the same files in the same run, one thread each, taking turns; the network is asked once for gostackparse.
Ours goes all the way to stacks with counts; gostackparse gives each goroutine, and leaves the counting to its caller.
"""

import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.dump_maker import FRAMES, STACKS, make_dump
from benchmarks.results import machine, publish
from examples.build import GO, go_environment
from processors.decode import decode
from processors.decoded import Decoded

ROUNDS = 3
SIZE_BYTES = 64 * 1024 * 1024 - 1
PROGRAM = Path(__file__).parent / "gostackparse"


def build(out: Path) -> Path:
    """Build the program that runs gostackparse, with the pinned Go."""
    environment = {k: v for k, v in go_environment(out).items() if k not in ("GOPROXY", "GOFLAGS")}
    environment |= {"GOFLAGS": "-mod=readonly -buildvcs=false", "GOMAXPROCS": "1"}
    environment |= {k: v for k, v in os.environ.items() if k in ("GOPROXY", "GOMODCACHE")}
    binary = out / "gostackparse"
    subprocess.run([str(GO), "build", "-o", str(binary), "."], cwd=PROGRAM, env=environment, check=True)
    return binary


def ours(data: bytes) -> tuple[float, Decoded]:
    """Read a dump; give the seconds."""
    began = time.perf_counter()
    decoded = decode(data)
    return time.perf_counter() - began, decoded


def theirs(binary: Path, file: Path) -> tuple[float, int]:
    """Have gostackparse read it on one core; give the seconds of its fastest round, and its goroutines."""
    ran = subprocess.run([str(binary), str(file)], capture_output=True, text=True, check=True, env={"GOMAXPROCS": "1"})
    _, seconds, goroutines, _ = ran.stdout.rsplit(maxsplit=3)
    return float(seconds), int(goroutines)


def row(what: str, data: bytes, goroutines: int, binary: Path, folder: Path) -> str:
    """Measure one dump."""
    file = folder / "dump.txt"
    file.write_bytes(data)
    best, their_best, decoded, found = float("inf"), float("inf"), Decoded((), ()), 0
    for _ in range(ROUNDS):
        their_seconds, found = theirs(binary, file)
        seconds, decoded = ours(data)
        best, their_best = min(best, seconds), min(their_best, their_seconds)
    read = sum(stack.count for stack in decoded.stacks)
    speed, their_speed = len(data) / best / 1e6, len(data) / their_best / 1e6
    return (
        f"| {what} | {goroutines:,} | {speed:,.0f} | {their_speed:,.0f} | {their_best / best:.1f} "
        f"| {goroutines - read:,} | {goroutines - found:,} | {len(decoded.problems)} |"
    )


def main() -> None:
    """Measure and publish."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        binary = build(folder)
        plain, plain_count = make_dump(SIZE_BYTES)
        forms, forms_count = make_dump(SIZE_BYTES, labels=0.2, elided=0.02)
        some, some_count = make_dump(SIZE_BYTES, stacks=5_000)
        many, many_count = make_dump(SIZE_BYTES, stacks=20_000)
        cut = plain[: len(plain) - 700]
        decode(plain)
        rows = [
            row("plain headers", plain, plain_count, binary, folder),
            row("a fifth with labels, some deep", forms, forms_count, binary, folder),
            row("5,000 stacks", some, some_count, binary, folder),
            row("20,000 stacks", many, many_count, binary, folder),
            row("cut within its last goroutine", cut, cut.count(b"\n\n"), binary, folder),
        ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    table = "\n".join(rows)
    publish(f"""## bench_text.py: debug=2 dumps beside gostackparse 0.7.0

64 MiB, {STACKS} stacks of {FRAMES + 1} frames where nothing else is said; fastest of {ROUNDS} rounds, one thread each,
taking turns; peak memory of ours with all dumps {peak} MiB; `python -m benchmarks.bench_text`; {machine()}.

| dump | goroutines | ours, MB/s | gostackparse, MB/s | ratio | lost by us | lost by it | our problems |
|---|---|---|---|---|---|---|---|
{table}
""")


if __name__ == "__main__":
    main()
