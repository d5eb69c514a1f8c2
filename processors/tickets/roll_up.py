"""leaks for which there is no room -> the one ticket that stands for them.

Rule: its title never changes; it is told when it opens and when it closes, and edited in between when the number of
leaks became another by half.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from processors.advice import advise
from processors.tickets.compose import marker_of
from schemas.model import Anomaly
from schemas.tickets import (
    Act,
    Hidden,
    Member,
    Move,
    Shown,
    Stays,
    Ticket,
    TicketMemory,
    TicketState,
    Told,
)

ROLL_UP = "roll-up"
LISTED = 20
_TITLE = "More goroutine leaks than there may be tickets for"
_CHANGED = 1.5


def roll_up_key(environment: str = "") -> str:
    """Give the key of the roll-up; no leak has it, because those end in a fingerprint."""
    return f"{environment}/{ROLL_UP}" if environment else ROLL_UP


def decide_roll_up(
    memory: TicketMemory | None, leaks: int, worst: Anomaly | None, now: datetime, key: str
) -> Move | Stays:
    """Decide what becomes of the roll-up when so many leaks have no ticket; `worst` is None where there is none."""
    is_open = memory is not None and memory.shown is Shown.OPEN
    if memory is None or not is_open:
        return _open(memory, leaks, worst, now, key)
    if not leaks or worst is None:
        shut = replace(memory, state=TicketState.CLOSED, shown=Shown.SHUT, closed_at=now, told=0)
        return _move(shut, Act.CLOSE, now, "there is room for all leaks again")
    if max(leaks, memory.told) < _CHANGED * max(min(leaks, memory.told), 1):
        return Stays("about as many as people were told of")
    return _move(replace(memory, told=leaks, anomaly=worst), Act.UPDATE, now, f"{leaks:,} leaks have no ticket")


def compose_roll_up(
    memory: TicketMemory, leaks: int, members: Sequence[Member], history: Sequence[Told], database: str
) -> Ticket:
    """Give the ticket; `members` are the worst of them."""
    return Ticket(
        key=memory.key,
        marker=marker_of(memory.key, memory.generation),
        title=_TITLE,
        state=memory.state,
        opened_at=memory.opened_at,
        updated_at=memory.changed_at,
        anomaly=memory.anomaly,
        advice=advise(memory.anomaly.fingerprint),
        sql=f"SELECT service, fingerprint, state, goroutines_told\nFROM {database}.tickets_now\n"
        "WHERE hidden = 'budget'\nORDER BY goroutines_told DESC",
        history=tuple(history),
        members=tuple(members),
        leaks=leaks,
    )


def _open(memory: TicketMemory | None, leaks: int, worst: Anomaly | None, now: datetime, key: str) -> Move | Stays:
    """Open it, as another ticket each time: what stood in the last one is history."""
    if not leaks or worst is None:
        return Stays("there is room for all leaks")
    begun = TicketMemory(
        key=key,
        state=TicketState.NEW,
        number=memory.number if memory else 0,
        generation=memory.generation + 1 if memory else 1,
        seen=now,
        opened_at=now,
        changed_at=now,
        closed_at=None,
        closed_by="",
        fixed_in="",
        above=0,
        told=leaks,
        shown=Shown.OPEN,
        hidden=Hidden.NO,
        anomaly=worst,
    )
    return _move(begun, Act.OPEN, now, f"{leaks:,} leaks have no ticket of their own")


def _move(memory: TicketMemory, act: Act, now: datetime, reason: str) -> Move:
    return Move(act, now, reason, replace(memory, number=memory.number + 1, seen=now, changed_at=now))
