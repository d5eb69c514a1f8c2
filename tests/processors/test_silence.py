"""What people say, through the whole pipeline."""

from dataclasses import replace
from datetime import timedelta

from schemas.model import Anomaly
from schemas.notation import parse_series
from schemas.say import BenignEntry, Opinion, PersonalVerdict, Source, StackPattern, StackRule
from tests.processors.fleet import BEGIN, POLICY, Fleet

LEAK = parse_series("0+2x150")
ENTRY = BenignEntry(
    *(Source.BENIGN_FILE, "benign.yml: benign[0]", "*", StackPattern(site="main.leak")),
    *("team-a", "one per websocket", BEGIN + timedelta(days=9), 200),
)


def play(fleet: Fleet) -> list[str]:
    """Play a leak beside a pool; give the states that people hear of."""
    fleet.play({"main.leak": LEAK, "main.pool": parse_series("50x150")})
    return [state for _, _, state in fleet.story()]


def test_silenced_growth_is_a_row_and_no_anomaly_until_its_limit() -> None:
    """The rows name owner and reason; past 200 goroutines the leak is judged as usual."""
    fleet = Fleet(policy=replace(POLICY, benign=(ENTRY,)))
    assert play(fleet) == ["pending", "firing"]
    watched = [watched for step in fleet.steps for watched in step.watched]
    silenced = {(one.growth.reason, one.growth.candidate, one.watch.state.value) for one in watched if one.silence}
    assert silenced == {
        ("harmless up to 200 goroutines until 2026-11-10, says team-a: one per websocket", False, "inactive")
    }
    assert max(one.growth.goroutines for one in watched if one.silence) <= 200 < fleet.anomalies()[0].growth.goroutines


def test_pattern_that_is_switched_off_never_fires() -> None:
    """Other stacks are judged as before."""
    rule = StackRule("detection.patterns[0]", StackPattern(site="main.le*"), enabled=False)
    assert play(Fleet(policy=replace(POLICY, rules=(rule,)))) == []


def test_service_that_is_off_is_counted_and_not_judged() -> None:
    """Counts, stacks and lives are stored as ever."""
    fleet = Fleet(policy=replace(POLICY, off="detection.services[0]"))
    assert play(fleet) == []
    stored = (len(fleet.steps), len(fleet.steps[-1].stored.values), sum(len(step.lives) for step in fleet.steps))
    assert (stored, [one for step in fleet.steps for one in step.watched]) == ((151, 2, 1), [])


def test_benign_verdict_closes_what_fires_and_ends_with_its_limit() -> None:
    """The reason of the resolved anomaly is the person's; past the limit it comes again."""
    fleet = Fleet()
    for slot in range(200):
        if slot == 100:
            leak = fleet.anomalies()[0].fingerprint.value
            said = PersonalVerdict("checkout", leak, Opinion.BENIGN, "known", "ann", BEGIN, 300)
            fleet.memory.verdicts[leak] = said
        fleet.feed(fleet.scrape(slot, {"main.leak": 2 * slot, "main.pool": 50}))
    story = [(state, anomaly.reason) for (_, _, state), anomaly in zip(fleet.story(), changes(fleet), strict=True)]
    assert [state for state, _ in story] == ["pending", "firing", "resolved", "pending", "firing"]
    assert story[2][1] == "people say that it needs no alarm: harmless up to 300 goroutines, says ann: known"


def changes(fleet: Fleet) -> list[Anomaly]:
    """Give the anomalies of the story."""
    return [anomaly for anomaly in fleet.anomalies() if anomaly.state is not anomaly.previous]


def test_silenced_stack_takes_no_other_along() -> None:
    """Two stacks that grow in step are one leak; when one of them is harmless, the other is reported."""
    series = {"main.leak": LEAK, "lib.other": LEAK}
    both, one = Fleet(), Fleet(policy=replace(POLICY, benign=(replace(ENTRY, up_to=10_000),)))
    both.play(series)
    one.play(series)
    assert len({site for _, site, _ in both.story()}) == 1
    assert {site for _, site, _ in one.story()} == {"lib.other"}
