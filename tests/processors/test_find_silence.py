"""Who wants no alarm, and when that ends."""

from dataclasses import replace
from datetime import timedelta

from processors.find_silence import find_silence
from processors.judge import Policy
from schemas.say import BenignEntry, Opinion, PersonalVerdict, Silence, Source, StackPattern, StackRule
from tests.processors.fleet import BEGIN
from tests.processors.test_judge import GROWING

POLICY = Policy(0, 2, 60, 8)
GROWTH = replace(GROWING, goroutines=40)
ENTRY = BenignEntry(
    *(Source.BENIGN_FILE, "benign.yml: benign[0]", "check*", StackPattern(site="main.leak")),
    *("team-a", "one per websocket", BEGIN + timedelta(days=1), 40),
)
LISTED = Silence(Source.BENIGN_FILE, "harmless up to 40 goroutines until 2026-11-02, says team-a: one per websocket")
VERDICT = PersonalVerdict("checkout", GROWTH.fingerprint.value, Opinion.BENIGN, "known", "ann", BEGIN, 50)


def test_entry_silences_up_to_its_growth_and_until_its_day() -> None:
    """One goroutine more, or the slot in which it expires, and the stack is judged as usual."""
    policy = replace(POLICY, benign=(ENTRY,))
    over, later = replace(GROWTH, goroutines=41), replace(GROWTH, slot=ENTRY.expires)
    assert [find_silence(growth, 30, policy) for growth in (GROWTH, over, later)] == [LISTED, None, None]


def test_entry_means_its_services_and_stacks_alone() -> None:
    """The same stack in another service is no business of it."""
    others = (replace(ENTRY, service="cart"), replace(ENTRY, pattern=StackPattern(site="main.other")))
    assert find_silence(GROWTH, 30, replace(POLICY, benign=others)) is None


def test_entry_of_the_table_is_as_good_as_one_of_the_file() -> None:
    """It says where it stands."""
    listed = replace(ENTRY, source=Source.BENIGN_TABLE)
    assert find_silence(GROWTH, 30, POLICY, None, [listed]) == replace(LISTED, source=Source.BENIGN_TABLE)


def test_verdict_of_a_person_comes_before_lists() -> None:
    """Benign silences by its own limit; what is called a leak is silenced by no list and no rule."""
    policy = replace(POLICY, benign=(ENTRY,), rules=(StackRule("p", StackPattern(), enabled=False),))
    said = Silence(Source.VERDICT, "harmless up to 50 goroutines, says ann: known")
    assert find_silence(GROWTH, 30, policy, VERDICT) == said
    assert find_silence(GROWTH, 30, policy, replace(VERDICT, opinion=Opinion.LEAK)) is None


def test_service_that_is_off_silences_even_a_leak() -> None:
    """Nothing of it is judged."""
    off = Silence(Source.SERVICE_OFF, "judgement is off for this service (detection.services[0])")
    policy = replace(POLICY, off="detection.services[0]")
    assert find_silence(GROWTH, 30, policy, replace(VERDICT, opinion=Opinion.LEAK)) == off


def test_rule_may_ask_for_more_growth_of_what_is_not_reported_yet() -> None:
    """What is reported stays so when it grows less."""
    rule = StackRule("detection.patterns[0]", StackPattern(site="main.*"), minimum_growth=100)
    policy = replace(POLICY, rules=(rule,))
    less = Silence(Source.PATTERN, "less than 100 goroutines of growth (detection.patterns[0])")
    assert [find_silence(GROWTH, rise, policy) for rise in (99.0, 100.0, None)] == [less, None, None]
