"""steps -> Arrow tables, one for each table of the store, with the store's own types.

Strings that repeat are dictionary-encoded: half of the insert's cost otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa

from processors.pipeline import Step, Watched
from processors.tabulate_labels import tabulate_labels
from schemas.model import Anomaly, Growth, LogPosition

_WORD = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("ms", tz="UTC")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = [("log", _WORD), ("log_partition", pa.uint32()), ("log_offset", pa.uint64())]

SCRAPES = pa.schema(
    [
        ("service", _WORD),
        ("instance", _WORD),
        ("slot", _TIME),
        ("scraped_at", _TIME),
        ("interval_seconds", pa.float64()),
        ("duration_seconds", pa.float32()),
        ("ok", pa.bool_()),
        ("reason", _WORD),
        ("error", pa.string()),
        ("goroutines", pa.uint32()),
        ("stacks", pa.uint32()),
        ("bytes", pa.uint32()),
        ("version", _WORD),
        ("process_start", _TIME),
        ("labels", pa.map_(pa.string(), pa.string())),
        ("life", _TIME),
        *_PLACE,
    ]
)
INSTANCES = pa.schema(
    [
        ("service", _WORD),
        ("instance", _WORD),
        ("life", _TIME),
        ("process_start", _TIME),
        ("began", _WORD),
        ("version", _WORD),
        ("labels", pa.map_(pa.string(), pa.string())),
    ]
)
STACKS = pa.schema(
    [
        ("service", _WORD),
        ("fingerprint", pa.uint64()),
        ("operation", _WORD),
        ("site", pa.string()),
        ("origin", pa.string()),
        ("frames", pa.list_(pa.string())),
        ("first_seen", _TIME),
        ("first_version", _WORD),
        ("first_instance", _WORD),
        ("own", pa.int16()),
    ]
)
COUNTS = pa.schema(
    [
        ("service", _WORD),
        ("fingerprint", pa.uint64()),
        ("instance", _WORD),
        ("slot", _TIME),
        ("goroutines", pa.uint32()),
    ]
)
_MEASURES = [
    ("goroutines", pa.uint32()),
    ("instances", pa.uint32()),
    ("growing_instances", pa.uint32()),
    ("worst_instance", _WORD),
    ("floor", pa.uint32()),
    ("growth_per_hour", pa.float64()),
    ("growth_low", pa.float64()),
    ("growth_high", pa.float64()),
    ("scale_slots", pa.uint32()),
    ("score", pa.float64()),
]
GROWTH = pa.schema(
    [
        ("service", _WORD),
        ("fingerprint", pa.uint64()),
        ("slot", _TIME),
        *_MEASURES,
        ("candidate", pa.bool_()),
        ("reason", _WORD),
        ("state", _WORD),
        ("since", _TIME),
        ("held_slots", pa.uint32()),
        ("quiet_slots", pa.uint32()),
        ("peak", pa.uint32()),
        ("told", pa.uint32()),
        ("fired", _TIME),
        *_PLACE,
    ]
)
ANOMALIES = pa.schema(
    [
        ("service", _WORD),
        ("fingerprint", pa.uint64()),
        ("slot", _TIME),
        ("state", _WORD),
        ("previous", _WORD),
        ("verdict", _WORD),
        ("reason", pa.string()),
        ("since", _TIME),
        *_MEASURES,
        ("first_version", _WORD),
        ("first_seen", _TIME),
        *_PLACE,
    ]
)


MEMORIES = pa.schema([("service", _WORD), ("slot", _TIME), ("state", pa.string()), *_PLACE])


def tabulate(steps: Sequence[Step], log: str) -> dict[str, pa.Table]:
    """Give the rows of some steps, in the order in which they must be written; tables without rows are left out.

    `scrapes` comes last: a scrape that is stored says that its counts are; and counts that are, that its labels are.
    `log` is the identity of the log.
    """
    tables = {
        "stacks": pa.Table.from_pylist([row for step in steps for row in _stack_rows(step)], STACKS),
        "instances": pa.Table.from_pylist([row for step in steps for row in _instance_rows(step)], INSTANCES),
        "label_counts": tabulate_labels(steps),
        "counts": _count_table(steps),
        "growth": pa.Table.from_pylist([row for step in steps for row in _growth_rows(step, log)], GROWTH),
        "anomalies": pa.Table.from_pylist([row for step in steps for row in _anomaly_rows(step, log)], ANOMALIES),
        "memories": pa.Table.from_pylist([row for step in steps for row in _memory_rows(step, log)], MEMORIES),
        "scrapes": pa.Table.from_pylist([_scrape_row(step, log) for step in steps], SCRAPES),
    }
    return {name: table for name, table in tables.items() if table.num_rows}


def _count_table(steps: Sequence[Step]) -> pa.Table:
    """Give the counts column by column: there are hundreds of them in a step."""
    sizes = [len(step.stored) for step in steps]
    return pa.table(
        [
            _repeat([step.counted.scraped.service for step in steps], sizes),
            pa.array([value for step in steps for value in step.stored], pa.uint64()),
            _repeat([step.counted.scraped.instance for step in steps], sizes),
            pa.array(_spread([step.counted.scraped.slot for step in steps], sizes), _TIME),
            pa.array([goroutines for step in steps for goroutines in step.stored.values()], pa.uint32()),
        ],
        schema=COUNTS,
    )


def _repeat(words: Sequence[str], sizes: Sequence[int]) -> pa.DictionaryArray:
    """Repeat each word so many times, as indexes into the distinct ones."""
    distinct = {word: index for index, word in enumerate(dict.fromkeys(words))}
    indexes = pa.array(_spread([distinct[word] for word in words], sizes), pa.int32())
    return pa.DictionaryArray.from_arrays(indexes, pa.array(list(distinct), pa.string()))


def _spread(items: Sequence[object], sizes: Sequence[int]) -> list[object]:
    """Repeat each item so many times."""
    return [item for item, size in zip(items, sizes, strict=True) for _ in range(size)]


def _scrape_row(step: Step, log: str) -> dict[str, object]:
    """Give the row of an attempt to scrape."""
    scraped = step.counted.scraped
    return {
        "service": scraped.service,
        "instance": scraped.instance,
        "slot": scraped.slot,
        "scraped_at": scraped.scraped_at,
        "interval_seconds": scraped.interval_seconds,
        "duration_seconds": scraped.duration_seconds,
        "ok": scraped.failure is None,
        "reason": scraped.failure.value if scraped.failure else "",
        "error": scraped.error,
        "goroutines": min(sum(item.goroutines for item in step.counted.counts), 2**32 - 1),
        "stacks": len(step.counted.counts),
        "bytes": len(scraped.profile or b""),
        "version": scraped.labels.get("version", ""),
        "process_start": scraped.process_start or _NEVER,
        "labels": sorted(scraped.labels.items()),
        "life": step.life,
        **_place(step.position, log),
    }


def _instance_rows(step: Step) -> Iterable[dict[str, object]]:
    """Give a row for each life that began."""
    for begun in step.lives:
        seen = begun.observation
        yield {
            "service": step.counted.scraped.service,
            "instance": seen.instance,
            "life": seen.slot,
            "process_start": seen.process_start or _NEVER,
            "began": begun.how.value,
            "version": seen.version,
            "labels": sorted(seen.labels.items()),  # records give them in any order, a replay must give the same row
        }


def _memory_rows(step: Step, log: str) -> Iterable[dict[str, object]]:
    """Give the row of a snapshot, where there is one."""
    if step.snapshot:
        scraped = step.counted.scraped
        yield {"service": scraped.service, "slot": scraped.slot, "state": step.snapshot, **_place(step.position, log)}


def _stack_rows(step: Step) -> Iterable[dict[str, object]]:
    """Give a row for each stack that was new."""
    for stack in step.new_stacks:
        found = stack.fingerprint
        yield {
            "service": step.counted.scraped.service,
            "fingerprint": found.value,
            "operation": found.operation,
            "site": found.site,
            "origin": found.origin,
            "frames": list(found.frames),
            "first_seen": stack.first_seen,
            "first_version": stack.first_version,
            "first_instance": stack.first_instance,
            "own": -1 if found.own is None else found.own,
        }


def _growth_rows(step: Step, log: str) -> Iterable[dict[str, object]]:
    """Give a row for each evaluation worth one."""
    for watched in step.watched:
        yield {**_growth_row(watched), **_place(step.position, log)}


def _growth_row(watched: Watched) -> dict[str, object]:
    """Give the row of one evaluation, with the memory after it."""
    growth, watch = watched.growth, watched.watch
    return {
        **_measures(growth),
        "slot": growth.slot,
        "candidate": growth.candidate,
        "reason": growth.reason,
        "state": watch.state.value,
        "since": watch.since or _NEVER,
        "held_slots": watch.held_slots,
        "quiet_slots": watch.quiet_slots,
        "peak": watch.peak,
        "told": watch.told,
        "fired": watch.fired or _NEVER,
    }


def _anomaly_rows(step: Step, log: str) -> Iterable[dict[str, object]]:
    """Give a row for each change of state."""
    for anomaly in step.anomalies:
        yield {**_anomaly_row(anomaly), **_place(step.position, log)}


def _anomaly_row(anomaly: Anomaly) -> dict[str, object]:
    """Give the row of one change of state."""
    return {
        **_measures(anomaly.growth),
        "slot": anomaly.slot,
        "state": anomaly.state.value,
        "previous": anomaly.previous.value,
        "verdict": anomaly.verdict.value,
        "reason": anomaly.reason,
        "since": anomaly.since,
        "first_version": anomaly.first_version,
        "first_seen": anomaly.first_seen,
    }


def _measures(growth: Growth) -> Mapping[str, object]:
    """Give the columns that growth and anomalies share."""
    return {
        "service": growth.service,
        "fingerprint": growth.fingerprint.value,
        "goroutines": growth.goroutines,
        "instances": growth.instances,
        "growing_instances": growth.growing_instances,
        "worst_instance": growth.worst_instance,
        "floor": growth.floor,
        "growth_per_hour": growth.growth_per_hour,
        "growth_low": growth.growth_low,
        "growth_high": growth.growth_high,
        "scale_slots": growth.scale_slots,
        "score": growth.score,
    }


def _place(position: LogPosition, log: str) -> Mapping[str, object]:
    """Give the columns that say where the record stands in the log."""
    return {"log": log, "log_partition": position.partition, "log_offset": position.offset}
