"""Measures how fast the spool takes messages, gives them back, and is checked when it is opened.

Batches are those of the outbox: 200 messages at a time go in, at most 200 come out and are marked as sent. The files
lie in a temporary folder of the same disk as the project; what counts is the page cache, nothing is forced to the disk.
`python -m benchmarks.bench_spool` writes the figures into RESULTS.md.
"""

import random
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.results import machine, publish
from collectors.batch import BATCH_BYTES, BATCH_RECORDS
from collectors.spool import Spool
from schemas.ports import Message

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SIZES = {2_000: 100_000, 20_000: 20_000}
"""Bytes a message, and how many messages: what is written is more than a collector gets in minutes."""


@dataclass(frozen=True)
class Figures:
    """What one run showed, for messages of one size; seconds are of wall clock."""

    message_bytes: int
    messages: int
    in_seconds: float
    slowest_put_seconds: float
    open_seconds: float
    out_seconds: float
    out_cpu_seconds: float


def measure(folder: Path, message_bytes: int, messages: int) -> Figures:
    """Fill a spool, open it anew, and empty it."""
    chance = random.Random(1)
    headers = {"schema-version": b"1", "kind": b"profile", "service": b"checkout"}
    batch = [Message(b"checkout", chance.randbytes(message_bytes), headers) for _ in range(BATCH_RECORDS)]
    spool = Spool(folder, size_bytes=2**30, age_seconds=3600.0)
    puts = [_timed(lambda: spool.put(batch, NOW)) for _ in range(messages // BATCH_RECORDS)]
    spool.close()
    started = time.perf_counter()
    spool = Spool(folder, size_bytes=2**30, age_seconds=3600.0)
    open_seconds = time.perf_counter() - started
    cpu = _cpu()
    out_seconds = _timed(lambda: _drain(spool, messages))
    spool.close()
    return Figures(message_bytes, messages, sum(puts), max(puts), open_seconds, out_seconds, _cpu() - cpu)


def _drain(spool: Spool, messages: int) -> None:
    """Take everything, batch by batch."""
    taken = 0
    while batch := spool.peek(BATCH_RECORDS, BATCH_BYTES):
        spool.done(len(batch))
        taken += len(batch)
    if taken != messages:
        raise AssertionError(f"{messages} messages went in, {taken} came out")


def _timed(work: Callable[[], None]) -> float:
    """Give the seconds that something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _cpu() -> float:
    """Give the CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def describe(runs: list[Figures]) -> str:
    """Write the figures as a section of RESULTS.md."""
    rows = {
        "messages in a second": [f"{run.messages / run.in_seconds:,.0f}" for run in runs],
        "slowest batch of 200 in": [f"{1000 * run.slowest_put_seconds:.1f} ms" for run in runs],
        "messages out a second": [f"{run.messages / run.out_seconds:,.0f}" for run in runs],
        "CPU per message out": [f"{1e6 * run.out_cpu_seconds / run.messages:.0f} µs" for run in runs],
        "checked at the start": [_speed(run.messages * run.message_bytes, run.open_seconds) for run in runs],
    }
    heads = " | ".join(f"{run.message_bytes // 1000} kB messages" for run in runs)
    lines = "\n".join(f"| {what} | {' | '.join(cells)} |" for what, cells in rows.items())
    return f"""## bench_spool.py: the spool of a collector

One thread, batches of {BATCH_RECORDS}, page cache; `python -m benchmarks.bench_spool`; {machine()}.

| what | {heads} |
|---|{"---|" * len(runs)}
{lines}
"""


def _speed(size: int, seconds: float) -> str:
    """Write bytes over seconds."""
    return f"{size / seconds / 1e6:,.0f} MB/s"


def main() -> None:
    """Measure, print, and write into RESULTS.md."""
    runs: list[Figures] = []
    for message_bytes, messages in SIZES.items():
        with tempfile.TemporaryDirectory(dir=Path(__file__).parents[1]) as folder:
            runs.append(measure(Path(folder), message_bytes, messages))
    publish(describe(runs))


if __name__ == "__main__":
    main()
