"""How settings are held against what people said."""

from dataclasses import replace
from datetime import timedelta

from processors.backtest import Change, Score, Trial, compare_trials, play_trials, score_trial
from processors.judge import Policy
from processors.play_scenario import name_stack
from processors.recount import CountedScrape
from schemas.say import Opinion
from tests.processors.fleet import BEGIN

LEAK, POOL, OTHER = (name_stack(name) for name in ("main.leak", "main.pool", "main.other"))
NAMES = {name.value: name for name in (LEAK, POOL, OTHER)}
EAGER = Policy(learning_slots=30, hold_slots=2, quiet_slots=60, minimum_growth=8)
PATIENT = replace(EAGER, minimum_growth=10_000)


def play(policy: Policy) -> Trial:
    """Play a leak beside a pool under one policy."""
    trial = Trial(lambda _: policy)
    scrapes = [
        CountedScrape(
            *("checkout", "a", BEGIN + timedelta(minutes=slot), 60.0, {}, BEGIN),
            {LEAK.value: 2 * slot, POOL.value: 50},
        )
        for slot in range(150)
    ]
    shown = play_trials([trial], "checkout", NAMES, scrapes)
    assert shown == {("checkout", LEAK.value), ("checkout", POOL.value)}
    return trial


def test_trial_fires_as_the_pipeline_does() -> None:
    """The leak fires when the service is known; under settings without patience for it nothing does."""
    assert [list(play(policy).fired) for policy in (EAGER, PATIENT)] == [[("checkout", LEAK.value)], []]


def test_score_counts_what_people_judged() -> None:
    """A leak found, a leak missed, a false alarm, and one that nobody judged."""
    trial = Trial(lambda _: EAGER, {("a", 1): BEGIN, ("a", 2): BEGIN, ("a", 3): BEGIN})
    opinions = {("a", 1): Opinion.LEAK, ("a", 2): Opinion.BENIGN, ("b", 1): Opinion.LEAK, ("b", 2): Opinion.BENIGN}
    score = score_trial(trial, opinions)
    assert (score, score.precision, score.recall) == (Score(3, 1, 1, 1, 1), 0.5, 0.5)


def test_stack_that_is_reported_under_another_is_reported() -> None:
    """Its verdict is the one on the group."""
    trial = Trial(lambda _: EAGER, {("a", 1): BEGIN}, {("a", 2): ("a", 1)})
    assert score_trial(trial, {("a", 2): Opinion.LEAK}) == Score(1, 1, 0, 0, 0)


def test_nothing_to_divide_by_is_no_share() -> None:
    """Without verdicts there is neither precision nor recall."""
    score = score_trial(Trial(lambda _: EAGER), {})
    assert (score, score.precision, score.recall) == (Score(0, 0, 0, 0, 0), None, None)


def test_what_appears_and_what_goes_is_told() -> None:
    """With what people said of it; what changes its leader alone is neither."""
    before = Trial(lambda _: EAGER, {("a", 1): BEGIN, ("a", 2): BEGIN})
    after = Trial(lambda _: EAGER, {("a", 3): BEGIN, ("a", 4): BEGIN}, {("a", 2): ("a", 3)})
    before.led = {("a", 3): ("a", 2)}
    assert list(compare_trials(before, after, {("a", 1): Opinion.BENIGN})) == [
        Change(("a", 1), appears=False, fired=BEGIN, opinion=Opinion.BENIGN),
        Change(("a", 4), appears=True, fired=BEGIN, opinion=None),
    ]
