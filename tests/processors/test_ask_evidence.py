"""When evidence is asked for, and why not."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.ask_evidence import Asked, AskPolicy, NotAsked, Suspect, ask_evidence, policy_of_evidence
from schemas.evidence import EvidenceRequest, Waits, Weighed
from schemas.model import Kind
from schemas.settings_evidence import EvidenceSettings
from tests.store_rows import START, minute

BOTH = (Kind.TEXT, Kind.LEAK)
POLICY = AskPolicy(BOTH, 1800)
SUSPECT = Suspect("checkout", 255, START, "a:1", 1_000, minute(-90), lock_waiters=7)
REQUEST = EvidenceRequest("checkout", "a:1", 255, BOTH, START, 1_000, minute(-90), 7)


def asked(*slots: datetime, fingerprint: int = 255, instance: str = "a:1") -> Asked:
    """Give a memory of requests."""
    memory = Asked()
    for slot in slots:
        memory.note(fingerprint, instance, slot)
    return memory


def test_suspect_is_asked_for_at_once_the_dump_first() -> None:
    """The leak profile erases waits, so it comes second."""
    assert ask_evidence(SUSPECT, Asked(), POLICY, START) == REQUEST


@pytest.mark.parametrize(
    ("suspect", "memory", "policy", "reason"),
    [
        (SUSPECT, Asked(), AskPolicy((), 1800), NotAsked.NOTHING_TO_TAKE),
        (SUSPECT, Asked(), AskPolicy((Kind.HEAP,), 1800), NotAsked.NOTHING_TO_TAKE),
        (replace(SUSPECT, instance=""), Asked(), POLICY, NotAsked.NO_INSTANCE),
        (replace(SUSPECT, goroutines=0), Asked(), POLICY, NotAsked.NO_INSTANCE),
        (SUSPECT, asked(minute(-29), fingerprint=7), POLICY, NotAsked.INSTANCE_RESTS),
        (SUSPECT, asked(START, instance="b:1"), POLICY, NotAsked.SUSPECT_RESTS),
        (replace(SUSPECT, weighed=Weighed(5, Waits(), START, "a:1")), Asked(), POLICY, NotAsked.PROVEN),
        (
            replace(SUSPECT, weighed=Weighed(5, None, START, "a:1")),
            Asked(),
            AskPolicy((Kind.LEAK,), 1),
            NotAsked.PROVEN,
        ),
    ],
)
def test_nothing_is_asked_without_a_reason_why_not(
    suspect: Suspect, memory: Asked, policy: AskPolicy, reason: NotAsked
) -> None:
    """Each refusal has its word."""
    assert ask_evidence(suspect, memory, policy, START) is reason


@pytest.mark.parametrize(
    "weighed",
    [
        Weighed(0, Waits(), START, "a:1"),
        Weighed(None, Waits(), START, "a:1"),
        Weighed(5, None, START, "a:1"),
        Weighed(5, Waits(), minute(-1), "a:1"),
    ],
)
def test_evidence_that_does_not_settle_it_does_not_end_the_asking(weighed: Weighed) -> None:
    """Not proven, no dump yet, or of before it was a suspect."""
    assert ask_evidence(replace(SUSPECT, weighed=weighed), Asked(), POLICY, START) == REQUEST


def test_cool_down_doubles_up_to_a_day_while_it_stays_a_suspect() -> None:
    """Half an hour, an hour, two, and so on."""
    memory, slots = Asked(), []
    for number in range(4 * 24 * 60):
        decided = ask_evidence(SUSPECT, memory, POLICY, minute(number))
        if isinstance(decided, EvidenceRequest):
            memory.note(decided.fingerprint, decided.instance, decided.slot)
            slots.append(number)
    assert [after - before for before, after in itertools.pairwise(slots)] == [
        *(30, 60, 120, 240, 480, 960, 1440, 1440),
    ]


def test_suspect_anew_is_asked_for_anew() -> None:
    """What was asked in an earlier candidacy does not count, but for its instance."""
    memory = asked(*(minute(-600 + number) for number in range(5)))
    assert ask_evidence(SUSPECT, memory, POLICY, START) == REQUEST


def test_what_is_a_week_old_is_forgotten() -> None:
    """As the query that restores it does."""
    memory = asked(START, fingerprint=1, instance="old:1")
    memory.note(2, "new:1", START + timedelta(days=7))
    assert memory == asked(START + timedelta(days=7), fingerprint=2, instance="new:1")


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        ({}, (*BOTH, Kind.HEAP)),
        ({"enabled": False}, ()),
        ({"dump": False}, (Kind.LEAK, Kind.HEAP)),
        ({"leak_profile": False}, (Kind.TEXT, Kind.HEAP)),
        ({"heap": False}, BOTH),
    ],
)
def test_settings_say_what_may_be_taken(settings: dict[str, bool], kinds: tuple[Kind, ...]) -> None:
    """Each kind can be switched off, and all of it."""
    assert policy_of_evidence(EvidenceSettings.model_validate(settings)) == AskPolicy(kinds, 1800)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b"]), st.integers(0, 40)), max_size=60))
def test_no_instance_is_asked_twice_within_the_cool_down(looks: list[tuple[int, str, int]]) -> None:
    """Whoever is suspected, in any order."""
    memory, now = Asked(), START
    taken: dict[str, list[datetime]] = {"a": [], "b": []}
    for fingerprint, instance, minutes in looks:
        now += timedelta(minutes=minutes)
        suspect = replace(SUSPECT, fingerprint=fingerprint, instance=instance)
        decided = ask_evidence(suspect, memory, POLICY, now)
        if isinstance(decided, EvidenceRequest):
            memory.note(decided.fingerprint, decided.instance, decided.slot)
            taken[instance].append(now)
    for slots in taken.values():
        assert all(after - before >= timedelta(minutes=30) for before, after in itertools.pairwise(slots))
