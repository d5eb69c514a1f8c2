"""memory of a ticket + its history -> the whole ticket as people read it.

Rule: a title never changes over the life of a leak; what changes stands in the body.
"""

from collections.abc import Sequence

from processors.advice import advise
from processors.plain_text import plain
from schemas.model import Anomaly, Fingerprint
from schemas.tickets import Act, Move, Ticket, TicketMemory, Told

_TITLE_CHARACTERS = 200
"""Jira allows 255 and GitHub 256 characters; the rest is for whoever puts a prefix in front."""


def compose_ticket(memory: TicketMemory, history: Sequence[Told], database: str) -> Ticket:
    """Give the whole ticket; `database` is the one its SQL reads, `history` is in order."""
    anomaly = memory.anomaly
    return Ticket(
        key=memory.key,
        marker=marker_of(memory.key, memory.generation),
        title=_title(anomaly),
        state=memory.state,
        opened_at=memory.opened_at,
        updated_at=max(memory.seen, memory.changed_at),
        anomaly=anomaly,
        advice=advise(anomaly.fingerprint),
        sql=history_sql(anomaly.service, anomaly.fingerprint.value, database),
        history=tuple(history),
    )


def tell(move: Move) -> Told:
    """Give the line of history of a move."""
    memory = move.memory
    return Told(memory.number, move.at, memory.state, move.act, move.reason)


def is_told(act: Act) -> bool:
    """Say whether people hear of an act, and whether it stands in a ticket's history."""
    return act not in (Act.NOTHING, Act.UPDATE)


def ticket_key(service: str, fingerprint: Fingerprint, environment: str = "") -> str:
    """Give the text that names a leak for ever; the fingerprint has a fixed length, so no two leaks share one.

    Example output: production/checkout/g1-00000000000000ff
    """
    return f"{environment}/{service}/{fingerprint}" if environment else f"{service}/{fingerprint}"


def marker_of(key: str, generation: int) -> str:
    """Give what names one ticket in a sink: a leak that comes back long after has a new one.

    Example output: checkout/g1-00000000000000ff#2
    """
    return key if generation == 1 else f"{key}#{generation}"


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
