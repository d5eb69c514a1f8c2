"""The queries the rest asks, on the engine: right answers, with every row inserted twice."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from leakstream.migrate import read_query
from schemas.ports import Store
from tests.store_rows import EPOCH, START, minute, rows

_WRITING = frozenset({"rollup_hourly", "rollup_daily", "rollup_done"})
_QUERIES = sorted(
    {file.stem for file in (Path(__file__).parents[3] / "schemas/store/queries").glob("*.sql")} - _WRITING
)
_PARAMETERS: dict[str, object] = {
    "service": "checkout",
    "instance": "a:1",
    "version": "v1",
    "log": "log",
    "log_partition": 0,
    "log_offset": 100,
    "since": START,
    "window_seconds": 3600,
    "limit": 100,
    "fingerprint": 255,
    "ticket_key": "k",
    "overflow": 255,
    "roll_up": "roll-up",
    "partition": 0,
    "partitions": 1,
    "quiet_seconds": 0,
    "from": START,
    "to": minute(60),
}


def insert_twice(store: Store, table: str, *given: Mapping[str, object]) -> None:
    """Insert the rows under two tokens: two parts that nobody has folded yet."""
    for token in ("first", "again"):
        store.insert(table, rows(table, *given), f"{table}-{token}")


def ask(store: Store, name: str, **parameters: object) -> tuple[dict[str, object], ...]:
    """Run a shipped query, its parameters as above unless given."""
    return tuple(dict(row) for row in store.query(read_query(name), _PARAMETERS | parameters))


def only(found: tuple[dict[str, object], ...], *columns: str) -> list[tuple[object, ...]]:
    """Give some columns of every row."""
    return [tuple(row[column] for column in columns) for row in found]


@pytest.mark.parametrize("name", _QUERIES)
def test_every_query_runs_read_only_on_an_empty_store(store: Store, name: str) -> None:
    """No query needs rows or a right to write; the only aggregate says NULL."""
    nothing = ({"first_slot": None, "newest_slot": None, "interval_seconds": 0.0},) if name == "restore_begin" else ()
    found = store.query(read_query(name) + " SETTINGS readonly = 1", _PARAMETERS)
    assert (() if name == "status_tables" else found) == nothing  # tables are there before there are rows


@pytest.mark.parametrize("past", [{"log_partition": 1}, {"log": "an older one"}])
def test_restore_begin_is_the_first_slot_before_a_position(store: Store, past: Mapping[str, object]) -> None:
    """A scrape beyond the offset does not count; one of another partition or log is the past."""
    insert_twice(
        store,
        "scrapes",
        {"slot": minute(5), "log_offset": 1},
        {"slot": minute(1), "log_offset": 9},
        {"slot": minute(4), "log_offset": 10, **past},
    )
    assert ask(store, "restore_begin", log_offset=9) == (
        {"first_slot": minute(4), "newest_slot": minute(5), "interval_seconds": 60.0},
    )


def test_restore_scrapes_is_what_came_after_a_slot_before_a_position(store: Store) -> None:
    """Only this service, only before the offset, only after the slot; another log's first, then by offset."""
    insert_twice(
        store,
        "scrapes",
        *({"slot": minute(at), "log_offset": 30 - at} for at in range(20)),
        {"instance": "b:1", "slot": minute(18), "log_offset": 40, "ok": False, "goroutines": 0},
        {"instance": "c:1", "slot": minute(18), "log_offset": 141, "log_partition": 1},
        {"service": "other", "slot": minute(18), "log_offset": 2},
        {"instance": "d:1", "slot": minute(18), "log_offset": 101},
    )
    found = ask(store, "restore_scrapes", log_offset=100, since=minute(16))
    assert only(found, "instance", "slot", "ok") == [
        ("c:1", minute(18), True),
        ("a:1", minute(19), True),
        ("a:1", minute(18), True),
        ("a:1", minute(17), True),
        ("b:1", minute(18), False),
    ]
    assert found[1] == {
        "instance": "a:1", "slot": minute(19), "ok": True, "interval_seconds": 60.0, "labels": {},
        "process_start": EPOCH, "log": "log", "log_partition": 0, "log_offset": 11,
    }  # fmt: skip


def test_restore_memories_is_the_newest_snapshots_before_a_position(store: Store) -> None:
    """Three at most, the newest first, none that knows more than a processor at that position."""
    insert_twice(store, "memories", *({"slot": minute(at), "log_offset": at, "state": str(at)} for at in range(9)))
    assert only(ask(store, "restore_memories", log_offset=7), "state") == [("6",), ("5",), ("4",)]


def test_restore_counts_belong_to_the_good_scrapes_restored(store: Store) -> None:
    """Counts of failed scrapes, of later records and of other services are not part of the state."""
    insert_twice(
        store,
        "scrapes",
        *({"slot": minute(at), "log_offset": at} for at in range(5)),
        {"instance": "b:1", "slot": minute(2), "log_offset": 2, "ok": False},
    )
    insert_twice(
        store,
        "counts",
        *({"slot": minute(at), "goroutines": at} for at in range(5)),
        {"instance": "b:1", "slot": minute(2)},
        {"service": "other", "slot": minute(2)},
        {"fingerprint": 7, "slot": minute(3), "goroutines": 70},
    )
    assert ask(store, "restore_counts", log_offset=4, since=minute(1)) == (
        {"instance": "a:1", "fingerprint": 7, "slot": minute(3), "goroutines": 70},
        {"instance": "a:1", "fingerprint": 255, "slot": minute(2), "goroutines": 2},
        {"instance": "a:1", "fingerprint": 255, "slot": minute(3), "goroutines": 3},
    )


def test_restore_stacks_is_everything_the_service_ever_showed(store: Store) -> None:
    """All stacks of the service and none of another's."""
    insert_twice(store, "stacks", {"fingerprint": 2**64 - 1}, {"service": "other"})
    assert ask(store, "restore_stacks") == (
        {
            "fingerprint": 2**64 - 1,
            "operation": "chan send",
            "site": "main.leak",
            "origin": "main.main",
            "frames": ["main.leak", "main.main"],
            "first_seen": START,
            "first_version": "v1",
            "first_instance": "a:1",
            "own": 1,
        },
    )


def test_top_takes_one_service_or_all(store: Store) -> None:
    """An empty service means all; the window ends at the newest evaluation; the limit holds."""
    insert_twice(
        store,
        "growth",
        {"service": "a", "growth_low": 1.0, "slot": minute(100)},
        {"service": "b", "growth_low": 2.0, "slot": minute(100)},
        {"service": "c", "growth_low": 3.0, "slot": minute(40)},
    )
    assert only(ask(store, "top", service=""), "service", "fingerprint") == [
        ("b", "g1-00000000000000ff"),
        ("a", "g1-00000000000000ff"),
    ]
    assert only(ask(store, "top", service="a"), "service") == [("a",)]
    assert only(ask(store, "top", service="", window_seconds=7200, limit=1), "service") == [("c",)]


def test_explain_finds_a_fingerprint_in_every_service(store: Store) -> None:
    """Stack, newest evaluation and transitions, for all services or one."""
    insert_twice(store, "stacks", {"service": "a"}, {"service": "b"}, {"service": "b", "fingerprint": 1})
    insert_twice(store, "growth", {"service": "a"}, {"service": "a", "slot": minute(1)}, {"service": "b"})
    insert_twice(store, "anomalies", {"service": "a"}, {"service": "a", "slot": minute(1)}, {"service": "b"})
    assert only(ask(store, "explain_stack", service=""), "service") == [("a",), ("b",)]
    assert only(ask(store, "explain_stack", service="b"), "service") == [("b",)]
    assert only(ask(store, "explain_growth", service=""), "service", "slot") == [("a", minute(1)), ("b", START)]
    assert only(ask(store, "explain_transitions", service="a"), "slot") == [(minute(1),), (START,)]


def test_explain_instances_shows_where_it_stands(store: Store) -> None:
    """First, lowest, highest and last count of each instance, most goroutines first."""
    counts = (("a", 0, 5), ("a", 1, 2), ("a", 2, 9), ("b", 2, 40), ("old", -60, 99))
    insert_twice(store, "counts", *({"instance": i, "slot": minute(at), "goroutines": n} for i, at, n in counts))
    found = ask(store, "explain_instances")
    columns = ("instance", "first_slot", "last_slot", "first_goroutines", "lowest", "highest", "last_goroutines")
    assert only(found, *columns) == [
        ("b", minute(2), minute(2), 40, 40, 40, 40),
        ("a", START, minute(2), 5, 2, 9, 9),
    ]


def test_explain_labels_shows_the_newest_slot_of_one_instance(store: Store) -> None:
    """By key, most goroutines first, the rest added up; what an older slot or another instance showed is not said."""
    values = (("tenant", "7", 5), ("tenant", "8", 9), ("tenant", "9", 1), ("tenant", "(other)", 30), ("route", "/", 2))
    newest = [{"key": key, "value": value, "goroutines": n, "slot": minute(1)} for key, value, n in values]
    insert_twice(store, "counts", {}, {"slot": minute(1)}, {"instance": "b:1", "slot": minute(2)})
    others = ({"instance": "b:1", "slot": minute(1)}, {"fingerprint": 1, "slot": minute(1)})
    insert_twice(store, "label_counts", {"goroutines": 99}, *newest, *others)
    found = ask(store, "explain_labels", limit=2)
    assert only(found, "instance", "slot", "key", "value", "goroutines") == [
        ("a:1", minute(1), "route", "/", 2),
        ("a:1", minute(1), "tenant", "8", 9),
        ("a:1", minute(1), "tenant", "7", 5),
        ("a:1", minute(1), "tenant", "(other)", 31),
    ]
    assert only(ask(store, "explain_labels"), "value", "goroutines") == [
        ("/", 2),
        ("8", 9),
        ("7", 5),
        ("9", 1),
        ("(other)", 30),
    ]
    store.insert("counts", rows("counts", {"slot": minute(2), "goroutines": 0}), "gone")
    assert ask(store, "explain_labels") == ()


def test_status_adds_up(store: Store) -> None:
    """Targets, freshness and failures come from the same scrapes, leaks from the view."""
    failed = {"ok": False, "reason": "timeout"}
    insert_twice(store, "scrapes", {}, {"slot": minute(1), **failed}, {"instance": "b:1", **failed})
    insert_twice(store, "anomalies", {})
    assert only(ask(store, "status_targets", service=""), "instance", "scrapes", "failures") == [
        ("a:1", 2, 1),
        ("b:1", 1, 1),
    ]
    assert ask(store, "status_freshness") == (
        {"service": "checkout", "newest_slot": minute(1), "newest_ok": START, "instances": 2},
    )
    assert ask(store, "status_drops") == (
        {"service": "checkout", "reason": "timeout", "scrapes": 2, "instances": 2, "last_slot": minute(1)},
    )
    assert ask(store, "status_leaks") == ({"service": "checkout", "state": "firing", "leaks": 1},)


def test_the_outbox_holds_what_has_not_arrived(store: Store) -> None:
    """A ticket leaves the outbox with its newest row."""
    insert_twice(store, "tickets", {}, {"ticket_key": "done"})
    store.insert(
        "tickets", rows("tickets", {"ticket_key": "done", "status": "delivered", "updated_at": minute(1)}), "t"
    )
    assert only(ask(store, "open_tickets"), "ticket_key") == [("k",)]
