"""Tickets: whether a change of state is told, and what names it for ever."""

from datetime import UTC, datetime

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.migrate import migrate
from processors.advice import advise
from processors.ticket import Decision, compose_ticket, decide, history_sql, needs_ticket, quote_sql
from schemas.model import State, Ticket
from tests.store_rows import START, rows
from tests.ticket_maker import FIRED, LEAK, NOW, make_anomaly, make_ticket, renamed


@pytest.mark.parametrize(
    ("state", "previous", "decision", "told"),
    [
        (State.FIRING, State.PENDING, Decision.OPEN, True),
        (State.FIRING, State.RESOLVED, Decision.OPEN, True),
        (State.FIRING, State.FIRING, Decision.UPDATE, True),
        (State.RESOLVED, State.FIRING, Decision.CLOSE, True),
        (State.PENDING, State.INACTIVE, Decision.NOT_YET, False),
        (State.PENDING, State.RESOLVED, Decision.NOT_YET, False),
        (State.INACTIVE, State.PENDING, Decision.NEVER_TOLD, False),
    ],
)
def test_firing_opens_resolved_closes_pending_says_nothing(
    state: State,
    previous: State,
    decision: Decision,
    told: bool,  # noqa: FBT001 a column of the table
) -> None:
    """The new state decides, and every decision carries its reason."""
    anomaly = make_anomaly(state, previous)
    assert (decide(anomaly), needs_ticket(anomaly)) == (decision, told)


def test_ticket_says_everything_at_once() -> None:
    """A ticket is whole: name, title, state, times, evidence, advice and SQL."""
    anomaly = make_anomaly()
    assert compose_ticket(anomaly, opened_at=FIRED, now=NOW, database="db") == Ticket(
        key="checkout/g1-000000000000000f",
        title="Goroutine leak in checkout: chan send at main.fetch.func",
        state=State.FIRING,
        opened_at=FIRED,
        updated_at=NOW,
        anomaly=anomaly,
        advice=advise(LEAK),
        sql="SELECT slot, instance, goroutines\nFROM db.fingerprint_history\n"
        "WHERE service = 'checkout' AND fingerprint_key = 0x000000000000000f\nORDER BY slot, instance",
    )


def test_title_and_key_stay_over_the_life_of_a_leak() -> None:
    """Neither state nor figures nor versions change what a ticket is called."""
    opened, closed = make_ticket(State.FIRING), make_ticket(State.RESOLVED)
    assert (opened.key, opened.title) == (closed.key, closed.title)


def test_title_of_a_hostile_name_is_short_and_plain() -> None:
    """A title is one line of visible characters that every tracker takes."""
    title = make_ticket(fingerprint=renamed("main.\x1b[2J\n" + "x" * 5000)).title
    assert (len(title), title.isprintable()) == (200, True)


@pytest.mark.parametrize("service", ["it's", "back\\slash", "line\nbreak", "'; DROP TABLE x --", "größe", "\u202e"])
def test_sql_is_quoted_as_the_engine_reads_it(bare_store: tuple[ClickhouseStore, str], service: str) -> None:
    """Whatever a service is called, its literal means that service."""
    store, _ = bare_store
    assert store.query(f"SELECT {quote_sql(service)} AS service") == ({"service": service},)


def test_sql_of_a_ticket_runs(bare_store: tuple[ClickhouseStore, str]) -> None:
    """What a ticket tells people to paste shows the growth."""
    store, database = bare_store
    migrate(store, database, now=datetime(2026, 11, 1, tzinfo=UTC))
    store.insert("counts", rows("counts", {"goroutines": 7}, {"service": "other"}, {"fingerprint": 3}), "t")
    expected = ({"slot": START, "instance": "a:1", "goroutines": 7},)
    assert store.query(history_sql("checkout", 255, database)) == expected
