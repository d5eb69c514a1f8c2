"""Makes anomalies and tickets for tests: one of everything, changed where a test cares."""

from dataclasses import replace
from datetime import UTC, datetime

from processors.ticket import compose_ticket
from schemas.model import Anomaly, Fingerprint, Growth, State, Ticket, Verdict

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


def make_ticket(state: State = State.FIRING, *, service: str = "checkout", fingerprint: Fingerprint = LEAK) -> Ticket:
    """Give the ticket of such a change."""
    anomaly = make_anomaly(state, State.FIRING, service=service, fingerprint=fingerprint)
    return compose_ticket(anomaly, opened_at=FIRED, now=NOW, database="leakstream")


def renamed(name: str) -> Fingerprint:
    """Give the leak under another function name."""
    return replace(LEAK, site=name, origin=name, frames=(name,))
