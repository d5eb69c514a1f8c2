"""Measures the store: bytes per count, insert rate, rollups, and the latency of each view as the counts grow.

The sample (store_sample.sql) is filled to 1, 10 and, with `--large`, 100 million counts; it lasts 9 hours, 3.5 and
35 days then. It is rolled up as it grows, as by a processor that runs. Each view is asked nine times at each size; the
median is shown. Inserts go the way of the pipeline: batches of 500 profiles of 300 stacks as Arrow tables. `make bench`
leaves 100 million out: it takes ten minutes.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from benchmarks.results import machine, publish
from benchmarks.store_sample import AT_ONCE, BEGIN, HOUR, fill_sample
from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate, read_query
from processors.roll_up import ROLLUPS, roll_up
from processors.tabulate import COUNTS

SIZES = (9 * HOUR, 84 * HOUR, 834 * HOUR)
_TIMES = 9
_VIEWS = Path(__file__).with_name("store_views.sql")
_AT_ONCE = 500
_BATCHES, _PROFILES, _STACKS = 20, 500, 300
_CODECS = ("DoubleDelta, ZSTD(1)", "Delta, ZSTD(1)", "T64('bit'), ZSTD(3)", "Delta, T64('bit'), ZSTD(3)")
_COLUMNS = """SELECT column, sum(column_data_compressed_bytes + column_marks_bytes) AS bytes FROM system.parts_columns
WHERE database = currentDatabase() AND table = {table:String} AND active GROUP BY column ORDER BY bytes DESC"""
_PARTS = """SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts
WHERE database = currentDatabase() AND table = {table:String} AND active"""


def measure_inserts(store: ClickhouseStore) -> str:
    """Insert batches as the pipeline does; give counts per second."""
    batches = [_make_batch(number) for number in range(_BATCHES)]
    begun = time.perf_counter()
    for number, batch in enumerate(batches):
        store.insert("counts", batch, f"bench-{number}")
    seconds = time.perf_counter() - begun
    store.execute("TRUNCATE TABLE counts")
    return f"{_BATCHES * _PROFILES * _STACKS / seconds:,.0f}"


def _make_batch(number: int) -> pa.Table:
    """Make the counts of 500 profiles of one service, ten slots of 50 instances."""
    size = _PROFILES * _STACKS
    places = range(size)
    instances = pa.DictionaryArray.from_arrays(
        pa.array([place // _STACKS % 50 for place in places], pa.int32()),
        pa.array([f"10.0.0.{n}:6060" for n in range(50)]),
    )
    service = pa.DictionaryArray.from_arrays(pa.array([0] * size, pa.int32()), pa.array(["checkout"]))
    slots = [BEGIN + timedelta(minutes=10 * number + place // (50 * _STACKS)) for place in places]
    fingerprints = pa.array([(place % _STACKS + 1) * 0x9E3779B97F4A7C15 % 2**64 for place in places], pa.uint64())
    goroutines = pa.array([(place * 7 + number) % 40 for place in places], pa.uint32())
    return pa.table([service, fingerprints, instances, pa.array(slots, pa.timestamp("ms", "UTC")), goroutines], COUNTS)


def measure_bytes(store: ClickhouseStore, table: str) -> tuple[int, float, Mapping[str, float]]:
    """Give rows, bytes per row, and bytes per row by column, after a merge."""
    store.execute(f"OPTIMIZE TABLE {table} FINAL")
    [whole] = store.query(_PARTS, {"table": table})
    rows, size = int(str(whole["rows"])), int(str(whole["bytes"]))
    columns = store.query(_COLUMNS, {"table": table})
    return rows, size / rows, {str(row["column"]): int(str(row["bytes"])) / rows for row in columns}


def measure_codecs(store: ClickhouseStore) -> list[str]:
    """Give the bytes of the goroutines of a count under other codecs, and how fast one thread reads them."""
    lines = []
    for codec in _CODECS:
        store.execute(
            "CREATE TABLE packed AS counts ENGINE = MergeTree ORDER BY (service, fingerprint, instance, slot)"
        )
        store.execute(f"ALTER TABLE packed MODIFY COLUMN goroutines CODEC({codec})")
        store.execute("INSERT INTO packed SELECT * FROM counts")
        _, _, sizes = measure_bytes(store, "packed")
        milliseconds = median_ms(store, "SELECT sum(goroutines) FROM packed SETTINGS max_threads = 1")
        lines.append(f"| {codec} | {sizes['goroutines']:.3f} | {milliseconds:.0f} |")
        store.execute("DROP TABLE packed SYNC")
    return lines


def median_ms(store: ClickhouseStore, sql: str, parameters: Mapping[str, object] | None = None) -> float:
    """Ask a statement a few times and give the median in milliseconds; the answer is thrown away."""
    taken = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        store.execute(f"{sql} FORMAT Null", parameters if "{" in sql else None)
        taken.append(time.perf_counter() - begun)
    return 1000 * statistics.median(taken)


def read_views() -> Mapping[str, str]:
    """Give the statements of store_views.sql by the words above each."""
    asked = _VIEWS.read_text(encoding="utf-8").split("\n\n")
    return {text.split("\n")[0].removeprefix("-- "): text.partition("\n")[2].rstrip(";\n") for text in asked}


def choose(store: ClickhouseStore) -> Mapping[str, object]:
    """Give what is asked for: a service, a stack of it that follows the load, and the newest month."""
    [asked] = store.query(
        "SELECT service, concat('g1-', lower(leftPad(hex(fingerprint), 16, '0'))) AS fingerprint,"
        " (SELECT max(slot) FROM scrapes) - toIntervalDay(30) AS since,"
        " (SELECT max(slot) FROM scrapes) + toIntervalDay(1) AS until"
        " FROM stacks WHERE site = 'main.site16' ORDER BY service LIMIT 1"
    )
    return asked


def grow(store: ClickhouseStore, written: int, size: int) -> float:
    """Fill a sample up from one size to another, rolling up on the way; give the seconds that the rollups took."""
    queries, seconds = {name: read_query(name) for name in ROLLUPS}, 0.0
    while written < size:
        many = min(AT_ONCE, size - written)
        fill_sample(store, many, written)
        written += many
        begun = time.perf_counter()
        while roll_up(store, queries, 0, _AT_ONCE) == _AT_ONCE:
            pass
        seconds += time.perf_counter() - begun
    return seconds


def describe_rollups(store: ClickhouseStore, seconds: float) -> list[str]:
    """Say how fast rollups are, how large, and what a view on insert makes of rows that came twice."""
    rows, each, _ = measure_bytes(store, "counts")
    sizes = [measure_bytes(store, table)[:2] for table in ("counts_hourly", "counts_daily")]
    packed = " and ".join(f"{held * size / rows:.4f}" for held, size in sizes)
    return [
        f"| counts rolled up per second | {rows / seconds:,.0f} |",
        f"| bytes of counts_hourly and counts_daily for each count ({each:.2f} bytes) | {packed} |",
        f"| mean of a view on insert when a third came twice, beside the true one | {_naive(store)} |",
    ]


def _naive(store: ClickhouseStore) -> str:
    """Let a materialised view on insert take its mean of counts of which some come twice."""
    store.execute(
        "CREATE TABLE naive (mean AggregateFunction(avg, UInt32), rows SimpleAggregateFunction(sum, UInt64))"
        " ENGINE = AggregatingMergeTree ORDER BY tuple()"
    )
    store.execute("CREATE TABLE source (n UInt64, goroutines UInt32) ENGINE = ReplacingMergeTree ORDER BY n")
    store.execute(
        "CREATE MATERIALIZED VIEW fold TO naive AS SELECT avgState(goroutines) AS mean, count() AS rows FROM source"
    )
    for bound in (90_000, 30_000):
        sql = "INSERT INTO source SELECT number, intDiv(number, 1000) FROM numbers({bound:UInt64})"
        store.execute(sql, {"bound": bound})
    [naive] = store.query("SELECT round(avgMerge(mean), 1) AS mean, sum(rows) AS rows FROM naive")
    [true] = store.query("SELECT round(avg(goroutines), 1) AS mean, count() AS rows FROM source FINAL")
    for name in ("fold", "naive", "source"):
        store.execute(f"DROP TABLE {name} SYNC")
    return f"{naive['mean']} of {naive['rows']} rows, truly {true['mean']} of {true['rows']}"


def main() -> None:
    """Measure, print, and write RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="100 million counts too: ten minutes, 2 GB of disk")
    sizes = SIZES if parser.parse_args().large else SIZES[:-1]
    with tempfile.TemporaryDirectory() as folder:
        store = open_embedded(Path(folder) / "store")
        migrate(store, "leakstream", now=BEGIN)
        publish(_measure(store, sizes))
        store.close()


def _measure(store: ClickhouseStore, sizes: tuple[int, ...]) -> str:
    """Measure at every size, and write the section of RESULTS.md."""
    inserts = measure_inserts(store)
    latencies, seconds, codecs = dict[str, list[str]](), 0.0, list[str]()
    for before, size in zip((0, *sizes), sizes, strict=False):
        seconds += grow(store, before, size)
        rows, each, columns = measure_bytes(store, "counts")
        if size <= SIZES[1]:
            codecs = measure_codecs(store)
        asked = choose(store)
        for view, sql in read_views().items():
            latencies.setdefault(view, []).append(f"{median_ms(store, sql, asked):.0f}")
    listed = ", ".join(f"{name} {size:.4f}" for name, size in columns.items())
    return "\n".join(
        [
            f"## bench_store.py: what the store takes and how fast it answers\n\n{_about(rows)}\n",
            "| what | figure |\n|---|---|",
            f"| counts inserted per second, as the pipeline does | {inserts} |",
            f"| bytes per count on disk | {each:.3f} |\n| by column | {listed} |",
            *describe_rollups(store, seconds),
            "\n| codecs of goroutines | bytes per count | ms to read all, one thread |\n|---|---|---|",
            *codecs,
            f"\n| view, ms (median of {_TIMES}) | " + " | ".join(f"{size // 10**6} million" for size in sizes) + " |",
            "|---|" + "---|" * len(sizes),
            *(f"| {view} | {' | '.join(taken)} |" for view, taken in latencies.items()),
            "",
        ]
    )


def _about(rows: int) -> str:
    """Say what was measured on what."""
    sample = "20 services, 5 instances, 20 stacks, a scrape a minute, a deploy a day: `benchmarks/store_sample.sql`"
    return f"{sample}; {rows:,} rows at the largest size; `python -m benchmarks.bench_store --large`; {machine()}."


if __name__ == "__main__":
    main()
