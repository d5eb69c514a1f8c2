"""Rows for the tables of the store: whole rows from the few columns a test cares about."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pyarrow as pa

START = datetime(2026, 11, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TIME = pa.timestamp("ms", "UTC")
_WORD = pa.dictionary(pa.int32(), pa.string())

_COLUMNS: dict[str, dict[str, tuple[pa.DataType, object]]] = {
    "scrapes": {
        "service": (_WORD, "checkout"),
        "instance": (_WORD, "a:1"),
        "slot": (_TIME, START),
        "scraped_at": (_TIME, START),
        "interval_seconds": (pa.float64(), 60.0),
        "duration_seconds": (pa.float32(), 0.25),
        "ok": (pa.bool_(), True),
        "reason": (_WORD, ""),
        "error": (pa.string(), ""),
        "goroutines": (pa.uint32(), 10),
        "stacks": (pa.uint32(), 1),
        "bytes": (pa.uint32(), 100),
        "version": (_WORD, "v1"),
        "life": (_TIME, START),
        "log": (_WORD, "log"),
        "log_partition": (pa.uint32(), 0),
        "log_offset": (pa.uint64(), 0),
    },
    "stacks": {
        "service": (_WORD, "checkout"),
        "fingerprint": (pa.uint64(), 255),
        "operation": (_WORD, "chan send"),
        "site": (pa.string(), "main.leak"),
        "origin": (pa.string(), "main.main"),
        "frames": (pa.list_(pa.string()), ["main.leak", "main.main"]),
        "first_seen": (_TIME, START),
        "first_version": (_WORD, "v1"),
        "first_instance": (_WORD, "a:1"),
        "own": (pa.int16(), 1),
    },
    "instances": {
        "service": (_WORD, "checkout"),
        "instance": (_WORD, "a:1"),
        "life": (_TIME, START),
        "process_start": (_TIME, EPOCH),
        "began": (_WORD, "first_seen"),
        "version": (_WORD, "v1"),
    },
    "rollup_hours": {
        "service": (_WORD, "checkout"),
        "hour": (pa.timestamp("s", "UTC"), START),
        "interval_seconds": (pa.float64(), 60.0),
    },
    "memories": {
        "service": (_WORD, "checkout"),
        "slot": (_TIME, START),
        "state": (pa.string(), ""),
        "log": (_WORD, "log"),
        "log_partition": (pa.uint32(), 0),
        "log_offset": (pa.uint64(), 0),
    },
    "counts": {
        "service": (_WORD, "checkout"),
        "fingerprint": (pa.uint64(), 255),
        "instance": (_WORD, "a:1"),
        "slot": (_TIME, START),
        "goroutines": (pa.uint32(), 1),
    },
    "label_counts": {
        "service": (_WORD, "checkout"),
        "fingerprint": (pa.uint64(), 255),
        "key": (_WORD, "tenant"),
        "value": (_WORD, "7"),
        "instance": (_WORD, "a:1"),
        "slot": (_TIME, START),
        "goroutines": (pa.uint32(), 1),
    },
    "growth": {
        "service": (_WORD, "checkout"),
        "fingerprint": (pa.uint64(), 255),
        "slot": (_TIME, START),
        "goroutines": (pa.uint32(), 10),
        "instances": (pa.uint32(), 2),
        "growing_instances": (pa.uint32(), 1),
        "worst_instance": (_WORD, "a:1"),
        "floor": (pa.uint32(), 9),
        "growth_per_hour": (pa.float64(), 6.0),
        "growth_low": (pa.float64(), 5.0),
        "growth_high": (pa.float64(), 7.0),
        "scale_slots": (pa.uint32(), 30),
        "score": (pa.float64(), 4.0),
        "findings": (pa.string(), "[]"),
        "candidate": (pa.bool_(), True),
        "reason": (_WORD, "it rises"),
        "state": (_WORD, "firing"),
        "since": (_TIME, START),
        "held_slots": (pa.uint32(), 3),
        "quiet_slots": (pa.uint32(), 0),
        "peak": (pa.uint32(), 9),
        "told": (pa.uint32(), 0),
        "fired": (_TIME, START),
        "log": (_WORD, "log"),
        "log_partition": (pa.uint32(), 0),
        "log_offset": (pa.uint64(), 0),
    },
    "anomalies": {
        "service": (_WORD, "checkout"),
        "fingerprint": (pa.uint64(), 255),
        "slot": (_TIME, START),
        "state": (_WORD, "firing"),
        "previous": (_WORD, "pending"),
        "verdict": (_WORD, "probable"),
        "reason": (pa.string(), "it held"),
        "since": (_TIME, START),
        "goroutines": (pa.uint32(), 10),
        "instances": (pa.uint32(), 2),
        "growing_instances": (pa.uint32(), 1),
        "worst_instance": (_WORD, "a:1"),
        "floor": (pa.uint32(), 9),
        "growth_per_hour": (pa.float64(), 6.0),
        "growth_low": (pa.float64(), 5.0),
        "growth_high": (pa.float64(), 7.0),
        "scale_slots": (pa.uint32(), 30),
        "score": (pa.float64(), 4.0),
        "findings": (pa.string(), "[]"),
        "first_version": (_WORD, "v1"),
        "first_seen": (_TIME, START),
        "log": (_WORD, "log"),
        "log_partition": (pa.uint32(), 0),
        "log_offset": (pa.uint64(), 0),
    },
    "evidence_requests": {
        "service": (_WORD, "checkout"),
        "fingerprint": (pa.uint64(), 255),
        "instance": (_WORD, "a:1"),
        "slot": (_TIME, START),
        "kinds": (pa.list_(pa.string()), ["goroutine-text", "goroutineleak"]),
        "goroutines": (pa.uint32(), 1000),
        "life": (_TIME, START),
        "log": (_WORD, "log"),
        "log_partition": (pa.uint32(), 0),
        "log_offset": (pa.uint64(), 0),
    },
    "evidence": {
        "service": (_WORD, "checkout"),
        "instance": (_WORD, "a:1"),
        "slot": (_TIME, START),
        "kind": (_WORD, "goroutineleak"),
        "fingerprint": (pa.uint64(), 255),
        "taken_at": (_TIME, START),
        "duration_seconds": (pa.float32(), 0.25),
        "ok": (pa.bool_(), True),
        "reason": (_WORD, ""),
        "error": (pa.string(), ""),
        "goroutines": (pa.uint32(), 7),
        "bytes": (pa.uint32(), 3),
        "profile": (pa.binary(), b"\x1f\x8b\xff"),
        "summary": (pa.string(), "{}"),
        "version": (_WORD, "v1"),
        "log": (_WORD, "log"),
        "log_partition": (pa.uint32(), 0),
        "log_offset": (pa.uint64(), 0),
    },
    "tickets": {
        "ticket_key": (pa.string(), "k"),
        "sink": (_WORD, "file"),
        "service": (_WORD, "checkout"),
        "fingerprint": (pa.uint64(), 255),
        "intent": (_WORD, "firing"),
        "slot": (_TIME, START),
        "status": (_WORD, "intended"),
        "detail": (pa.string(), ""),
        "updated_at": (_TIME, START),
    },
}


def minute(number: int) -> datetime:
    """Give the slot so many minutes after the start."""
    return START + timedelta(minutes=number)


def rows(table: str, *given: Mapping[str, object]) -> pa.Table:
    """Make whole rows of a table; columns that are not given have a default."""
    columns = _COLUMNS[table]
    whole = [{name: row.get(name, default) for name, (_, default) in columns.items()} for row in given]
    return pa.Table.from_pylist(whole, pa.schema([(name, kind) for name, (kind, _) in columns.items()]))
