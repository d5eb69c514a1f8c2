"""Makes anomalies and tickets for tests: one of everything, changed where a test cares."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from processors.tickets.compose import compose_ticket
from schemas.model import Anomaly, Fingerprint, Growth, State, Verdict
from schemas.tickets import SHUT_STATES, Act, Hidden, Order, Shown, Ticket, TicketMemory, TicketState, Told

SINCE = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
FIRED = datetime(2026, 11, 1, 10, 40, tzinfo=UTC)
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)

LEAK = Fingerprint(
    0x0F, "chan send", "main.fetch.func", "main.fetch.func", ("main.fetch.func", "main.(*Pool).submit.func")
)


def make_anomaly(
    state: State = State.FIRING,
    previous: State = State.PENDING,
    *,
    service: str = "checkout",
    fingerprint: Fingerprint = LEAK,
) -> Anomaly:
    """Give a change of state of a leak of 4 goroutines an hour on two of three instances."""
    growth = Growth(
        service, fingerprint, NOW, 1840, 3, 2, "10.0.0.7:6060", 1800, 4.25, 3.5, 5.0, 30, 9.0, True, "it rises"
    )
    return Anomaly(
        service, fingerprint, NOW, state, previous, Verdict.PROBABLE, "it held on", SINCE, growth, "v41", SINCE
    )


def make_memory(
    state: TicketState = TicketState.NEW, *, service: str = "checkout", fingerprint: Fingerprint = LEAK
) -> TicketMemory:
    """Give the memory of a ticket of such a change."""
    shut = state in SHUT_STATES
    growth = State.RESOLVED if shut or state is TicketState.RECOVERED else State.FIRING
    return TicketMemory(
        key=f"{service}/{fingerprint}",
        state=state,
        number=1,
        generation=1,
        seen=NOW,
        opened_at=FIRED,
        changed_at=NOW,
        closed_at=NOW if shut else None,
        closed_by="",
        fixed_in="",
        above=0,
        told=1840,
        shown=Shown.SHUT if shut else Shown.OPEN,
        hidden=Hidden.NO,
        anomaly=make_anomaly(growth, State.FIRING, service=service, fingerprint=fingerprint),
    )


def make_ticket(
    state: TicketState = TicketState.NEW, *, service: str = "checkout", fingerprint: Fingerprint = LEAK
) -> Ticket:
    """Give that ticket as it is told."""
    memory = make_memory(state, service=service, fingerprint=fingerprint)
    history = (Told(1, FIRED, TicketState.NEW, Act.OPEN, "it grows like a leak"),)
    return compose_ticket(memory, history, "leakstream")


def make_order(state: TicketState = TicketState.NEW, act: Act = Act.OPEN, **changes: Any) -> Order:
    """Give what a sink has to do with that ticket."""
    return Order(act, 1, make_ticket(state, **changes))


def renamed(name: str) -> Fingerprint:
    """Give the leak under another function name."""
    return replace(LEAK, site=name, origin=name, frames=(name,))
