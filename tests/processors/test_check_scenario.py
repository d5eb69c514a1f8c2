"""When an expectation holds, and what is said when it does not."""

import pytest

from processors.check_scenario import check_scenario, format_clock
from processors.play_scenario import Told, name_stack
from processors.read_expectation import read_expectation
from schemas.model import State
from schemas.scenario import Scenario

STORY = (
    Told("a", 3600, State.PENDING, ""),
    Told("a", 5400, State.FIRING, ""),
    Told("b", 7200, State.PENDING, ""),
    Told("a", 9000, State.RESOLVED, ""),
)


def check(line: str) -> tuple[str, ...]:
    """Hold one line against the story."""
    subject, _, words = line.partition(": ")
    expected = read_expectation(subject, words, {"a", "b", "c"})
    return check_scenario(Scenario("f: s", "s", "service", ("x",), 60.0, (), (expected,)), STORY)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "a: fires",
            "a: fires once",
            "a: fires before 01:31",
            "a: fires after 01:29",
            "a: resolves",
            "b: stays silent",
        ),
        *("a: fires between 01:00 and 02:00", "b: is suspected", "c: is never suspected", "b: is not resolved"),
        *("everything: is one leak", "everything: fires before 01:31"),
    ],
)
def test_expectation_holds(line: str) -> None:
    """Nothing is said."""
    assert check(line) == ()


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("a: fires before 01:30", "it is suspected at 01:00, it fires at 01:30, it resolves at 02:30"),
        ("a: fires twice", "it is suspected at 01:00, it fires at 01:30, it resolves at 02:30"),
        ("b: fires", "it is suspected at 02:00"),
        ("c: fires", "it is silent"),
        (
            "everything: are 2 leaks",
            "a is suspected at 01:00, a fires at 01:30, b is suspected at 02:00, a resolves at 02:30",
        ),
    ],
)
def test_what_happened_instead_is_told(line: str, instead: str) -> None:
    """With its times."""
    assert check(line) == (f"expected {line!r}, but {instead}",)


def test_time_is_written_as_it_is_read() -> None:
    """Hours may be more than a day's."""
    assert [format_clock(seconds) for seconds in (60.0, 95410.0)] == ["00:01", "26:30:10"]


def test_stack_is_written_innermost_first_with_what_it_waits_on() -> None:
    """Without brackets it is a chan receive."""
    select, plain = name_stack("[select] main.loop < main.run"), name_stack("main.(*T[...]).loop")
    assert [(name.operation, name.site, name.origin) for name in (select, plain)] == [
        ("select", "main.loop", "main.run"),
        ("chan receive", "main.(*T[...]).loop", "main.(*T[...]).loop"),
    ]
