"""How scenarios are read, and how what is none is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.read_expectation import read_expectation
from processors.read_scenarios import read_scenarios
from schemas.model import Problem
from schemas.notation import Mark
from schemas.scenario import Expectation, Line, Scenario, Verb

TEXT = """# Mine
## Prose
Nothing to expect.

## It leaks
```scenario
service: pay # ours
instances: a b
interval: 15s
```
```series
main.leak: 1 _
main.leak @ b: 2+1x1
```
```expect
main.leak: fires between 01:00 and 26:30:10
everything: is one leak
```
"""
LEAK = {"main.leak"}


def test_section_with_a_block_expect_is_a_scenario() -> None:
    """Others are prose."""
    expected = (
        Expectation(
            *("main.leak", Verb.FIRES, "main.leak: fires between 01:00 and 26:30:10"),
            after_seconds=3600.0,
            before_seconds=95410.0,
        ),
        Expectation("", Verb.LEAKS, "everything: is one leak", times=1),
    )
    lines = (Line("main.leak", "", (1, Mark.MISSING)), Line("main.leak", "b", (2, 3)))
    assert read_scenarios(TEXT, "f.md") == (
        (Scenario("f.md: It leaks", "It leaks", "pay", ("a", "b"), 15.0, lines, expected),),
        (),
    )


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("service:", "services:", "unknown key 'services' (known here: service, instances, interval)"),
        ("interval: 15s", "interval: 15", "not a duration: '15' (write 15s, 1h30m or 500ms)"),
        ("instances: a b", "instances: 0", "0 instances (1 to 1000 are possible)"),
        ("@ b", "@ c", "no instance 'c' (there are a, b)"),
        ("2+1x1", "2+1y1", "not a series: '2+1y1' (write 5, 5x3, 5+2x3, 5-2x3, _, _x3 or R)"),
        ("main.leak: 1 _", "main.leak", "not `name: …`: 'main.leak'"),
        ("main.leak: fires", "main.other: fires", "no series of 'main.other'"),
    ],
)
def test_section_that_cannot_be_read_is_a_problem_and_costs_itself_only(before: str, after: str, what: str) -> None:
    """The place is the file and the heading."""
    found, problems = read_scenarios(TEXT.replace(before, after) + TEXT.replace("It leaks", "Again"), "f.md")
    assert ([one.name for one in found], problems) == (["Again"], (Problem("f.md: It leaks", what),))


@pytest.mark.parametrize("words", ["fires at 02:00", "fires before 2", "is one leak", "", "fires before 01:60"])
def test_line_that_expects_nothing_known_is_refused(words: str) -> None:
    """It is quoted, and what may stand there is said."""
    with pytest.raises(ValueError, match=r"not an expectation: 'main.leak: .*write: stays silent"):
        read_expectation("main.leak", words, LEAK)


@pytest.mark.parametrize("words", [verb.value for verb in Verb if verb is not Verb.LEAKS])
def test_every_verb_is_understood(words: str) -> None:
    """As the manual writes it."""
    assert read_expectation("main.leak", words, LEAK) == Expectation("main.leak", Verb(words), f"main.leak: {words}")


@given(st.lists(st.sampled_from([*TEXT.splitlines(), "a: 5x99", "```", ": ", "_: R", "## x", "interval: -1s"])))
def test_reading_never_raises(lines: list[str]) -> None:
    """Whatever stands in a file is a scenario, a problem or prose."""
    found, problems = read_scenarios("\n".join(lines), "f.md")
    assert all(one.lines and one.expectations for one in found)
    assert all(str(problem).startswith("f.md: ") for problem in problems)
