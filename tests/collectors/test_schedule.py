"""What the schedule promises."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from collectors.schedule import next_due, phase_of
from schemas.model import Target

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
INTERVALS = st.sampled_from([0.1, 0.25, 1.0, 15.0, 60.0])


def target(name: str, interval_seconds: float) -> Target:
    """A target by name."""
    return Target("s", name, f"http://{name}/", {}, interval_seconds, interval_seconds)


@given(st.text(max_size=9), INTERVALS, st.integers(0, 10**9))
def test_due_instants_are_one_interval_apart(name: str, interval_seconds: float, milliseconds: int) -> None:
    """The next instant lies ahead by at most an interval, and so on."""
    one = target(name, interval_seconds)
    now = BEGIN + timedelta(milliseconds=milliseconds)
    due = next_due(one, now)
    following = next_due(one, due.at)
    interval = timedelta(seconds=interval_seconds)
    assert timedelta() < due.at - now <= interval
    assert (following.at - due.at, following.slot - due.slot) == (interval, interval)


@given(st.text(max_size=9), INTERVALS, st.integers(0, 10**9))
def test_slot_is_the_due_instant_rounded_down(name: str, interval_seconds: float, milliseconds: int) -> None:
    """The phase lies within the interval."""
    one = target(name, interval_seconds)
    due = next_due(one, BEGIN + timedelta(milliseconds=milliseconds))
    assert (due.at - due.slot, timedelta() <= phase_of(one) < timedelta(seconds=interval_seconds)) == (
        phase_of(one),
        True,
    )


def test_restart_takes_no_slot_twice() -> None:
    """Whoever asks just after an instant gets the next slot."""
    one = target("a", 60.0)
    due = next_due(one, BEGIN)
    assert next_due(one, due.at + timedelta(milliseconds=1)).slot == due.slot + timedelta(seconds=60)


def test_targets_spread_over_the_interval() -> None:
    """A thousand targets: no tenth of the interval holds more than twice its share."""
    tenths = Counter(phase_of(target(f"10.0.0.{number}:6060", 60.0)) // timedelta(seconds=6) for number in range(1000))
    assert (len(tenths), max(tenths.values()) < 200) == (10, True)
