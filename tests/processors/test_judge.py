"""What the state machine promises."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.fingerprint import fingerprint
from processors.judge import TRANSITIONS, Evaluation, Event, Policy, Watch, draw_transitions, judge
from schemas.model import Growth, Stack, State
from tests.processors.fleet import BEGIN

POLICY = Policy(learning_slots=0, hold_slots=3, quiet_slots=4, minimum_growth=8)
STACK = fingerprint(Stack(("main.leak",), 1, "chan send"))
CALM = Growth("checkout", STACK, BEGIN, 10, 1, 0, "a", 10, 0.0, 0.0, 0.0, 30, 0.0, candidate=False, reason="flat")
GROWING = replace(CALM, candidate=True, growing_instances=1, reason="rises")


def play(evaluations: list[Evaluation], watch: Watch | None = None) -> list[Event]:
    """Give the events of a run of evaluations, one a minute."""
    events, watch = [], watch or Watch()
    for minute, evaluation in enumerate(evaluations):
        growth = replace(evaluation.growth, slot=BEGIN + timedelta(minutes=minute))
        watch, event = judge(watch, replace(evaluation, growth=growth), POLICY)
        events += [event] if event else []
    return events


def grows(times: int, floor: int = 10) -> list[Evaluation]:
    """So many evaluations with a candidate."""
    return [Evaluation(replace(GROWING, floor=floor), known_slots=100, judged_age_slots=100)] * times


def calm(times: int, floor: int = 10, age: int = 100) -> list[Evaluation]:
    """So many evaluations without one."""
    return [Evaluation(replace(CALM, floor=floor), known_slots=100, judged_age_slots=age)] * times


def test_candidate_must_hold_before_it_fires() -> None:
    """Three more evaluations after the first, then it fires."""
    assert (play(grows(3)), play(grows(4))) == ([Event.GROWS], [Event.GROWS, Event.HOLDS])


def test_candidate_that_fades_is_forgotten() -> None:
    """Quiet for the holding time takes a pending one back."""
    assert play(grows(2) + calm(3)) == [Event.GROWS, Event.FADES]


def test_unknown_service_does_not_fire() -> None:
    """Before the learning time is over a candidate stays pending."""
    new = [replace(evaluation, known_slots=5) for evaluation in grows(20)]
    watch = Watch()
    policy = replace(POLICY, learning_slots=60)
    for evaluation in new:
        watch, _ = judge(watch, evaluation, policy)
    assert watch.state is State.PENDING


def watched(evaluations: list[Evaluation], begin: int, policy: Policy) -> int | None:
    """Give the evaluation that fires, of evaluations from `begin` slots after the service was first seen."""
    watch = Watch()
    for number, evaluation in enumerate(evaluations):
        watch, event = judge(watch, replace(evaluation, known_slots=begin + number), policy)
        if event in (Event.HOLDS, Event.SHOWN):
            return number
    return None


@pytest.mark.parametrize("shown", [False, True])
def test_rise_that_began_while_nothing_was_known_must_last_as_long_as_learning(
    shown: bool,  # noqa: FBT001 whether a dump was seen
) -> None:
    """A batch that fills up for the first time looks like a leak, and so does its dump; later ones fire at once."""
    policy = replace(POLICY, learning_slots=60)
    rising = [replace(evaluation, shown=shown) for evaluation in grows(90)]
    late = 0 if shown else 3
    assert watched(rising, 40, policy) == (59 if shown else 60)
    assert watched(rising, 61, policy) == late


def test_people_are_told_again_when_it_doubles() -> None:
    """A firing anomaly speaks again at twice the floor it spoke at."""
    assert play(grows(4) + grows(3, floor=19) + grows(3, floor=20)) == [Event.GROWS, Event.HOLDS, Event.DOUBLES]


def test_recovery_needs_half_of_the_peak_and_quiet() -> None:
    """It resolves when the floor fell to half and stays calm for the quiet time."""
    assert play(grows(4) + calm(4, floor=5)) == [Event.GROWS, Event.HOLDS, Event.RECOVERS]


def test_plateau_resolves_later() -> None:
    """A leak that only stops growing resolves after four quiet times."""
    assert play(grows(4) + calm(15)) == [Event.GROWS, Event.HOLDS]
    assert play(grows(4) + calm(16)) == [Event.GROWS, Event.HOLDS, Event.LEVELS]


@pytest.mark.parametrize("age", [0, 2])
def test_silence_that_means_nothing_resolves_nothing(age: int) -> None:
    """Processes that cannot be judged or are younger than the alarm's rise are no recovery."""
    assert play(grows(5) + calm(100, floor=0, age=age)) == [Event.GROWS, Event.HOLDS]


def test_resolved_leak_that_returns_goes_through_pending() -> None:
    """The same leak fires again by the same road."""
    assert play(grows(4), Watch(State.RESOLVED)) == [Event.GROWS, Event.HOLDS]


def test_candidate_that_a_dump_shows_to_stay_fires_at_once() -> None:
    """There is nothing to wait for; in a service that is hardly known it waits all the same."""
    shown = [replace(evaluation, shown=True) for evaluation in grows(1)]
    new = [replace(evaluation, known_slots=-1) for evaluation in shown]
    assert (play(shown), play(grows(2) + shown), play(new)) == (
        [Event.SHOWN],
        [Event.GROWS, Event.SHOWN],
        [Event.GROWS],
    )


def test_what_still_grows_is_not_over() -> None:
    """A quarter of its rate is enough, though it passes no more; below that it levels off."""
    fast = [replace(one, growth=replace(one.growth, growth_per_hour=60.0)) for one in grows(4)]
    slower = [replace(one, growth=replace(one.growth, growth_per_hour=15.0)) for one in calm(40)]
    still = [replace(one, growth=replace(one.growth, growth_per_hour=14.0)) for one in calm(40)]
    assert (play(fast + slower), play(fast + still)) == (
        [Event.GROWS, Event.HOLDS],
        [Event.GROWS, Event.HOLDS, Event.LEVELS],
    )


def test_deploy_ends_a_leak_only_when_the_new_processes_had_the_time_to_show_it() -> None:
    """They must be as old as it took to rise, and hold half of what they would hold by then."""
    rising = [replace(one, growth=replace(one.growth, growth_per_hour=60.0, scale_slots=40)) for one in grows(4, 100)]
    too_young = calm(15, floor=0, age=43)
    leaking_again, mended = calm(15, floor=40, age=70), calm(15, floor=20, age=70)
    told = [Event.GROWS, Event.HOLDS]
    assert (play(rising + too_young), play(rising + leaking_again), play(rising + mended)) == (
        told,
        told,
        [*told, Event.RECOVERS],
    )


def test_instance_that_does_not_answer_has_not_recovered() -> None:
    """What it held last is held against recovery."""
    silent = [replace(evaluation, unanswered=6) for evaluation in calm(15, floor=0)]
    assert play(grows(4) + silent) == [Event.GROWS, Event.HOLDS]


def test_held_suspect_outlives_a_short_quiet() -> None:
    """The longer it was held, the longer it may be quiet: a quarter of that time."""
    suspect = Watch(State.PENDING, since=BEGIN, held_slots=40)
    assert (play(calm(9), suspect), play(calm(10), suspect)) == ([], [Event.FADES])


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 50), st.integers(0, 9)), max_size=80))
def test_firing_always_comes_from_pending(story: list[tuple[bool, int, int]]) -> None:
    """Whatever happens, the state moves along the table only."""
    watch = Watch()
    for candidate, floor, age in story:
        growth = replace(CALM, candidate=candidate, floor=floor)
        after, event = judge(watch, Evaluation(growth, 100, age), POLICY)
        expected = TRANSITIONS[watch.state][event] if event else watch.state
        assert after.state is expected
        watch = after


def test_diagram_in_the_docs_is_drawn_from_the_table() -> None:
    """docs/concepts.md holds the diagram as it is now."""
    assert draw_transitions() in (Path(__file__).parents[2] / "docs" / "concepts.md").read_text()
