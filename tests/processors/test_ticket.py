"""The life of a ticket: where each happening leads, and what people said holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.judge import Event
from processors.ticket import TRANSITIONS, TicketRules, decide, due, read_anomaly
from schemas.model import State, Verdict
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
from tests.ticket_maker import NOW, make_anomaly

RULES = TicketRules()
HOUR = timedelta(hours=1)
KEY = "checkout/g1-000000000000000f"
DATA = frozenset({What.FIRES, What.DOUBLES, What.PROVEN, What.RECOVERS, What.SILENCED})


def happens(what: What, hours: float, goroutines: int = 100, **said: object) -> Happening:
    """Make something happen, hours after the beginning; what data say carries its anomaly."""
    anomaly = make_anomaly()
    anomaly = replace(anomaly, growth=replace(anomaly.growth, goroutines=goroutines))
    carried = anomaly if what in DATA else None
    return Happening(what, NOW + hours * HOUR, carried, **said)  # type: ignore[arg-type]


def live(*happenings: Happening, rules: TicketRules = RULES) -> list[tuple[TicketState | None, Act | str]]:
    """Give after each happening the state, and what was to be done or why nothing changed."""
    memory: TicketMemory | None = None
    told: list[tuple[TicketState | None, Act | str]] = []
    for happening in happenings:
        decision = decide(memory, happening, rules, key=KEY)
        if isinstance(decision, Move):
            memory = decision.memory
        told.append((memory.state if memory else None, decision.act if isinstance(decision, Move) else decision.reason))
    return told


def test_leak_is_opened_grows_worse_recovers_returns_and_is_closed() -> None:
    """One ticket; one word of each change of state."""
    whole = live(
        happens(What.FIRES, 0),
        happens(What.DOUBLES, 2),
        happens(What.DOUBLES, 3),
        happens(What.RECOVERS, 4),
        happens(What.FIRES, 5),
        happens(What.RECOVERS, 6),
        happens(What.SETTLES, 30),
        happens(What.FIRES, 40),
    )
    assert whole == [
        (TicketState.NEW, Act.OPEN),
        (TicketState.ESCALATING, Act.COMMENT),
        (TicketState.ESCALATING, Act.UPDATE),
        (TicketState.RECOVERED, Act.COMMENT),
        (TicketState.REGRESSED, Act.COMMENT),
        (TicketState.RECOVERED, Act.COMMENT),
        (TicketState.CLOSED, Act.CLOSE),
        (TicketState.REGRESSED, Act.REOPEN),
    ]


def test_leak_that_returns_after_the_window_has_a_new_ticket() -> None:
    """It follows the closed one, and its moves are numbered on."""
    late = 24 * 31 + 30
    memory = None
    for happening in (happens(What.FIRES, 0), happens(What.RECOVERS, 1), happens(What.SETTLES, 25)):
        memory = _move(memory, happening).memory
    move = _move(memory, happens(What.FIRES, late))
    assert (move.act, move.memory.state, move.memory.generation, move.memory.number) == (
        Act.OPEN,
        TicketState.NEW,
        2,
        4,
    )
    assert move.reason == "it grows like a leak; its last ticket was closed long ago"


def _move(memory: TicketMemory | None, happening: Happening, hidden: Hidden = Hidden.NO) -> Move:
    """Decide, where something must change."""
    decision = decide(memory, happening, RULES, key=KEY, hidden=hidden)
    assert isinstance(decision, Move), decision
    return decision


def test_data_older_than_a_decision_changes_nothing() -> None:
    """A repeated, late or reordered anomaly is no news; a fired one after a person's close is not either."""
    told = live(
        happens(What.FIRES, 2),
        happens(What.FIRES, 2),
        happens(What.RECOVERS, 1),
        happens(What.PERSON_CLOSES, 5, by="alice"),
        happens(What.DOUBLES, 4),
    )
    old = "older than what was decided"
    assert [what for _, what in told] == [Act.OPEN, old, old, Act.CLOSE, old]


def test_person_who_closes_is_respected_for_what_was_known_then() -> None:
    """Growth right after is known; an hour later it is a regression."""
    told = live(
        happens(What.FIRES, 0),
        happens(What.PERSON_CLOSES, 1, by="alice"),
        happens(What.DOUBLES, 1.5),
        happens(What.DOUBLES, 2.1),
    )
    assert told[2:] == [
        (TicketState.CLOSED, "closed by a person a moment ago"),
        (TicketState.REGRESSED, Act.REOPEN),
    ]


def test_fix_in_a_version_holds_until_a_later_one_grows() -> None:
    """Old versions may run and grow for as long as the roll-out takes."""
    told = live(
        happens(What.FIRES, 0),
        happens(What.PERSON_CLOSES, 1, by="alice", fixed_in="v43"),
        happens(What.DOUBLES, 9, since_fix=False),
        happens(What.DOUBLES, 10, since_fix=True),
    )
    assert told[2:] == [
        (TicketState.CLOSED, "closed as fixed in v43, and only versions before it grow"),
        (TicketState.REGRESSED, Act.REOPEN),
    ]


def test_wont_fix_is_for_ever_unless_a_person_opens_it() -> None:
    """Whatever the data say."""
    told = live(
        happens(What.FIRES, 0),
        happens(What.PERSON_REJECTS, 1, by="alice"),
        happens(What.DOUBLES, 900, 10_000_000),
        happens(What.PERSON_REOPENS, 901, by="bob"),
    )
    assert told[1:] == [
        (TicketState.WONT_FIX, Act.CLOSE),
        (TicketState.WONT_FIX, Act.NOTHING),
        (TicketState.ONGOING, Act.REOPEN),
    ]


def test_archived_stays_shut_until_it_grew_by_the_factor() -> None:
    """From what there was when it was archived, or from the number that the person named."""
    told = live(
        happens(What.FIRES, 0, 100),
        happens(What.PERSON_ARCHIVES, 1, by="alice"),
        happens(What.DOUBLES, 2, 200),
        happens(What.DOUBLES, 3, 201),
        happens(What.PERSON_ARCHIVES, 4, by="alice", above=5000),
        happens(What.DOUBLES, 5, 4999),
    )
    assert told[2:] == [
        (TicketState.ARCHIVED, "archived until there are more than 200 goroutines"),
        (TicketState.ESCALATING, Act.REOPEN),
        (TicketState.ARCHIVED, Act.CLOSE),
        (TicketState.ARCHIVED, "archived until there are more than 5,000 goroutines"),
    ]


def test_hidden_ticket_is_told_whole_when_it_may_be() -> None:
    """A leak that came and went in a maintenance window is never told; one that stays is opened after it."""
    begun = _move(None, happens(What.FIRES, 0), Hidden.MAINTENANCE)
    worse = _move(begun.memory, happens(What.DOUBLES, 1), Hidden.MAINTENANCE)
    gone = _move(worse.memory, happens(What.RECOVERS, 2), Hidden.MAINTENANCE)
    assert [move.act for move in (begun, worse, gone)] == [Act.NOTHING] * 3
    assert _move(gone.memory, happens(What.MAY_SHOW, 3)).act is Act.NOTHING
    assert _move(worse.memory, happens(What.MAY_SHOW, 3)).act is Act.OPEN
    assert decide(worse.memory, happens(What.MAY_SHOW, 3), RULES, key=KEY, hidden=Hidden.BUDGET) == Stays(
        "hidden: budget"
    )


def test_open_ticket_that_changed_while_hidden_is_brought_up_to_date() -> None:
    """What recovered in the window is said after it, what was closed in it is closed."""
    begun = _move(None, happens(What.FIRES, 0))
    gone = _move(begun.memory, happens(What.RECOVERS, 2), Hidden.MAINTENANCE)
    assert _move(gone.memory, happens(What.MAY_SHOW, 3)).act is Act.COMMENT
    shut = _move(gone.memory, happens(What.SETTLES, 30), Hidden.MAINTENANCE)
    assert _move(shut.memory, happens(What.MAY_SHOW, 31)).act is Act.CLOSE


@pytest.mark.parametrize(
    ("state", "previous", "reason", "verdict", "expected"),
    [
        (State.FIRING, State.PENDING, "", Verdict.PROBABLE, What.FIRES),
        (State.FIRING, State.RESOLVED, "", Verdict.PROBABLE, What.FIRES),
        (State.FIRING, State.FIRING, Event.DOUBLES.value, Verdict.PROBABLE, What.DOUBLES),
        (State.FIRING, State.FIRING, Event.PROVEN.value, Verdict.PROVEN, What.PROVEN),
        (State.RESOLVED, State.FIRING, Event.RECOVERS.value, Verdict.PROBABLE, What.RECOVERS),
        (State.RESOLVED, State.FIRING, f"{Event.SILENCED.value}: cache", Verdict.PROBABLE, What.SILENCED),
        (State.PENDING, State.INACTIVE, "", Verdict.SUSPECT, None),
        (State.INACTIVE, State.PENDING, "", Verdict.SUSPECT, None),
    ],
)
def test_anomaly_says_what_happened(
    state: State, previous: State, reason: str, verdict: Verdict, expected: What | None
) -> None:
    """Pending and inactive ones say nothing to people."""
    found = read_anomaly(replace(make_anomaly(state, previous), reason=reason, verdict=verdict), proven_before=False)
    assert (found.what if isinstance(found, Happening) else None) is expected


@pytest.mark.parametrize(
    ("path", "hours", "expected"),
    [
        ([What.FIRES], 24 * 7, What.LASTS),
        ([What.FIRES], 24 * 6, None),
        ([What.FIRES, What.DOUBLES], 7, What.CALMS),
        ([What.FIRES, What.RECOVERS], 26, What.SETTLES),
        ([What.FIRES, What.RECOVERS], 24, None),
        ([What.FIRES, What.PERSON_CLOSES], 9999, None),
    ],
)
def test_time_alone_says_what_is_due(path: Sequence[What], hours: float, expected: What | None) -> None:
    """Counted from the change of state."""
    memory = None
    for hour, what in enumerate(path):
        memory = _move(memory, happens(what, hour)).memory
    assert memory is not None
    assert due(memory, NOW + hours * HOUR, RULES) is expected


def test_table_knows_every_state_and_leads_out_of_each() -> None:
    """What is not in the table changes no state; no state is a trap but for people who want one."""
    assert set(TRANSITIONS) == set(TicketState)
    assert all(set(steps) & (DATA | {What.PERSON_REOPENS}) for steps in TRANSITIONS.values())


HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(What),
        st.integers(1, 50),
        st.integers(0, 1000),
        st.sampled_from(Hidden),
        st.none() | st.booleans(),
    ),
    max_size=30,
)


@given(HAPPENINGS)
def test_sinks_are_never_asked_for_the_impossible(steps: Sequence[tuple[What, int, int, Hidden, bool | None]]) -> None:
    """Opened once and only when absent, reopened only when closed, commented only when open; and in line at the end."""
    memory, shown, at = None, Shown.NO, 0.0
    for what, hours, goroutines, hidden, since_fix in steps:
        at += hours
        by = "alice" if what.name.startswith("PERSON") else ""
        happening = happens(what, at, goroutines, by=by, since_fix=since_fix, fixed_in="v2" if by else "")
        decision = decide(memory, happening, RULES, key=KEY, hidden=hidden)
        if isinstance(decision, Stays):
            continue
        before = memory
        memory = decision.memory
        followed = before is not None and memory.generation > before.generation
        assert not (followed and shown is Shown.OPEN)
        shown = _obey(Shown.NO if followed else shown, decision.act)
        assert shown is memory.shown
        assert memory.number == (before.number + 1 if before else 1)
        if not memory.hidden and memory.shown is not Shown.NO:
            assert not (memory.state in OPEN_STATES and shown is Shown.SHUT)
            assert not (memory.state in SHUT_STATES and shown is Shown.OPEN)


def _obey(shown: Shown, act: Act) -> Shown:
    """Do in a tracker what is asked, and fail where a tracker could not."""
    allowed = {
        Act.OPEN: Shown.NO,
        Act.UPDATE: None,
        Act.COMMENT: Shown.OPEN,
        Act.CLOSE: Shown.OPEN,
        Act.REOPEN: Shown.SHUT,
    }
    if act is Act.NOTHING:
        return shown
    assert shown is not Shown.NO or act is Act.OPEN
    assert allowed[act] in (None, shown), (act, shown)
    return {Act.OPEN: Shown.OPEN, Act.REOPEN: Shown.OPEN, Act.CLOSE: Shown.SHUT}.get(act, shown)
