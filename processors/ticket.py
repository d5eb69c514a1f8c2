"""anomaly -> ticket: whether a change of state is worth telling, and everything that is told.

Rule 1: one leak, one key: service and fingerprint. Neither instance nor version nor a number may enter it.
Rule 2: a title never changes over the life of a leak; what changes stands in the body.
Rule 3: pending says nothing to people, silence closes nothing; only what the judge resolved is closed.
"""

from datetime import datetime
from enum import StrEnum

from processors.advice import advise
from processors.plain_text import plain
from schemas.model import Anomaly, Fingerprint, State, Ticket

_TITLE_CHARACTERS = 200
"""Jira allows 255 and GitHub 256 characters; the rest is for whoever puts a prefix in front."""


class Decision(StrEnum):
    """What to do with a ticket, and why. The value is the reason as people read it."""

    OPEN = "open: it began to fire"
    UPDATE = "update: it fires on and there is news"
    CLOSE = "close: it is resolved"
    NOT_YET = "none: pending, it may pass by itself"
    NEVER_TOLD = "none: inactive, nobody was told of it"

    @property
    def sends(self) -> bool:
        """Say whether a ticket goes out."""
        return self in (Decision.OPEN, Decision.UPDATE, Decision.CLOSE)


_DECISIONS: dict[State, Decision] = {
    State.INACTIVE: Decision.NEVER_TOLD,
    State.PENDING: Decision.NOT_YET,
    State.FIRING: Decision.OPEN,
    State.RESOLVED: Decision.CLOSE,
}


def decide(anomaly: Anomaly) -> Decision:
    """Decide by the new state; firing that was firing before is an update."""
    if anomaly.state is State.FIRING and anomaly.previous is State.FIRING:
        return Decision.UPDATE
    return _DECISIONS[anomaly.state]


def needs_ticket(anomaly: Anomaly) -> bool:
    """Say whether this change of state goes out to people; `decide` says why."""
    return decide(anomaly).sends


def compose_ticket(anomaly: Anomaly, *, opened_at: datetime, now: datetime, database: str) -> Ticket:
    """Give the whole ticket. `opened_at` is when the leak began to fire, `database` the one its SQL reads."""
    return Ticket(
        key=ticket_key(anomaly.service, anomaly.fingerprint),
        title=_title(anomaly),
        state=anomaly.state,
        opened_at=opened_at,
        updated_at=now,
        anomaly=anomaly,
        advice=advise(anomaly.fingerprint),
        sql=history_sql(anomaly.service, anomaly.fingerprint.value, database),
    )


def ticket_key(service: str, fingerprint: Fingerprint) -> str:
    """Give the text that names a leak for ever; the fingerprint has a fixed length, so no two leaks share one.

    Example output: checkout/g1-00000000000000ff
    """
    return f"{service}/{fingerprint}"


def history_sql(service: str, fingerprint: int, database: str) -> str:
    """Give SQL to paste that shows how the stack grew, on each instance; times in UTC."""
    return (
        f"SELECT slot, instance, goroutines\n"
        f"FROM {database}.fingerprint_history\n"
        f"WHERE service = {quote_sql(service)} AND fingerprint_key = 0x{fingerprint:016x}\n"
        f"ORDER BY slot, instance"
    )


def quote_sql(text: str) -> str:
    r"""Write a ClickHouse string literal on one line.

    Example input: it's
    Example output: 'it\'s'
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    safe = (c if c.isprintable() else "".join(f"\\x{byte:02x}" for byte in c.encode(errors="replace")) for c in escaped)
    return f"'{''.join(safe)}'"


def _title(anomaly: Anomaly) -> str:
    """Say in one line where it leaks.

    Example output: Goroutine leak in checkout: chan send at main.(*Pool).submit.func
    """
    service, operation = plain(anomaly.service, 60), plain(anomaly.fingerprint.operation, 40)
    place = plain(anomaly.fingerprint.site, _TITLE_CHARACTERS) or str(anomaly.fingerprint)
    return plain(f"Goroutine leak in {service}: {operation} at {place}", _TITLE_CHARACTERS)
