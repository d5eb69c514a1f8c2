"""What happens to a leak -> where its ticket stands, and what is told: the transition table.

Rule 1: one leak, one ticket. Nothing that changes over its life (an instance, a version, a number) enters its key.
Rule 2: people hear of a change of state and of nothing else; what changes meanwhile is edited where it stands.
Rule 3: what a person said holds: closed is closed for what was known then, won't fix is for ever.
Rule 4: missing data never recovers, closes or settles anything. Data older than what was decided changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from processors.judge import Event
from schemas.model import Anomaly, State, Verdict
from schemas.tickets import (
    OPEN_STATES,
    SHUT_STATES,
    Act,
    Happening,
    Hidden,
    Move,
    Shown,
    Stays,
    TicketMemory,
    TicketState,
    What,
)

S, W, A = TicketState, What, Act
Step = tuple[TicketState, Act]

_OF_PEOPLE: Mapping[What, Step] = {
    W.PERSON_CLOSES: (S.CLOSED, A.CLOSE),
    W.PERSON_REJECTS: (S.WONT_FIX, A.CLOSE),
    W.PERSON_ARCHIVES: (S.ARCHIVED, A.CLOSE),
}
_OF_DATA: Mapping[What, Step] = {
    W.DOUBLES: (S.ESCALATING, A.COMMENT),
    W.RECOVERS: (S.RECOVERED, A.COMMENT),
    W.SILENCED: (S.ARCHIVED, A.CLOSE),
}

TRANSITIONS: Mapping[TicketState, Mapping[What, Step]] = MappingProxyType(
    {
        S.NEW: {**_OF_PEOPLE, **_OF_DATA, W.PROVEN: (S.ONGOING, A.COMMENT), W.LASTS: (S.ONGOING, A.NOTHING)},
        S.ONGOING: {**_OF_PEOPLE, **_OF_DATA, W.PROVEN: (S.ONGOING, A.UPDATE)},
        S.ESCALATING: {
            **_OF_PEOPLE,
            **_OF_DATA,
            W.DOUBLES: (S.ESCALATING, A.UPDATE),
            W.PROVEN: (S.ESCALATING, A.UPDATE),
            W.CALMS: (S.ONGOING, A.NOTHING),
        },
        S.REGRESSED: {**_OF_PEOPLE, **_OF_DATA, W.PROVEN: (S.REGRESSED, A.UPDATE), W.LASTS: (S.ONGOING, A.NOTHING)},
        S.RECOVERED: {
            **_OF_PEOPLE,
            W.FIRES: (S.REGRESSED, A.COMMENT),
            W.DOUBLES: (S.REGRESSED, A.COMMENT),
            W.PROVEN: (S.REGRESSED, A.COMMENT),
            W.SILENCED: (S.ARCHIVED, A.CLOSE),
            W.SETTLES: (S.CLOSED, A.CLOSE),
            W.PERSON_REOPENS: (S.ONGOING, A.UPDATE),
        },
        S.CLOSED: {
            W.FIRES: (S.REGRESSED, A.REOPEN),
            W.DOUBLES: (S.REGRESSED, A.REOPEN),
            W.PROVEN: (S.REGRESSED, A.REOPEN),
            W.PERSON_REJECTS: (S.WONT_FIX, A.UPDATE),
            W.PERSON_ARCHIVES: (S.ARCHIVED, A.UPDATE),
            W.PERSON_REOPENS: (S.ONGOING, A.REOPEN),
        },
        S.ARCHIVED: {
            W.FIRES: (S.ESCALATING, A.REOPEN),
            W.DOUBLES: (S.ESCALATING, A.REOPEN),
            W.PROVEN: (S.ESCALATING, A.REOPEN),
            W.PERSON_CLOSES: (S.CLOSED, A.UPDATE),
            W.PERSON_REJECTS: (S.WONT_FIX, A.UPDATE),
            W.PERSON_REOPENS: (S.ONGOING, A.REOPEN),
        },
        S.WONT_FIX: {W.PERSON_REOPENS: (S.ONGOING, A.REOPEN)},
    }
)
"""Where each happening leads from each state; what is not there changes nothing."""

GROWING = frozenset({W.FIRES, W.DOUBLES, W.PROVEN})
PEOPLES = frozenset({W.PERSON_CLOSES, W.PERSON_REJECTS, W.PERSON_ARCHIVES, W.PERSON_REOPENS})
_DATA = frozenset({*GROWING, W.RECOVERS, W.SILENCED})


@dataclass(frozen=True, slots=True)
class TicketRules:
    """How patient tickets are.

    A recovered ticket is closed `close_after` later, one that fires again within `reopen_window` of that is opened
    again, later a new one follows it. For `grace` after a person closed it, growth that they know of changes nothing.
    A ticket is new for `new_for`, and escalates no more `calm_after` its last doubling. An archived one stays shut
    until there are `archive_factor` times as many goroutines, where the person named no number.
    """

    close_after: timedelta = timedelta(hours=24)
    reopen_window: timedelta = timedelta(days=30)
    grace: timedelta = timedelta(hours=1)
    new_for: timedelta = timedelta(days=7)
    calm_after: timedelta = timedelta(hours=6)
    archive_factor: float = 2.0


def read_anomaly(anomaly: Anomaly, proven_before: bool) -> Happening | Stays:  # noqa: FBT001 one fact
    """Say what a change of state of an anomaly means for its ticket."""
    if anomaly.state is State.RESOLVED:
        silenced = anomaly.reason.startswith(Event.SILENCED.value)
        return Happening(W.SILENCED if silenced else W.RECOVERS, anomaly.slot, anomaly)
    if anomaly.state is not State.FIRING:
        return Stays(f"{anomaly.state.value}: people are told of leaks that fire")
    if anomaly.previous is not State.FIRING:
        return Happening(W.FIRES, anomaly.slot, anomaly)
    newly_proven = anomaly.verdict is Verdict.PROVEN and not proven_before
    return Happening(W.PROVEN if newly_proven else W.DOUBLES, anomaly.slot, anomaly)


def decide(  # noqa: PLR0913 what a decision rests on, each by its name
    memory: TicketMemory | None,
    happening: Happening,
    rules: TicketRules,
    *,
    key: str,
    hidden: Hidden = Hidden.NO,
    settled: bool = True,
) -> Move | Stays:
    """Decide what becomes of a ticket; `memory` is None where the leak has none yet.

    `hidden` says why a ticket that is to be shown now must not be. `settled`: every sink shows what it was told to; a
    ticket that some sink may still show as open is followed by no other.
    """
    if memory is None:
        return _begin(happening, key, hidden)
    refusal = _refuse(memory, happening, rules)
    if refusal:
        return Stays(refusal)
    if happening.what is W.MAY_SHOW:
        return Stays(f"hidden: {hidden.value}") if hidden else _show(memory, happening)
    if settled and memory.state is S.CLOSED and happening.what in GROWING and _is_over(memory, happening, rules):
        return _follow(memory, happening, hidden)
    step = TRANSITIONS[memory.state].get(happening.what)
    if step is None:
        return _note(memory, happening)
    return _move(memory, happening, step, rules, hidden)


def due(memory: TicketMemory, now: datetime, rules: TicketRules) -> What | None:
    """Say what the mere passing of time makes of a ticket, None where nothing; SETTLES needs data beside it."""
    waited = now - memory.changed_at
    patience = {
        S.NEW: (rules.new_for, W.LASTS),
        S.REGRESSED: (rules.new_for, W.LASTS),
        S.ESCALATING: (rules.calm_after, W.CALMS),
        S.RECOVERED: (rules.close_after, W.SETTLES),
    }
    found = patience.get(memory.state)
    return found[1] if found is not None and waited >= found[0] else None


def _begin(happening: Happening, key: str, hidden: Hidden) -> Move | Stays:
    """Begin the first ticket of a leak."""
    anomaly = happening.anomaly
    if anomaly is None or happening.what not in GROWING:
        return Stays(f"{happening.what.value}: nobody was told of it")
    memory = TicketMemory(
        key=key,
        state=S.NEW,
        number=1,
        generation=1,
        seen=happening.at,
        opened_at=happening.at,
        changed_at=happening.at,
        closed_at=None,
        closed_by="",
        fixed_in="",
        above=0,
        told=anomaly.growth.goroutines,
        shown=Shown.NO,
        hidden=Hidden.NO,
        anomaly=anomaly,
    )
    return _finish(memory, A.OPEN, happening, hidden)


def _refuse(memory: TicketMemory, happening: Happening, rules: TicketRules) -> str:
    """Say why a happening may change nothing, empty where it may."""
    if happening.what in _DATA and happening.at <= memory.seen:
        return "older than what was decided"
    if happening.what not in GROWING:
        return ""
    goroutines = 0 if happening.anomaly is None else happening.anomaly.growth.goroutines
    if memory.state is S.ARCHIVED and goroutines <= memory.above:
        return f"archived until there are more than {memory.above:,} goroutines"
    return _respect(memory, happening, rules) if memory.state is S.CLOSED and memory.closed_by else ""


def _respect(memory: TicketMemory, happening: Happening, rules: TicketRules) -> str:
    """Say why growth does not open again what a person closed, empty where it does."""
    if memory.fixed_in and happening.since_fix is False:
        return f"closed as fixed in {memory.fixed_in}, and only versions before it grow"
    if memory.closed_at is not None and happening.at < memory.closed_at + rules.grace:
        return "closed by a person a moment ago"
    return ""


def _is_over(memory: TicketMemory, happening: Happening, rules: TicketRules) -> bool:
    """Say whether a closed ticket was closed for too long to be opened again; one that sinks still show is not."""
    long_ago = memory.closed_at is None or happening.at >= memory.closed_at + rules.reopen_window
    return long_ago and memory.shown is not Shown.OPEN


def _follow(memory: TicketMemory, happening: Happening, hidden: Hidden) -> Move | Stays:
    """Begin a ticket that follows one which was closed long ago."""
    begun = _begin(happening, memory.key, hidden)
    if isinstance(begun, Stays):
        return begun
    follower = replace(begun.memory, number=memory.number + 1, generation=memory.generation + 1)
    return replace(begun, reason=f"{begun.reason}; its last ticket was closed long ago", memory=follower)


def _show(memory: TicketMemory, happening: Happening) -> Move | Stays:
    """Bring sinks up to date with a ticket that was hidden."""
    if not memory.hidden:
        return Stays("it is shown")
    act = A.COMMENT if memory.shown is Shown.OPEN else A.NOTHING
    return _finish(replace(memory, number=memory.number + 1), act, happening, Hidden.NO)


def _note(memory: TicketMemory, happening: Happening) -> Move | Stays:
    """Remember newer data of a state that it does not change."""
    if happening.anomaly is None:
        return Stays(f"{memory.state.value}: nothing changes when {happening.what.value}")
    newer = replace(memory, number=memory.number + 1, seen=happening.at, anomaly=happening.anomaly)
    return Move(A.NOTHING, happening.at, f"{memory.state.value} stays: {happening.what.value}", newer)


def _move(memory: TicketMemory, happening: Happening, step: Step, rules: TicketRules, hidden: Hidden) -> Move:
    """Go to the next state."""
    state, act = step
    anomaly = happening.anomaly or memory.anomaly
    goroutines = anomaly.growth.goroutines
    shut = state in SHUT_STATES
    moved = replace(
        memory,
        state=state,
        number=memory.number + 1,
        seen=max(memory.seen, happening.at),
        changed_at=happening.at if state is not memory.state or happening.what is W.DOUBLES else memory.changed_at,
        closed_at=happening.at if shut else None,
        closed_by=happening.by if shut else "",
        fixed_in=happening.fixed_in,
        above=(happening.above or round(goroutines * rules.archive_factor)) if state is S.ARCHIVED else 0,
        told=memory.told if act is A.NOTHING else goroutines,
        anomaly=anomaly,
    )
    return _finish(moved, act, happening, Hidden.NO if happening.what in PEOPLES else hidden)


def _finish(memory: TicketMemory, wanted: Act, happening: Happening, hidden: Hidden) -> Move:
    """Make of what is wanted what sinks can do, by what they show now."""
    reason = f"{happening.what.value} ({happening.by})" if happening.by else happening.what.value
    if hidden:
        return Move(A.NOTHING, happening.at, reason, replace(memory, hidden=hidden))
    act = wanted
    if memory.shown is not Shown.OPEN and memory.state in OPEN_STATES:
        act = A.OPEN if memory.shown is Shown.NO else A.REOPEN
    elif memory.shown is Shown.NO:
        act = A.NOTHING
    elif memory.shown is Shown.OPEN and memory.state in SHUT_STATES:
        act = A.CLOSE
    elif memory.shown is Shown.OPEN and wanted is A.REOPEN:
        act = A.COMMENT
    shown = {A.OPEN: Shown.OPEN, A.REOPEN: Shown.OPEN, A.CLOSE: Shown.SHUT}.get(act, memory.shown)
    return Move(act, happening.at, reason, replace(memory, hidden=Hidden.NO, shown=shown))
