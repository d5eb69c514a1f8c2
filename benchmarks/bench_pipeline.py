"""Measures profiles per second of the whole embedded line, and bytes per count.

A recorded stream is made first: profiles of the typical size (typical_fleet.py), each scrape different from the last.
It is put into the SQLite log; what is measured is everything after that: log, decode, normalise, fingerprint, count,
growth, judge, store, by the reader that a processor has, its machine code loaded. Storage is measured after the engine
merged its parts. `make bench` writes the figures into RESULTS.md.
"""

import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from benchmarks.results import machine, publish
from benchmarks.typical_fleet import BEGIN, FEWEST_FRAMES, MOST_FRAMES, STACKS, Fleet, scrape_fleet
from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.adapters.clock import SystemClock
from leakstream.adapters.metrics import Metrics
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.migrate import migrate, read_query
from processors.judge import Policy
from processors.pipeline import identify
from processors.read import Reader
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.wire.codec import PROFILES_TOPIC, encode_profile

FLEET = Fleet(services=2, instances=20, slots=120)


@dataclass(frozen=True)
class Figures:
    """What one run showed."""

    profiles: int
    seconds: float
    cpu_seconds: float
    counts: int
    bytes_per_count: float
    profile_bytes: int


def measure(folder: Path) -> Figures:
    """Fill a log, process it, and look at what the store holds."""
    messages = [encode_profile(scraped, "bench") for scraped in scrape_fleet(FLEET)]
    log = SqliteLog(folder / "log.db", clock=SystemClock(), partitions=4, retention_seconds=1e9, retention_bytes=10**12)
    for start in range(0, len(messages), 100):
        log.append(PROFILES_TOPIC, messages[start : start + 100])
    store = open_embedded(folder / "store")
    migrate(store, "leakstream", now=BEGIN)
    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(log, store, SystemClock(), Metrics(), queries, Event(), lambda *_, **__: None)
    reader = Reader(identify, bytes(32))
    reader.warm()
    processor = Processor(outside, lambda _: Policy(60, 10, 60, 8), poll_seconds=0.0, read=reader.read)
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

{FLEET.services} services of {FLEET.instances} instances, {FLEET.slots} slots; {STACKS} stacks of {FEWEST_FRAMES} to
{MOST_FRAMES} frames a profile; `make bench`; {machine()}.

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
