"""What a debug=2 dump says of each stack, on a dump of a real program."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from processors.pipeline import WEIGHER
from processors.weigh_dump import Clock, count_minutes, weigh_dump
from schemas.evidence import StackWeight, Stay, Summary, Waits
from schemas.model import Problem
from tests.processors.dumps import BODY, CREATED, goroutine
from tests.processors.evidence import read, weigh_waits

MINUTES = 14


def weigh(text: str) -> Summary | Problem:
    """Weigh a dump that a test wrote."""
    return weigh_dump(text.encode(), WEIGHER.identify, WEIGHER.limits)


def test_leaking_goroutines_of_a_real_program_are_stuck() -> None:
    """One every two seconds for 14 minutes: their waits are spread over that time."""
    leak = weigh_waits()["leak"]
    assert (leak.goroutines, leak.creators, leak.leaked) == (419, (("main.main", 419),), 0)
    assert leak.waits is not None
    assert (leak.waits.median_minutes, leak.waits.longest_minutes) == (7, 13)
    assert leak.waits.stuck(MINUTES).stay is Stay.STUCK


def test_leaking_goroutines_that_loop_are_as_old_as_the_growth() -> None:
    """They sleep for five seconds at a time, and none has waited for a minute."""
    loop = weigh_waits()["loop"]
    assert loop.waits is not None
    assert (loop.waits.longest_minutes, loop.waits.stuck(MINUTES).stay) == (0, Stay.LOOPING)


def test_goroutines_of_load_turn_over() -> None:
    """They sleep as those that loop, and their numbers are new."""
    serve = weigh_waits()["serve"]
    assert serve.waits is not None
    assert (serve.goroutines, serve.waits.stuck(MINUTES).stay) == (27, Stay.TURNING_OVER)


def test_pool_stands_since_before_a_growth_that_is_younger() -> None:
    """Nothing of it came since."""
    pool = weigh_waits()["pool"]
    assert pool.waits is not None
    assert (pool.waits.waited, pool.waits.stuck(8).stay) == (((13, 20),), Stay.UNKNOWN)


def test_gzip_and_text_are_weighed_alike() -> None:
    """As collectors send it, and as a person saves it."""
    packed = read("go1.27.3.waits.txt.gz")
    plain = weigh_dump(gzip.decompress(packed), WEIGHER.identify, WEIGHER.limits)
    assert plain == weigh_dump(packed, WEIGHER.identify, WEIGHER.limits)


def test_leaked_goroutines_have_no_wait_and_carry_the_runtimes_word() -> None:
    """A goroutineleak profile erases minutes from every later dump, and leaves its mark."""
    summary = weigh(goroutine("[chan receive (leaked)]", 7) + "\n" + goroutine("[chan receive, 5 minutes]", 9))
    assert isinstance(summary, Summary)
    [weight] = summary.stacks
    waits = Waits(((5, 1),), unknown=1, aged=(), clock_minutes=5)
    assert weight == StackWeight(weight.fingerprint, 2, 1, waits, (("main.start", 2),))


def test_broken_goroutine_costs_itself_only() -> None:
    """It is counted as a problem."""
    summary = weigh("goroutine 5 broken\n\n" + goroutine("[select]", 7))
    assert isinstance(summary, Summary)
    assert ([weight.goroutines for weight in summary.stacks], summary.problems) == ([1], 1)


def test_dump_that_is_cut_off_is_weighed_up_to_the_cut() -> None:
    """The last goroutine lost its root, and would be another stack."""
    whole = goroutine("[select]", 7) + "\n" + goroutine("[select]", 8)
    summary = weigh(whole[:-20])
    assert isinstance(summary, Summary)
    assert ([weight.goroutines for weight in summary.stacks], summary.problems) == ([1], 1)


def test_what_is_no_dump_is_a_problem() -> None:
    """A page, nothing, a broken gzip stream."""
    assert weigh("<html>") == Problem("byte 0", "not a dump: no goroutine in it", "b'<html>'")
    assert isinstance(weigh_dump(b"\x1f\x8b\x08", WEIGHER.identify, WEIGHER.limits), Problem)


def test_age_is_told_by_numbers_between() -> None:
    """A hundred goroutines in ten minutes are ten a minute; nothing is older than the longest wait."""
    clock = Clock.read([(1, 0), (100, 10), (150, -1), (190, 1), (200, 0)])
    assert clock == Clock(200, 10.0, 10)
    assert [clock.age_minutes(number) for number in (200, 190, 150, 100, 1)] == [0, 1, 5, 10, 10]
    assert Clock.read([(1, 0), (9, 0)]).age_minutes(1) is None


def test_long_waits_are_told_apart_by_two_digits() -> None:
    """A histogram of weeks stays small."""
    assert count_minutes([3, 120, 121, 129, 1234, 1299, 10_080]) == ((3, 1), (120, 3), (1200, 2), (10_000, 1))


@given(st.lists(st.sampled_from([goroutine("[select, 3 minutes]"), BODY, CREATED, "\n", "goroutine 1 [x", "[y]:\n"])))
def test_any_text_is_weighed_or_refused(parts: list[str]) -> None:
    """Never an error."""
    assert isinstance(weigh("".join(parts)), Summary | Problem)


@given(st.binary(max_size=300))
def test_any_bytes_are_weighed_or_refused(data: bytes) -> None:
    """Never an error."""
    assert isinstance(weigh_dump(data, WEIGHER.identify, WEIGHER.limits), Summary | Problem)
