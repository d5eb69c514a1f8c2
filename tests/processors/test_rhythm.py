"""What is found out of the times of scrapes."""

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from processors.rhythm import Rhythm, find_rhythm
from tests.processors.fleet import BEGIN

_INTERVALS = st.sampled_from([0.1, 0.5, 1.0, 15.0, 30.0, 60.0, 300.0, 3600.0])


@given(_INTERVALS, st.integers(30, 200), st.floats(0.05, 0.9), st.integers(0, 2**32))
def test_every_scrape_has_a_slot_of_its_own_in_spite_of_jitter_and_gaps(
    interval: float, scrapes: int, phase: float, seed: int
) -> None:
    """With jitter of a twentieth and a fifth of the scrapes missing the interval is exact and no slot comes twice."""
    chance = random.Random(seed)  # noqa: S311 where the jitter lies; Hypothesis shrinks the seed
    taken = [number for number in range(scrapes) if chance.random() < 0.8 or number in (0, 1, 2)]
    moments = [
        BEGIN + timedelta(seconds=interval * (number + phase) + interval * chance.uniform(0, 0.05)) for number in taken
    ]
    rhythm = find_rhythm(moments)
    slots = [rhythm.slot_of(moment) for moment in moments]
    assert rhythm.interval_seconds == interval
    assert [round((slot - slots[0]).total_seconds() / interval) for slot in slots] == [n - taken[0] for n in taken]


def test_single_scrape_follows_the_usual_interval() -> None:
    """There is nothing to find out."""
    moment = BEGIN + timedelta(seconds=90)
    assert find_rhythm([moment], 15.0) == Rhythm(15.0, 0.0)
    assert find_rhythm([moment], 15.0).slot_of(moment) == moment


def test_scrapes_on_the_full_interval_are_in_the_slot_that_begins_there() -> None:
    """A moment early or late."""
    early = [BEGIN + timedelta(minutes=n, milliseconds=-5 if n % 2 else 5) for n in range(50)]
    rhythm = find_rhythm(early)
    assert [rhythm.slot_of(moment) for moment in early] == [BEGIN + timedelta(minutes=n) for n in range(50)]
