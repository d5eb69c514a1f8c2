"""moves <-> rows of `ticket_moves`: what is remembered of tickets, and how it is found again."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from schemas.model import Anomaly, LogPosition
from schemas.ports import Record
from schemas.tickets import Act, Hidden, Move, Shown, TicketMemory, TicketState
from schemas.wire.codec import ANOMALIES_TOPIC, decode_anomaly, encode_anomaly

_WORD = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("ms", tz="UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOVES = pa.schema(
    [
        ("ticket_key", pa.string()),
        ("number", pa.uint32()),
        ("service", _WORD),
        ("fingerprint", pa.uint64()),
        ("generation", pa.uint32()),
        ("state", _WORD),
        ("act", _WORD),
        ("reason", pa.string()),
        ("at", _TIME),
        ("seen", _TIME),
        ("opened_at", _TIME),
        ("changed_at", _TIME),
        ("closed_at", _TIME),
        ("closed_by", pa.string()),
        ("fixed_in", pa.string()),
        ("above", pa.uint64()),
        ("told", pa.uint64()),
        ("shown", _WORD),
        ("hidden", _WORD),
        ("anomaly", pa.string()),
        ("log_partition", pa.uint32()),
        ("decided_at", _TIME),
    ]
)

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Kept:
    """A move as it was written, with the partition of its service."""

    move: Move
    partition: int


def tabulate_moves(moves: Sequence[Kept], now: datetime) -> pa.Table:
    """Give the rows of moves."""
    return pa.Table.from_pylist([_row(kept, now) for kept in moves], MOVES)


def read_moves(rows: Sequence[Row]) -> list[Kept]:
    """Read rows of ticket_moves.sql; raises ValueError for one whose anomaly cannot be read."""
    return [_read(row) for row in rows]


def _row(kept: Kept, now: datetime) -> dict[str, object]:
    """Give one row."""
    move, memory = kept.move, kept.move.memory
    return {
        "ticket_key": memory.key,
        "number": memory.number,
        "service": memory.anomaly.service,
        "fingerprint": memory.anomaly.fingerprint.value,
        "generation": memory.generation,
        "state": memory.state.value,
        "act": move.act.value,
        "reason": move.reason,
        "at": move.at,
        "seen": memory.seen,
        "opened_at": memory.opened_at,
        "changed_at": memory.changed_at,
        "closed_at": memory.closed_at or _EPOCH,
        "closed_by": memory.closed_by,
        "fixed_in": memory.fixed_in,
        "above": memory.above,
        "told": max(memory.told, 0),
        "shown": memory.shown.value,
        "hidden": memory.hidden.value,
        "anomaly": b64encode(encode_anomaly(memory.anomaly).value or b"").decode(),
        "log_partition": kept.partition,
        "decided_at": now,
    }


def _read(row: Row) -> Kept:
    """Read one row."""
    closed_at = _time(row["closed_at"])
    memory = TicketMemory(
        key=str(row["ticket_key"]),
        state=TicketState(str(row["state"])),
        number=_number(row["number"]),
        generation=_number(row["generation"]),
        seen=_time(row["seen"]),
        opened_at=_time(row["opened_at"]),
        changed_at=_time(row["changed_at"]),
        closed_at=None if closed_at == _EPOCH else closed_at,
        closed_by=str(row["closed_by"]),
        fixed_in=str(row["fixed_in"]),
        above=_number(row["above"]),
        told=_number(row["told"]),
        shown=Shown(str(row["shown"])),
        hidden=Hidden(str(row["hidden"])),
        anomaly=read_kept_anomaly(str(row["anomaly"])),
    )
    move = Move(Act(str(row["act"])), _time(row["at"]), str(row["reason"]), memory)
    return Kept(move, _number(row["log_partition"]))


def read_kept_anomaly(text: str) -> Anomaly:
    """Read an anomaly back; raises ValueError."""
    record = Record(ANOMALIES_TOPIC, LogPosition(0, 0), _EPOCH, b"", b64decode(text), {})
    found = decode_anomaly(record)
    if not isinstance(found, Anomaly):
        raise ValueError(  # noqa: TRY004 the row holds the wrong value, not the wrong type
            f"the store holds a ticket whose anomaly cannot be read: {found.problem}"
        )
    return found


def _time(value: object) -> datetime:
    """Take a time from a stored row; anything else there is our mistake."""
    if not isinstance(value, datetime):
        raise TypeError(f"expected a time from the store, got {value!r}")
    return value


def _number(value: object) -> int:
    """Take a number from a stored row."""
    return int(str(value))
