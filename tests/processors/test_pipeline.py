"""What the line as a whole promises."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from processors.pipeline import Step, advance
from schemas.model import FailureReason, LogPosition, ScrapedProfile, State
from schemas.notation import parse_series
from schemas.outcomes import Dropped, Reason
from tests.processors.fleet import BEGIN, POLICY, Fleet


def test_profile_becomes_counts_with_a_zero_where_a_stack_disappears() -> None:
    """Zero is written once, in the slot after the last goroutine."""
    fleet = Fleet()
    for slot, counts in enumerate([{"main.a": 2, "main.b": 1}, {"main.a": 2}, {"main.a": 3}]):
        fleet.feed(fleet.scrape(slot, counts))
    assert [sorted(step.stored.as_dict().values()) for step in fleet.steps] == [[1, 2], [0, 2], [3]]


PROFILES = st.lists(
    st.tuples(st.sampled_from("ab"), st.dictionaries(st.sampled_from("pqrstuv"), st.integers(1, 9), max_size=7)),
    max_size=12,
)


@given(PROFILES)
def test_stored_counts_are_those_of_the_profile_and_zeros_for_what_is_gone(
    profiles: list[tuple[str, dict[str, int]]],
) -> None:
    """Whatever other instances show; and each stack is new once."""
    fleet = Fleet()
    last: dict[str, dict[str, int]] = {}
    seen: set[str] = set()
    for slot, (instance, counts) in enumerate(profiles):
        fleet.feed(fleet.scrape(slot, {f"main.{name}": count for name, count in counts.items()}, instance=instance))
        step, gone = fleet.steps[-1], last.get(instance, {}).keys() - counts.keys()
        sites = {value: known.fingerprint.site.removeprefix("main.") for value, known in fleet.memory.stacks.items()}
        stored = {sites[value]: goroutines for value, goroutines in step.stored.as_dict().items()}
        assert stored == counts | dict.fromkeys(gone, 0)
        new = sorted(counts.keys() - seen, key=lambda name: -counts[name])
        assert [counts[sites[stack.fingerprint.value]] for stack in step.new_stacks] == [counts[name] for name in new]
        last[instance] = counts
        seen |= counts.keys()


def test_second_profile_of_a_slot_is_dropped() -> None:
    """Two collectors over one target make one count."""
    fleet = Fleet()
    fleet.feed(fleet.scrape(0, {"main.a": 2}))
    again = advance(fleet.memory, fleet.scrape(0, {"main.a": 5}), LogPosition(0, 1), POLICY)
    assert again == Dropped(Reason.DUPLICATE_SLOT, f"a {BEGIN.isoformat()}")


def test_profile_older_than_the_history_is_dropped() -> None:
    """What lies before the memory of a process is counted as expired."""
    fleet = Fleet()
    fleet.feed(fleet.scrape(600, {"main.a": 2}))
    late = advance(fleet.memory, fleet.scrape(0, {"main.a": 5}), LogPosition(0, 1), POLICY)
    assert isinstance(late, Dropped)
    assert late.reason is Reason.EXPIRED


def test_failed_scrape_is_a_step_without_counts() -> None:
    """A failure keeps its reason and changes no count."""
    fleet = Fleet()
    failed = ScrapedProfile(
        "checkout", "a", BEGIN, BEGIN, 60.0, 0.1, failure=FailureReason.REFUSED, error="connection refused"
    )
    fleet.feed(failed)
    assert [(step.counted.scraped.failure, step.stored.as_dict()) for step in fleet.steps] == [
        (FailureReason.REFUSED, {})
    ]


def test_unreadable_profile_becomes_a_failed_scrape() -> None:
    """Bytes that are no profile leave a row with the reason, and a problem."""
    fleet = Fleet()
    fleet.feed(ScrapedProfile("checkout", "a", BEGIN, BEGIN, 60.0, 0.1, profile=b"<html>"))
    step = fleet.steps[0]
    assert (step.counted.scraped.failure, len(step.counted.problems), step.stored.as_dict()) == (
        FailureReason.MALFORMED,
        1,
        {},
    )


def test_anomaly_says_which_version_showed_the_stack_first() -> None:
    """Blame starts at the first profile with the stack."""
    fleet = Fleet()
    fleet.feed(fleet.scrape(0, {"main.pool": 20}, version="v41"))
    for slot in range(1, 80):
        fleet.feed(fleet.scrape(slot, {"main.pool": 20, "main.leak": 2 * slot}, version="v42"))
    fired = next(anomaly for anomaly in fleet.anomalies() if anomaly.state is State.FIRING)
    assert (fired.first_version, fired.first_seen, fired.growth.goroutines) == (
        "v42",
        BEGIN + timedelta(minutes=1),
        2 * round((fired.slot - BEGIN).total_seconds() / 60),
    )


def test_rate_is_summed_over_instances() -> None:
    """Three instances of two a minute leak 360 an hour."""
    fleet = Fleet()
    fleet.play({"main.leak": parse_series("0+2x50")}, instances=("a", "b", "c"))
    growth = fleet.anomalies()[-1].growth
    assert (growth.growth_per_hour, growth.instances, growth.growing_instances) == (360.0, 3, 3)


def test_same_records_give_the_same_anomalies() -> None:
    """Every decision is a function of the data."""
    series = {"main.leak": parse_series("0+2x100"), "main.pool": parse_series("40x100")}
    one, other = Fleet(), Fleet()
    one.play(series)
    other.play(series)
    assert one.anomalies() == other.anomalies() != []


def test_service_that_stops_answering_resolves_nothing() -> None:
    """Failures move time on, and nothing else."""
    fleet = Fleet()
    fleet.play({"main.leak": parse_series("0+2x60")})
    for slot in range(61, 400):
        at = BEGIN + timedelta(minutes=slot)
        fleet.feed(ScrapedProfile("checkout", "a", at, at, 60.0, 0.1, failure=FailureReason.TIMEOUT, error="timeout"))
    assert fleet.story()[-1][2] == "firing"
    assert all(isinstance(step, Step) for step in fleet.steps)
