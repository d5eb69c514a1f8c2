"""steps -> Arrow tables, one for each table of the store, with the store's own types.

Strings that repeat are dictionary-encoded: half of the insert's cost otherwise.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from processors.columns import NEVER, PLACE, TIME, WORD, place
from processors.pipeline import Step
from processors.tabulate_judged import ANOMALIES, GROWTH, anomaly_rows, growth_rows
from processors.tabulate_labels import tabulate_labels

SCRAPES = pa.schema(
    [
        ("service", WORD),
        ("instance", WORD),
        ("slot", TIME),
        ("scraped_at", TIME),
        ("interval_seconds", pa.float64()),
        ("duration_seconds", pa.float32()),
        ("ok", pa.bool_()),
        ("reason", WORD),
        ("error", pa.string()),
        ("goroutines", pa.uint32()),
        ("stacks", pa.uint32()),
        ("bytes", pa.uint32()),
        ("version", WORD),
        ("process_start", TIME),
        ("labels", pa.map_(pa.string(), pa.string())),
        ("life", TIME),
        *PLACE,
    ]
)
INSTANCES = pa.schema(
    [
        ("service", WORD),
        ("instance", WORD),
        ("life", TIME),
        ("process_start", TIME),
        ("began", WORD),
        ("version", WORD),
        ("labels", pa.map_(pa.string(), pa.string())),
    ]
)
STACKS = pa.schema(
    [
        ("service", WORD),
        ("fingerprint", pa.uint64()),
        ("operation", WORD),
        ("site", pa.string()),
        ("origin", pa.string()),
        ("frames", pa.list_(pa.string())),
        ("first_seen", TIME),
        ("first_version", WORD),
        ("first_instance", WORD),
        ("own", pa.int16()),
    ]
)
COUNTS = pa.schema(
    [
        ("service", WORD),
        ("fingerprint", pa.uint64()),
        ("instance", WORD),
        ("slot", TIME),
        ("goroutines", pa.uint32()),
    ]
)
ROLLUP_HOURS = pa.schema([("service", WORD), ("hour", pa.timestamp("s", "UTC")), ("interval_seconds", pa.float64())])
MEMORIES = pa.schema([("service", WORD), ("slot", TIME), ("state", pa.string()), *PLACE])


def tabulate(steps: Sequence[Step], log: str) -> dict[str, pa.Table]:
    """Give the rows of some steps, in the order in which they must be written; tables without rows are left out.

    `scrapes` comes after them: a scrape that is stored says that its counts are; and counts that are, that its labels
    are. `rollup_hours` comes last: an hour that is due for the rollups has its counts and scrapes.
    `log` is the identity of the log.
    """
    tables = {
        "stacks": pa.Table.from_pylist([row for step in steps for row in _stack_rows(step)], STACKS),
        "instances": pa.Table.from_pylist([row for step in steps for row in _instance_rows(step)], INSTANCES),
        "label_counts": tabulate_labels(steps),
        "counts": _count_table(steps),
        "growth": pa.Table.from_pylist([row for step in steps for row in growth_rows(step, log)], GROWTH),
        "anomalies": pa.Table.from_pylist([row for step in steps for row in anomaly_rows(step, log)], ANOMALIES),
        "memories": pa.Table.from_pylist([row for step in steps for row in _memory_rows(step, log)], MEMORIES),
        "scrapes": pa.Table.from_pylist([_scrape_row(step, log) for step in steps], SCRAPES),
        "rollup_hours": pa.Table.from_pylist(_rollup_rows(steps), ROLLUP_HOURS),
    }
    return {name: table for name, table in tables.items() if table.num_rows}


def _count_table(steps: Sequence[Step]) -> pa.Table:
    """Give the counts column by column: there are hundreds of them in a step."""
    scrapes = [step.counted.scraped for step in steps]
    owners = pa.array(np.repeat(np.arange(len(steps)), [len(step.stored.values) for step in steps]))
    return pa.table(
        [
            _words([scraped.service for scraped in scrapes]).take(owners),
            _join([step.stored.values for step in steps], pa.uint64()),
            _words([scraped.instance for scraped in scrapes]).take(owners),
            pa.array([scraped.slot for scraped in scrapes], TIME).take(owners),
            _join([step.stored.goroutines for step in steps], pa.uint32()),
        ],
        schema=COUNTS,
    )


def _words(words: Sequence[str]) -> pa.DictionaryArray:
    """Give words as indexes into the distinct ones."""
    return pa.array(words, pa.string()).dictionary_encode()


def _join(parts: Sequence[NDArray[np.uint64]], kind: pa.DataType) -> pa.Array:
    """Give arrays as one column."""
    return pa.array(np.concatenate(parts) if parts else (), pa.uint64()).cast(kind)


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
        "goroutines": min(int(step.stored.goroutines.sum()), 2**32 - 1),
        "stacks": len(step.counted.reading.fingerprints) + max(0, step.counted.folded - 1),
        "bytes": len(scraped.profile or b""),
        "version": scraped.labels.get("version", ""),
        "process_start": scraped.process_start or NEVER,
        "labels": sorted(scraped.labels.items()),
        "life": step.life,
        **place(step.position, log),
    }


def _instance_rows(step: Step) -> Iterable[dict[str, object]]:
    """Give a row for each life that began."""
    for begun in step.lives:
        seen = begun.observation
        yield {
            "service": step.counted.scraped.service,
            "instance": seen.instance,
            "life": seen.slot,
            "process_start": seen.process_start or NEVER,
            "began": begun.how.value,
            "version": seen.version,
            "labels": sorted(seen.labels.items()),  # records give them in any order, a replay must give the same row
        }


def _memory_rows(step: Step, log: str) -> Iterable[dict[str, object]]:
    """Give the row of a snapshot, where there is one."""
    if step.snapshot:
        scraped = step.counted.scraped
        yield {"service": scraped.service, "slot": scraped.slot, "state": step.snapshot, **place(step.position, log)}


def _rollup_rows(steps: Sequence[Step]) -> list[dict[str, object]]:
    """Give a row for each hour of a service that profiles came of, with their longest interval."""
    found: dict[tuple[str, datetime], float] = {}
    for scraped in (step.counted.scraped for step in steps if step.counted.scraped.failure is None):
        key = (scraped.service, scraped.slot.replace(minute=0, second=0, microsecond=0))
        found[key] = max(found.get(key, 0.0), scraped.interval_seconds)
    return [
        {"service": service, "hour": hour, "interval_seconds": seconds} for (service, hour), seconds in found.items()
    ]


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
