"""The queries that tickets ask, on the engine, with every row inserted twice."""

import pytest

from schemas.ports import Store
from tests.schemas.store.test_queries import ask, insert_twice, only
from tests.store_rows import minute, rows


def test_deliveries_are_one_row_a_sink_and_move(store: Store) -> None:
    """The newest row of each, of this ticket alone, oldest first; rows from before there were moves are left out."""
    second = {"number": 2, "act": "close", "slot": minute(5)}
    insert_twice(store, "tickets", {"number": 1}, second, {"ticket_key": "other", "number": 1}, {"number": 0})
    store.insert("tickets", rows("tickets", {"number": 1, "status": "delivered", "updated_at": minute(1)}), "later")
    assert only(ask(store, "ticket_deliveries"), "sink", "number", "act", "status") == [
        ("file", 1, "open", "delivered"),
        ("file", 2, "close", "intended"),
    ]


def test_moves_of_a_ticket_are_read_in_order(store: Store) -> None:
    """Each once, the newest row of it."""
    insert_twice(store, "ticket_moves", {"number": 2, "state": "closed"}, {}, {"ticket_key": "other"})
    assert only(ask(store, "ticket_moves"), "number", "state") == [(1, "new"), (2, "closed")]


@pytest.mark.parametrize(
    ("moves", "told", "alive"),
    [
        ([{}], [{"status": "delivered"}], True),
        ([{"state": "closed", "act": "close"}], [{"status": "delivered"}], False),
        ([{"state": "closed", "act": "close"}], [], True),
        ([{"state": "closed", "act": "close"}], [{"status": "delivered"}, {"sink": "hook"}], True),
        ([{"state": "closed", "act": "close"}], [{"status": "parked"}], False),
        ([{"state": "closed", "act": "nothing"}], [], False),
        ([{"state": "closed", "act": "nothing", "hidden": "maintenance"}], [], True),
        ([{}, {"number": 2, "state": "wont_fix", "act": "nothing"}], [{"status": "delivered"}], False),
        ([{"log_partition": 4}], [], True),
        ([{"log_partition": 5}], [], False),
    ],
)
def test_alive_is_what_time_or_a_sink_has_to_do_with(
    store: Store,
    moves: list[dict[str, object]],
    told: list[dict[str, object]],
    alive: bool,  # noqa: FBT001 a column of the table
) -> None:
    """An open one, a hidden one, and one whose newest act has not arrived everywhere; partitions that went count on."""
    insert_twice(store, "ticket_moves", *moves)
    insert_twice(store, "tickets", *({"number": 1, **row} for row in told))
    found = ask(store, "tickets_alive", partition=0, partitions=4)
    assert bool(found) is alive


def test_open_tickets_are_counted_by_service(store: Store) -> None:
    """By what sinks show after the newest move."""
    shut = {"ticket_key": "b", "number": 2, "shown": "shut"}
    roll_up = {"ticket_key": "roll-up"}
    insert_twice(store, "ticket_moves", {}, {"ticket_key": "b"}, shut, {"ticket_key": "c", "service": "cart"}, roll_up)
    assert ask(store, "open_ticket_counts") == (
        {"service": "cart", "tickets": 1},
        {"service": "checkout", "tickets": 1},
    )


def test_roll_up_stands_for_open_ones_without_room(store: Store) -> None:
    """The worst first, with the number of all."""
    hidden = {"hidden": "budget", "shown": "no"}
    insert_twice(
        store,
        "ticket_moves",
        {"ticket_key": "a", "told": 5, **hidden},
        {"ticket_key": "b", "told": 9, **hidden},
        {"ticket_key": "c", "state": "recovered", **hidden},
        {"ticket_key": "d", "hidden": "maintenance", "shown": "no"},
    )
    assert only(ask(store, "rolled_up"), "ticket_key", "goroutines", "leaks") == [("b", 9, 2), ("a", 5, 2)]


def test_newest_scrape_is_one_that_was_answered(store: Store) -> None:
    """After the given time; none is no row."""
    insert_twice(store, "scrapes", {"slot": minute(3)}, {"slot": minute(4), "ok": False})
    assert ask(store, "newest_scrape") == ({"slot": minute(3)},)
    assert ask(store, "newest_scrape", since=minute(3)) == ()


def test_number_of_the_newest_decision(store: Store) -> None:
    """Of this ticket alone; none is no row."""
    insert_twice(store, "ticket_moves", {}, {"number": 3}, {"ticket_key": "other", "number": 9})
    assert ask(store, "ticket_number") == ({"number": 3},)
    assert ask(store, "ticket_number", ticket_key="unknown") == ()


def test_closed_ticket_is_alive_while_people_may_open_it_again(store: Store) -> None:
    """Where sinks show it, and it was closed after the given time."""
    shut = {"state": "closed", "act": "close", "shown": "shut", "changed_at": minute(5)}
    insert_twice(store, "ticket_moves", shut)
    insert_twice(store, "tickets", {"number": 1, "status": "delivered"})
    assert only(ask(store, "tickets_alive", since=minute(4)), "ticket_key") == [("k",)]
    assert ask(store, "tickets_alive", since=minute(5)) == ()
