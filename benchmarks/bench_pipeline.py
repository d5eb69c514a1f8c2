"""Measures profiles per second of the whole embedded line, and bytes per count.

A recorded stream is made first: profiles of 300 stacks of 16 frames, from ten instances of one service, each scrape
different from the last (most counts stay, some move, one leaks), with the sizes of a typical Go service. It is put
into the SQLite log; what is measured is everything after that: log, decode, normalise, fingerprint, count, growth,
judge, store. Storage is measured after the engine merged its parts. `make bench` writes the figures into RESULTS.md.
"""

import random
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from benchmarks.results import machine, publish
from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.adapters.clock import SystemClock
from leakstream.adapters.metrics import Metrics
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.migrate import migrate, read_query
from processors.judge import Policy
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.model import ScrapedProfile
from schemas.ports import Message
from schemas.wire.codec import PROFILES_TOPIC, encode_profile
from tests.pprof_maker import make_profile

STACKS, FRAMES, INSTANCES, SLOTS = 300, 16, 10, 120
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """What one run showed."""

    profiles: int
    seconds: float
    cpu_seconds: float
    counts: int
    bytes_per_count: float
    profile_bytes: int


def record_stream() -> Iterator[Message]:
    """Give the stream, slot by slot."""
    chance = random.Random(1)
    stacks = [make_frames(number) for number in range(STACKS)]
    levels = {instance: [chance.randint(1, 40) for _ in stacks] for instance in range(INSTANCES)}
    for slot in range(SLOTS):
        for instance, counts in levels.items():
            for moved in chance.sample(range(1, STACKS), STACKS // 6):
                counts[moved] = max(0, counts[moved] + chance.choice((-1, 1)))
            counts[0] += 2
            samples = [(stack, count) for stack, count in zip(stacks, counts, strict=True) if count]
            at = BEGIN + timedelta(minutes=slot)
            profile = make_profile(samples)
            scraped = ScrapedProfile("checkout", f"10.0.0.{instance}:6060", at, at, 60.0, 0.01, {}, profile)
            yield encode_profile(scraped, "bench")


def make_frames(number: int) -> tuple[str, ...]:
    """Give one stack: parked on a channel, below it functions of some packages."""
    own = [
        f"example.com/shop/package{(number + depth) % 23}.(*Type{number % 31}).Method{depth}"
        for depth in range(FRAMES - 3)
    ]
    return ("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1", *own)


def measure(folder: Path) -> Figures:
    """Fill a log, process it, and look at what the store holds."""
    messages = list(record_stream())
    log = SqliteLog(folder / "log.db", clock=SystemClock(), partitions=4, retention_seconds=1e9, retention_bytes=10**12)
    for start in range(0, len(messages), 100):
        log.append(PROFILES_TOPIC, messages[start : start + 100])
    store = open_embedded(folder / "store")
    migrate(store, "leakstream", now=BEGIN)
    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(log, store, SystemClock(), Metrics(), queries, Event(), lambda *_, **__: None)
    processor = Processor(outside, Policy(60, 10, 60, 8), poll_seconds=0.0)
    consumer = log.subscribe(PROFILES_TOPIC, GROUP, "bench")
    started, cpu = time.perf_counter(), _cpu()
    while sum(consumer.lag().values()):
        processor.turn(consumer)
    seconds, cpu_seconds = time.perf_counter() - started, _cpu() - cpu
    counts, size = _storage(store)
    sizes = sum(len(message.value or b"") for message in messages) // len(messages)
    consumer.close()
    store.close()
    log.close()
    return Figures(len(messages), seconds, cpu_seconds, counts, size / counts, sizes)


def _storage(store: ClickhouseStore) -> tuple[int, int]:
    """Give rows and bytes on disk of the counts, merged."""
    store.execute("OPTIMIZE TABLE counts FINAL")
    sql = (
        "SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts"
        " WHERE database = 'leakstream' AND table = 'counts' AND active"
    )
    [row] = store.query(sql)
    return int(str(row["rows"])), int(str(row["bytes"]))


def _cpu() -> float:
    """Give the CPU seconds of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def describe(figures: Figures) -> str:
    """Write the figures as a section of RESULTS.md."""
    return f"""## bench_pipeline.py: the whole embedded line

{STACKS} stacks of {FRAMES} frames a profile, {INSTANCES} instances, {SLOTS} slots; `make bench`; {machine()}.

| what | figure |
|---|---|
| profiles | {figures.profiles}, {figures.profile_bytes} bytes each as received |
| profiles per second | {figures.profiles / figures.seconds:.0f} |
| CPU per profile, all threads | {1000 * figures.cpu_seconds / figures.profiles:.2f} ms |
| counts stored | {figures.counts} |
| bytes per count on disk | {figures.bytes_per_count:.2f} |
"""


def main() -> None:
    """Measure, print, and write RESULTS.md."""
    with tempfile.TemporaryDirectory() as folder:
        publish(describe(measure(Path(folder))))


if __name__ == "__main__":
    main()
