"""What waits say: goroutines that stay, that loop, and that come and go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import Stay, Staying, Waits

EVEN = tuple((minute, 10) for minute in range(60))
SHORT = ((0, 600),)
QUARTER = "14 minutes, a quarter of the growth's 60"
ERASED = "the waits of 6 goroutines are not known: a goroutineleak profile erased them"
NO_CLOCK = "they wait shortly, and nothing in the dump tells how old they are"


def test_goroutines_that_wait_as_long_as_the_growth_is_old_are_stuck() -> None:
    """Three quarters of those that came evenly have waited for a quarter of the time."""
    assert Waits(EVEN, aged=EVEN, clock_minutes=59).stuck(60) == Staying(
        Stay.STUCK, 0.75, "75% of 600 goroutines have waited for at least 14 minutes, a quarter of the growth's 60"
    )


def test_short_waits_of_old_goroutines_are_a_loop() -> None:
    """They wake up and wait again, and their numbers are as old as the growth."""
    assert Waits(SHORT, aged=EVEN, clock_minutes=59).stuck(60) == Staying(
        Stay.LOOPING,
        0.75,
        "75% of 600 goroutines wait shortly but are, by their numbers, older than 14 minutes,"
        " a quarter of the growth's 60",
    )


def test_short_waits_of_young_goroutines_are_load() -> None:
    """They come and go."""
    assert Waits(SHORT, aged=SHORT, clock_minutes=59).stuck(60) == Staying(
        Stay.TURNING_OVER,
        1.0,
        "100% of 600 goroutines come and go: they are younger than 14 minutes, a quarter of the growth's 60",
    )


@pytest.mark.parametrize(
    ("waits", "age_minutes", "reason"),
    [
        (Waits(EVEN), 4, "the growth is 4 minutes old, and waits are whole minutes, 3 late"),
        (
            Waits(((0, 5),), unknown=6),
            60,
            "the waits of 6 goroutines are not known: a goroutineleak profile erased them",
        ),
        (Waits(((0, 4),)), 60, "only 4 goroutines came since the growth began"),
        (Waits(((300, 100), (301, 100))), 60, "only 0 goroutines came since the growth began"),
        (Waits(SHORT), 60, NO_CLOCK),
        (
            Waits(SHORT, aged=SHORT, clock_minutes=5),
            60,
            NO_CLOCK,
        ),
        (
            Waits(((0, 80), (30, 20))),
            60,
            f"20% of 100 goroutines, some and not most, have waited for at least {QUARTER}",
        ),
        (
            Waits(SHORT, aged=((0, 80), (30, 20)), clock_minutes=59),
            60,
            f"20% of 100 goroutines, some and not most, are by their numbers older than {QUARTER}",
        ),
    ],
)
def test_what_waits_do_not_tell_is_unknown_with_its_reason(waits: Waits, age_minutes: float, reason: str) -> None:
    """No guess: too young, erased, too few, older than the growth, without a clock, or mixed."""
    assert waits.stuck(age_minutes) == Staying(Stay.UNKNOWN, 0.0, reason)


def test_those_that_stood_there_before_the_growth_do_not_make_load_a_leak() -> None:
    """A pool of idle workers beside goroutines that come and go."""
    pool = ((0, 50), (5000, 1000))
    assert Waits(pool, aged=pool, clock_minutes=5000).stuck(60).stay is Stay.TURNING_OVER


def test_growth_that_was_measured_for_a_while_is_held_against_who_came_in_that_while() -> None:
    """A leak of ten a minute that is an hour old grew by 200 in the last twenty minutes; sessions came and left."""
    leak = Waits(EVEN, aged=EVEN, clock_minutes=59)
    assert leak.stuck(60, grown=200, grown_minutes=20).stay is Stay.STUCK
    assert leak.stuck(60, grown=200).stay is Stay.TURNING_OVER
    assert leak.stuck(60, grown=0.0, grown_minutes=40).stay is Stay.TURNING_OVER


def test_figures_of_waits_are_those_of_their_goroutines() -> None:
    """Median, longest, share; none where no wait is known."""
    waits = Waits(((0, 1), (2, 1), (9, 2)), unknown=3)
    assert (waits.goroutines, waits.median_minutes, waits.longest_minutes, waits.share_waiting(2)) == (7, 2, 9, 0.75)
    nothing = Waits(unknown=3)
    assert (nothing.goroutines, nothing.median_minutes, nothing.longest_minutes) == (3, None, None)
    assert nothing.share_waiting(0) == 0.0


HISTOGRAMS = st.dictionaries(st.integers(0, 5000), st.integers(1, 1000), max_size=20).map(
    lambda counts: tuple(sorted(counts.items()))
)


MAYBE = st.none() | st.floats(-1000, 100_000)


@given(HISTOGRAMS, HISTOGRAMS, st.integers(0, 100), st.floats(0, 100_000), st.integers(0, 5000), MAYBE, MAYBE)
def test_any_waits_are_judged_with_a_reason(  # noqa: PLR0913, PLR0917 all that is known
    waited: tuple[tuple[int, int], ...],
    aged: tuple[tuple[int, int], ...],
    unknown: int,
    age_minutes: float,
    clock_minutes: int,
    grown: float | None,
    grown_minutes: float | None,
) -> None:
    """Never an error; a share from 0 to 1, 0 exactly where nothing is known; a sentence."""
    judged = Waits(waited, unknown, aged, clock_minutes).stuck(age_minutes, grown, grown_minutes)
    assert 0.0 <= judged.share <= 1.0
    assert (judged.share == 0.0) == (judged.stay is Stay.UNKNOWN)
    assert judged.reason


def test_where_more_stay_than_it_grew_by_others_left() -> None:
    """Sessions stay for long and go: 45 came and stay, so a growth by 20 is no leak, and one by 60 is."""
    waits = Waits(EVEN)
    stayed = sum(count for minutes, count in EVEN if minutes >= 14.25)
    assert (waits.stuck(60, grown=stayed / 2).stay, waits.stuck(60, grown=float(stayed)).stay) == (
        Stay.TURNING_OVER,
        Stay.STUCK,
    )


def test_old_numbers_alone_do_not_make_load() -> None:
    """Goroutines that were there before the growth say nothing of those that came."""
    old = ((300, 40), (400, 50))
    assert Waits(((0, 90),), aged=old, clock_minutes=400).stuck(60).stay is Stay.UNKNOWN
