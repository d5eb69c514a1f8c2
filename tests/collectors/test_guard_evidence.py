"""What the guard of targets lets be taken, and why not."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.guard_evidence import HOUR, Guard, Refusal, Refused, estimate_stop_seconds, policy_of_guard
from schemas.evidence import EvidenceRequest
from schemas.model import Kind
from schemas.settings_evidence import EvidenceSettings
from tests.store_rows import START, minute

BOTH = (Kind.TEXT, Kind.LEAK)
ALL = (*BOTH, Kind.HEAP)
REQUEST = EvidenceRequest("checkout", "a:1", 255, BOTH, START, 1_000, START)


def make_guard(**settings: object) -> Guard:
    """Give a guard without a memory."""
    return Guard(policy_of_guard(EvidenceSettings.model_validate(settings)))


def reason(refused: Refused | None) -> Refusal | None:
    """Give the word of a refusal."""
    return refused.why if refused else None


def test_request_is_let_in_and_both_kinds_are_taken() -> None:
    """One after the other, of a target of a thousand goroutines."""
    guard = make_guard()
    assert guard.begin(REQUEST, START, START) is None
    assert [guard.charge(REQUEST, kind, START) for kind in BOTH] == [None, None]


def test_target_is_not_asked_again_within_the_cool_down_whoever_asks() -> None:
    """Another suspect on the same instance waits too; another instance does not."""
    guard = make_guard()
    guard.begin(REQUEST, START, START)
    again, other = replace(REQUEST, fingerprint=7), replace(REQUEST, instance="b:1")
    assert guard.begin(again, minute(29), minute(29)) == Refused(
        Refusal.COOLING_DOWN, "the target was asked 29m ago, the cool-down is 30m"
    )
    assert (guard.begin(other, minute(29), minute(29)), guard.begin(again, minute(30), minute(30))) == (None, None)


def test_collector_that_begins_anew_recalls_what_was_asked() -> None:
    """A kill -9 forgets the guard, and the topic does not: the cool-down holds, the budget is charged."""
    guard = make_guard()
    guard.recall(REQUEST, START)
    assert reason(guard.begin(REQUEST, minute(1), minute(1))) is Refusal.COOLING_DOWN
    large = replace(REQUEST, goroutines=10_000)
    guard = make_guard(stopped_share=0.0007, cool_down="1m")
    guard.recall(large, START)
    assert guard.begin(large, minute(2), minute(2)) is None
    assert reason(guard.charge(large, Kind.TEXT, minute(2))) is Refusal.OVER_BUDGET


def test_request_of_another_moment_is_obsolete() -> None:
    """Ten minutes old, or of a future that the log's clock sees."""
    guard = make_guard()
    assert guard.begin(REQUEST, START, minute(11)) == Refused(Refusal.OBSOLETE, "it was made 11m ago")
    assert reason(guard.begin(REQUEST, minute(11), START)) is Refusal.OBSOLETE


@pytest.mark.parametrize(
    ("settings", "request_", "kind", "refused"),
    [
        ({"dump": False}, REQUEST, Kind.TEXT, Refused(Refusal.SWITCHED_OFF, "goroutine-text is switched off")),
        ({"enabled": False}, REQUEST, Kind.LEAK, Refused(Refusal.SWITCHED_OFF, "goroutineleak is switched off")),
        (
            {},
            replace(REQUEST, goroutines=10_001),
            Kind.TEXT,
            Refused(
                Refusal.TOO_MANY_GOROUTINES,
                "the process has 10001 goroutines, goroutine-text is taken of 10000 at most",
            ),
        ),
        (
            {},
            replace(REQUEST, goroutines=100_001),
            Kind.LEAK,
            Refused(
                Refusal.TOO_MANY_GOROUTINES,
                "the process has 100001 goroutines, goroutineleak is taken of 100000 at most",
            ),
        ),
        ({"heap": False}, REQUEST, Kind.HEAP, Refused(Refusal.SWITCHED_OFF, "heap is switched off")),
        (
            {"heap_goroutines": 999},
            REQUEST,
            Kind.HEAP,
            Refused(Refusal.TOO_MANY_GOROUTINES, "the process has 1000 goroutines, heap is taken of 999 at most"),
        ),
        (
            {"stopped_share": 0.000001},
            REQUEST,
            Kind.HEAP,
            Refused(Refusal.OVER_BUDGET, "0.005 s of standing still are over the 0.004 s an hour, 0.000 s spent"),
        ),
        (
            {},
            replace(REQUEST, goroutines=9_000, lock_waiters=5_001),
            Kind.LEAK,
            Refused(
                Refusal.TOO_MANY_LOCK_WAITERS,
                "5001 goroutines wait for locks, goroutineleak is taken with 5000 at most",
            ),
        ),
        (
            {"stopped_share": 0.0001},
            replace(REQUEST, goroutines=10_000),
            Kind.TEXT,
            Refused(Refusal.OVER_BUDGET, "2.000 s of standing still are over the 0.360 s an hour, 0.000 s spent"),
        ),
    ],
)
def test_what_would_cost_too_much_is_refused_with_the_figures(
    settings: dict[str, object], request_: EvidenceRequest, kind: Kind, refused: Refused
) -> None:
    """Each limit has its word and its sentence."""
    assert make_guard(**settings).charge(request_, kind, START) == refused


def test_process_without_goroutineleak_is_not_asked_again_another_is() -> None:
    """Its answer was 404; a new process may be of another Go."""
    guard = make_guard()
    guard.begin(REQUEST, START, START)
    guard.note_missing(REQUEST)
    same, new = (
        guard.charge(REQUEST, Kind.LEAK, START),
        guard.charge(replace(REQUEST, life=minute(5)), Kind.LEAK, START),
    )
    assert (same, new) == (Refused(Refusal.NO_ENDPOINT, "this process answered 404 to goroutineleak before"), None)


def test_reading_of_memory_waits_for_the_cool_down_and_lets_none_wait() -> None:
    """A dump comes when it would have come without it; memory is read once within the cool-down, whoever asks."""
    guard, alone = make_guard(), replace(REQUEST, kinds=(Kind.HEAP,))
    assert (guard.begin(alone, START, START), guard.charge(alone, Kind.HEAP, START)) == (None, None)
    rests = Refused(Refusal.COOLING_DOWN, "the target was asked 10m ago, the cool-down is 30m")
    assert guard.begin(alone, minute(10), minute(10)) == rests
    together = replace(REQUEST, kinds=ALL)
    assert guard.begin(together, minute(10), minute(10)) is None
    assert [guard.charge(together, kind, minute(10)) for kind in ALL] == [None, None, rests]
    assert reason(guard.begin(alone, minute(39), minute(39))) is Refusal.COOLING_DOWN
    assert (guard.begin(alone, minute(40), minute(40)), guard.charge(alone, Kind.HEAP, minute(40))) == (None, None)


@pytest.mark.parametrize(("kinds", "rests"), [((Kind.HEAP,), (True, False)), (ALL, (True, True))])
def test_collector_that_begins_anew_recalls_what_was_read(kinds: tuple[Kind, ...], rests: tuple[bool, bool]) -> None:
    """As before: memory once within the cool-down, and no dump waits for it."""
    guard = make_guard()
    guard.recall(replace(REQUEST, kinds=kinds), START)
    alone, others = (guard.begin(replace(REQUEST, kinds=one), minute(9), minute(9)) for one in ((Kind.HEAP,), BOTH))
    assert (alone is not None, others is not None) == rests
    assert reason(guard.charge(replace(REQUEST, kinds=ALL), Kind.HEAP, minute(9))) is Refusal.COOLING_DOWN


def test_target_that_left_is_forgotten_when_nothing_needs_it() -> None:
    """Memory is bounded by the targets and the last hour."""
    guard = make_guard()
    guard.begin(REQUEST, START, START)
    guard.forget(lambda _: None, minute(59))
    assert reason(guard.begin(REQUEST, minute(20), minute(20))) is Refusal.COOLING_DOWN
    guard.forget(lambda key: key, minute(21) + HOUR)
    assert guard != make_guard()
    guard.forget(lambda _: None, minute(21) + HOUR)
    assert guard == make_guard()


def test_estimate_goes_by_goroutines_by_tries_and_by_the_square_of_lock_waiters() -> None:
    """A dump is tried in buffers of 1, 2, 4 … 64 MiB."""
    dumps = [estimate_stop_seconds(Kind.TEXT, goroutines) for goroutines in (0, 600, 1_000, 10_000, 100_000)]
    assert dumps == pytest.approx([0.0, 0.024, 0.08, 2.0, 28.0])
    leaks = [estimate_stop_seconds(Kind.LEAK, 100_000, waiters) for waiters in (0, 5_000, 100_000)]
    assert leaks == pytest.approx([0.251, 0.501, 100.251])
    assert [estimate_stop_seconds(Kind.HEAP, goroutines) for goroutines in (0, 100_000)] == [0.005, 0.005]


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["a:1", "b:1"]),
        st.integers(0, 200_000),
        st.integers(0, 20_000),
        st.integers(0, 1800),
        st.booleans(),
        st.sampled_from([BOTH, ALL, (Kind.HEAP,)]),
    ),
    max_size=40,
)


@given(REQUESTS, st.sampled_from([60, 600, 1800]))
def test_no_target_is_ever_stopped_for_more_than_its_budget(
    looks: list[tuple[str, int, int, int, bool, tuple[Kind, ...]]], cool_down_seconds: int
) -> None:
    """In any hour, by any requests, in any order, over any restarts of the collector."""
    settings = EvidenceSettings.model_validate({"cool_down": f"{cool_down_seconds}s"})
    guard, now = Guard(policy_of_guard(settings)), START
    asked: dict[tuple[str, bool], list[datetime]] = {}
    past: list[tuple[EvidenceRequest, datetime]] = []
    stops: list[tuple[str, datetime, float]] = []
    for instance, goroutines, waiters, seconds, dies, kinds in looks:
        now += timedelta(seconds=seconds)
        if dies:
            guard = Guard(policy_of_guard(settings))
            for request, at in past:
                guard.recall(request, at)
        request = EvidenceRequest("s", instance, 1, kinds, now, goroutines, lock_waiters=min(waiters, goroutines))
        refused = guard.begin(request, now, now)
        past.append((request, now))
        if refused is None:
            taken = [kind for kind in kinds if guard.charge(request, kind, now) is None]
            cost = sum(estimate_stop_seconds(kind, goroutines, request.lock_waiters) for kind in taken)
            stops.append((instance, now, cost))
            if kinds != (Kind.HEAP,):
                asked.setdefault((instance, False), []).append(now)
            if Kind.HEAP in taken:
                asked.setdefault((instance, True), []).append(now)
    for instance, at, _ in stops:
        within = sum(cost for other, when, cost in stops if other == instance and timedelta() <= at - when < HOUR)
        assert within <= 3.6
    for times in asked.values():
        gaps = [after - before for before, after in zip(times, times[1:], strict=False)]  # noqa: RUF007 the idiom reads
        assert all(gap >= timedelta(seconds=cool_down_seconds) for gap in gaps)
