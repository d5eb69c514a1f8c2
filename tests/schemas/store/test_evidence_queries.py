"""The queries of the evidence step, on the engine: right answers, with every row inserted twice."""

import base64
from collections.abc import Mapping

import pytest

from leakstream.migrate import read_query
from processors.summary_text import write_summary
from schemas.evidence import StackWeight, Summary
from schemas.heap import HeapReading, MemStats
from schemas.ports import Store
from tests.store_rows import START, minute, rows

PLACE = {"service": "checkout", "log": "log", "log_partition": 0, "log_offset": 9}
ASKED = {"service": "checkout", "fingerprint": 255, "limit": 100}
PLACED = {"log": "log", "log_partition": 0, "log_offset": 0}
NAMES_255 = write_summary(Summary((StackWeight(255, 7),)))
BOTH = ["goroutine-text", "goroutineleak"]
STATS = MemStats(9, 8, 7, 99, 10, 18, 3)
READ = write_summary(Summary(heap=HeapReading(STATS, 300, 280, START, 1.5)))
PAST = ({"log_partition": 1}, {"log": "an older one"})


def insert_twice(store: Store, table: str, *given: Mapping[str, object]) -> None:
    """Insert the rows under two tokens: two parts that nobody has folded yet."""
    for token in ("first", "again"):
        store.insert(table, rows(table, *given), f"{table}-{token}")


@pytest.mark.parametrize("past", PAST)
def test_restore_requests_is_a_week_before_a_position(store: Store, past: Mapping[str, object]) -> None:
    """Each once, in order; of another partition or log is the past; of another service or later is not."""
    insert_twice(
        store,
        "evidence_requests",
        {"slot": minute(-7 * 24 * 60), "log_offset": 1},
        {"slot": minute(-5), "log_offset": 2, "fingerprint": 3, "kinds": ["heap"]},
        {"slot": START, "log_offset": 8},
        {"slot": minute(-1), "log_offset": 99, "instance": "b:1", **past},
        {"slot": minute(5), "log_offset": 9},
        {"service": "other"},
    )
    assert store.query(read_query("restore_requests"), PLACE) == (
        {"fingerprint": 3, "instance": "a:1", "slot": minute(-5), "kinds": ["heap"]},
        {"fingerprint": 255, "instance": "b:1", "slot": minute(-1), "kinds": BOTH},
        {"fingerprint": 255, "instance": "a:1", "slot": START, "kinds": BOTH},
    )


@pytest.mark.parametrize("past", PAST)
def test_restore_evidence_is_what_was_weighed_in_a_day_before_a_position(
    store: Store, past: Mapping[str, object]
) -> None:
    """Without failures and without the profiles themselves."""
    day = minute(-24 * 60)
    insert_twice(
        store,
        "evidence",
        {"taken_at": day, "slot": day},
        {"taken_at": minute(-9), "slot": minute(-9), "kind": "goroutine-text", "summary": NAMES_255},
        {"taken_at": minute(-8), "slot": minute(-8), "log_offset": 99, **past},
        {"log_offset": 8},
        {"taken_at": minute(5), "slot": minute(5), "ok": False},
        {"taken_at": minute(9), "slot": minute(9), "log_offset": 9},
        {"service": "other", "taken_at": minute(1)},
    )
    common = {"instance": "a:1", "fingerprint": 255}
    assert store.query(read_query("restore_evidence"), PLACE) == (
        {**common, "kind": "goroutine-text", "taken_at": minute(-9), "summary": NAMES_255, **PLACED},
        {
            **common,
            "kind": "goroutineleak",
            "taken_at": minute(-8),
            "summary": "{}",
            **PLACED,
            "log_offset": 99,
            **past,
        },
        {**common, "kind": "goroutineleak", "taken_at": START, "summary": "{}", **PLACED, "log_offset": 8},
    )


def test_evidence_of_a_stack_is_what_names_it_or_was_asked_for_it(store: Store) -> None:
    """Newest first, failures among it for `explain`, and not for files; bytes come back as they were."""
    insert_twice(
        store,
        "evidence",
        {},
        {"taken_at": minute(1), "slot": minute(1), "fingerprint": 3, "summary": NAMES_255},
        {"taken_at": minute(2), "slot": minute(2), "ok": False, "reason": "guarded", "profile": b""},
        {"taken_at": minute(3), "slot": minute(3), "fingerprint": 3},
        {"service": "other"},
    )
    explained = store.query(read_query("explain_evidence"), ASKED)
    assert [(row["taken_at"], row["ok"], row["reason"]) for row in explained] == [
        (minute(2), False, "guarded"),
        (minute(1), True, ""),
        (START, True, ""),
    ]
    files = store.query(read_query("evidence_profiles"), {**ASKED, "service": ""})
    assert [(row["service"], row["taken_at"]) for row in files] == [
        ("checkout", minute(1)),
        ("checkout", START),
        ("other", START),
    ]
    assert {base64.b64decode(str(row["profile"])) for row in files} == {b"\x1f\x8b\xff"}


def test_readings_are_what_was_read_for_a_stack_newest_first(store: Store) -> None:
    """Neither of another stack, nor other evidence, nor what failed."""
    insert_twice(
        store,
        "evidence",
        {"kind": "heap", "summary": READ},
        {"kind": "heap", "summary": READ, "taken_at": minute(30), "slot": minute(30)},
        {"kind": "heap", "summary": READ, "fingerprint": 7, "slot": minute(1)},
        {"kind": "heap", "ok": False, "slot": minute(2)},
        {"kind": "goroutineleak", "slot": minute(3)},
    )
    found = {"instance": "a:1", "kind": "heap", "fingerprint": 255, "summary": READ}
    assert store.query(read_query("explain_readings"), ASKED) == (
        {**found, "taken_at": minute(30)},
        {**found, "taken_at": START},
    )


def test_readings_of_memory_are_columns_of_a_view(store: Store) -> None:
    """What is not known is null."""
    bare = write_summary(Summary(heap=HeapReading(STATS, 300)))
    insert_twice(
        store,
        "evidence",
        {"kind": "heap", "summary": READ},
        {"kind": "heap", "summary": bare, "taken_at": minute(30), "slot": minute(30)},
        {"kind": "goroutineleak", "slot": minute(3)},
    )
    read = {"service": "checkout", "fingerprint": "g1-00000000000000ff", "instance": "a:1"}
    counters = {"heap_alloc": 9, "heap_inuse": 8, "stack_inuse": 7, "sys": 99, "total_alloc": 10, "next_gc": 18}
    counters |= {"collections": 3, "goroutines": 300}
    assert store.query("SELECT * FROM heap_readings") == (
        {**read, **counters, "taken_at": START, "life": START, "of_stack": 280, "settled_seconds": 1.5},
        {**read, **counters, "taken_at": minute(30), "life": None, "of_stack": 0, "settled_seconds": None},
    )
