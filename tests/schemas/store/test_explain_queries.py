"""What `explain` asks about blame, the worst instance and the data itself, with every row inserted twice."""

from collections.abc import Mapping

import pytest

from leakstream.migrate import read_query
from schemas.ports import Store
from tests.store_rows import EPOCH, START, minute, rows

_ASKED: Mapping[str, object] = {
    "service": "checkout",
    "fingerprint": 255,
    "instance": "a:1",
    "version": "v2",
    "window_seconds": 3600,
    "limit": 2,
}


def _insert_twice(store: Store, table: str, *given: Mapping[str, object]) -> None:
    """Insert the rows under two tokens: two parts that nobody has folded yet."""
    for token in ("first", "again"):
        store.insert(table, rows(table, *given), f"{table}-{token}")


def _ask(store: Store, name: str, **parameters: object) -> list[dict[str, object]]:
    """Run a shipped query."""
    return [dict(row) for row in store.query(read_query(name), {**_ASKED, **parameters})]


@pytest.fixture
def deployed(store: Store) -> Store:
    """A service whose version v2 began in minute 10 on two instances: its stack 255 grows on one, stack 7 is gone."""
    lives = (("a:1", "v1", 0), ("b:1", "v1", 0), ("a:1", "v2", 10), ("b:1", "v2", 10))
    _insert_twice(
        store, "instances", *({"instance": i, "version": v, "life": minute(at)} for i, v, at in lives),
        {"version": "v0", "life": minute(-600)},
    )  # fmt: skip
    scrapes = [
        {"instance": i, "version": v, "life": minute(begin), "slot": minute(at), "goroutines": 50 + at}
        for i, v, begin in lives
        for at in range(begin, begin + 10)
    ]
    _insert_twice(store, "scrapes", *scrapes)
    _insert_twice(
        store, "counts", *({"slot": minute(at), "goroutines": at - 9} for at in range(10, 20)),
        *({"instance": "b:1", "slot": minute(at), "goroutines": 1} for at in range(10, 20)),
        *({"fingerprint": 7, "slot": minute(at), "goroutines": 30} for at in range(10)),
        {"fingerprint": 7, "slot": minute(10), "goroutines": 0},
        *({"fingerprint": 8, "slot": minute(at), "goroutines": 5} for at in range(12, 20)),
        *({"fingerprint": 9, "slot": minute(at), "goroutines": 5} for at in range(20)),
    )  # fmt: skip
    _insert_twice(
        store,
        "stacks",
        {"first_version": "v2"},
        {"fingerprint": 7},
        {"fingerprint": 8, "first_version": "v2", "site": "main.new"},
        {"fingerprint": 9},
    )
    return store


def test_versions_say_on_how_many_instances_a_stack_rose(deployed: Store) -> None:
    """Each process counts for itself; a version that ran before the window has no instances."""
    assert _ask(deployed, "explain_versions", limit=10) == [
        {"version": "v0", "begun": minute(-600), "instances": 0, "growing_instances": 0, "gained": 0},
        {"version": "v1", "begun": START, "instances": 2, "growing_instances": 0, "gained": 0},
        {"version": "v2", "begun": minute(10), "instances": 2, "growing_instances": 1, "gained": 9},
    ]


def test_deploy_says_what_else_came_and_went(deployed: Store) -> None:
    """A stack that stays is no change; the one that is asked for is not its own."""
    assert _ask(deployed, "explain_deploy") == [
        {
            "change": "new",
            "fingerprint": "g1-0000000000000008",
            "operation": "chan send",
            "site": "main.new",
            "goroutines": 5,
            "changes": 1,
        },
        {
            "change": "gone",
            "fingerprint": "g1-0000000000000007",
            "operation": "chan send",
            "site": "main.leak",
            "goroutines": 30,
            "changes": 1,
        },
    ]


def test_target_is_the_newest_process_of_an_instance(deployed: Store) -> None:
    """What it gained is counted in its own life; all goroutines are those of the process."""
    assert _ask(deployed, "explain_target") == [
        {
            "instance": "a:1",
            "slot": minute(19),
            "version": "v2",
            "labels": {},
            "process_goroutines": 69,
            "life": minute(10),
            "goroutines": 10,
            "gained": 9,
        }
    ]


def test_target_without_the_stack_is_unknown(deployed: Store) -> None:
    """Nothing can be said of an instance that never held it."""
    assert _ask(deployed, "explain_target", fingerprint=1) == []


def test_health_counts_what_failed_and_what_never_came(store: Store) -> None:
    """A gap is attempts that are not there; who is silent for five intervals is named as such."""
    failed = {"ok": False, "reason": "timeout"}
    answered: list[dict[str, object]] = [{"slot": minute(at)} for at in (0, 1, 2, 7, 20)]
    others: list[dict[str, object]] = [{"instance": "b:1"}, {"instance": "c:1", "slot": minute(20), **failed}]
    _insert_twice(store, "scrapes", *answered, {"slot": minute(3), **failed}, *others)
    _insert_twice(store, "counts", {}, {"slot": minute(1)}, {"fingerprint": 1})
    assert _ask(store, "explain_health") == [
        {
            "newest_slot": minute(20),
            "newest_profile": minute(20),
            "interval_seconds": 60.0,
            "attempts": 8,
            "failures": 2,
            "missing": 15,
            "instances": 3,
            "silent_instances": 2,
            "reason": "timeout",
            "counts": 2,
        }
    ]


def test_tickets_give_the_newest_word_of_each_sink(store: Store) -> None:
    """What was intended last, and where it is."""
    _insert_twice(
        store,
        "tickets",
        {"detail": "tickets/1.md"},
        {"slot": minute(5), "intent": "resolved", "detail": "tickets/1.md"},
    )
    assert _ask(store, "explain_tickets") == [
        {"sink": "file", "intent": "resolved", "status": "intended", "detail": "tickets/1.md", "slot": minute(5)}
    ]


def test_health_of_an_instance_that_never_answered_has_no_profile(store: Store) -> None:
    """1970 stands for never."""
    _insert_twice(store, "scrapes", {"ok": False, "reason": "timeout"})
    assert [row["newest_profile"] for row in _ask(store, "explain_health")] == [EPOCH]
