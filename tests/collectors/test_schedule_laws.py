"""The laws of the schedule, under any target, any time and any mistake of the clock."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collectors.schedule import catch_up, due_after, interval_of, next_due, phase_of
from schemas.model import Target
from tests.collectors.doubles import NOON, make_target

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_moments = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 bounds are naive
_targets = st.builds(
    lambda instance, milliseconds: make_target(instance=instance, interval=milliseconds / 1000),
    st.text(min_size=1, max_size=30, alphabet=st.characters(exclude_categories=["Cs"])),
    st.integers(100, 3_600_000),
)


@given(_targets)
def test_phase_lies_within_the_interval(target: Target) -> None:
    """At least 0, less than the interval, the same each time."""
    assert timedelta() <= phase_of(target) < interval_of(target)
    assert phase_of(target) == phase_of(target)


@given(_targets, _moments)
def test_due_is_the_first_instant_after_now(target: Target, now: datetime) -> None:
    """Later than now, by one interval at most, and never before its slot or after its end."""
    due = next_due(target, now)
    assert timedelta() < due.at - now <= interval_of(target)
    assert due.at - due.slot == phase_of(target)


@given(_targets, _moments)
def test_slot_is_the_instant_rounded_down_to_the_interval(target: Target, now: datetime) -> None:
    """Since the epoch, so that all targets of one interval share their slots."""
    due = next_due(target, now)
    interval = interval_of(target)
    assert due.slot == _EPOCH + (due.at - _EPOCH) // interval * interval


@given(_targets, _moments)
def test_consecutive_dues_are_one_interval_apart(target: Target, now: datetime) -> None:
    """No drift, and a slot of its own for each."""
    first = next_due(target, now)
    second = next_due(target, first.at)
    interval = interval_of(target)
    assert (second.at - first.at, second.slot - first.slot) == (interval, interval)


@given(_targets, _moments, st.floats(0, 0.99))
def test_restart_takes_no_slot_twice(target: Target, now: datetime, part: float) -> None:
    """Whoever starts anew after a scrape gets the slot after it."""
    done = next_due(target, now)
    again = next_due(target, done.at + part * interval_of(target))
    assert again.slot == done.slot + interval_of(target)


@given(_targets, _moments, st.integers(0, 99), st.floats(0.01, 0.99))
def test_every_instant_that_passed_is_named_once(target: Target, now: datetime, intervals: int, part: float) -> None:
    """After a scrape that took n intervals, n slots passed, and the next follows them without a gap."""
    interval = interval_of(target)
    done = next_due(target, now)
    due, passed = due_after(target, done, done.at + intervals * interval + part * interval)
    slots = [done.slot, *(skipped.slot for skipped in passed), due.slot]
    assert slots == [done.slot + index * interval for index in range(intervals + 2)]


def test_clock_that_was_set_forward_skips_nothing() -> None:
    """A jump of years is no scrape of years."""
    target = make_target()
    later = NOON + timedelta(days=3650)
    assert due_after(target, next_due(target, NOON), later) == (next_due(target, later), ())


def test_clock_that_was_set_back_starts_the_rhythm_anew() -> None:
    """Nobody waits for a future that will not come."""
    target = make_target()
    future = next_due(target, NOON + timedelta(days=3650))
    assert due_after(target, future, NOON) == (next_due(target, NOON), ())
    assert catch_up(target, future, NOON) == (next_due(target, NOON), ())


@given(_targets, _moments)
def test_due_instant_is_kept_while_the_clock_runs(target: Target, now: datetime) -> None:
    """Before and at the instant, and a little late."""
    due = next_due(target, now)
    late = due.at + interval_of(target) / 2
    assert [catch_up(target, due, moment) for moment in (now, due.at, late)] == [(due, ())] * 3


@given(_targets, _moments, st.integers(1, 99), st.floats(0.01, 0.99))
def test_instant_that_nobody_kept_is_named_once(target: Target, now: datetime, intervals: int, part: float) -> None:
    """A collector that was held up for n intervals lost n slots and goes on at the one that is less than one old."""
    interval = interval_of(target)
    due = next_due(target, now)
    again, lost = catch_up(target, due, due.at + intervals * interval + part * interval)
    slots = [*(missed.slot for missed in lost), again.slot]
    assert slots == [due.slot + index * interval for index in range(intervals + 1)]


def test_phase_of_a_known_target_stays_what_it_was() -> None:
    """It is part of what is stored: another hash would take slots twice over an upgrade."""
    assert phase_of(make_target(instance="10.0.0.7:6060")) == timedelta(milliseconds=24785)
