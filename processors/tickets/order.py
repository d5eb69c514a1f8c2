"""What one sink still has to do with one ticket, and how it is tried again.

Rule: to one sink the acts of one ticket go in order and one at a time; other tickets and sinks are not held up.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from schemas.model import State
from schemas.outcomes import Dropped, Invalid, Retry
from schemas.ports import Delivery, TicketSink
from schemas.tickets import Delivered, TicketMemory, Told

ATTEMPTS = 20
"""With pauses that double up to a minute: about a quarter of an hour, then a person has to look."""

FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0

_WORD = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("ms", tz="UTC")
TICKETS = pa.schema(
    [
        ("ticket_key", pa.string()),
        ("sink", _WORD),
        ("number", pa.uint32()),
        ("service", _WORD),
        ("fingerprint", pa.uint64()),
        ("intent", _WORD),
        ("act", _WORD),
        ("slot", _TIME),
        ("status", _WORD),
        ("detail", pa.string()),
        ("reference", pa.string()),
        ("attempts", pa.uint32()),
        ("updated_at", _TIME),
    ]
)


@dataclass(slots=True)
class Errand:
    """One act on its way to one sink. `partition` is that of the service."""

    key: str
    sink: TicketSink
    act: Told
    partition: int
    attempts: int = 0
    due: datetime | None = None

    @property
    def lane(self) -> tuple[str, str]:
        """Give what must stay in order."""
        return self.sink.name, self.key

    def put_off(self, retry: Retry, now: datetime) -> None:
        """Try again later: the longer the more often it failed, and never before the sink allows."""
        pause = min(FIRST_WAIT_SECONDS * 2 ** min(self.attempts, 10), _LONGEST_WAIT_SECONDS)
        self.due = now + timedelta(seconds=max(pause, retry.after_seconds))


def is_final(outcome: Delivery, attempts: int) -> bool:
    """Say whether a sink is done with an errand, for good or ill."""
    return not isinstance(outcome, Retry) or attempts >= ATTEMPTS


def name_outcome(outcome: Delivery) -> tuple[str, str, str]:
    """Give the status word of a final outcome, its detail, and where the ticket is."""
    if isinstance(outcome, Delivered):
        return "delivered", "", outcome.reference
    if isinstance(outcome, Invalid):
        return "parked", str(outcome.problem), ""
    return ("dropped" if isinstance(outcome, Dropped) else "parked"), outcome.detail, ""


def tabulate_errand(
    errand: Errand, memory: TicketMemory, told: tuple[str, str, str], now: datetime
) -> dict[str, object]:
    """Give the row that says where an errand stands; `told` is its status, detail and reference."""
    status, detail, reference = told
    open_state = State.RESOLVED if memory.anomaly.state is State.RESOLVED else State.FIRING
    return {
        "ticket_key": errand.key,
        "sink": errand.sink.name,
        "number": errand.act.number,
        "service": memory.anomaly.service,
        "fingerprint": memory.anomaly.fingerprint.value,
        "intent": open_state.value,
        "act": errand.act.act.value,
        "slot": errand.act.at,
        "status": status,
        "detail": detail,
        "reference": reference,
        "attempts": errand.attempts,
        "updated_at": now,
    }
