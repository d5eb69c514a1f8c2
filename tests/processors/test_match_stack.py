"""Which stacks a pattern means."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.match_stack import match_glob, match_stack
from schemas.model import Fingerprint
from schemas.say import StackPattern

NAME = Fingerprint(255, "chan send", "main.(*Pool).put", "main.main.func1", ("main.(*Pool).put", "lib.Do[...]", "main"))


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (StackPattern(), True),
        (StackPattern(fingerprint=255), True),
        (StackPattern(fingerprint=254), False),
        (StackPattern(site="main.(*Pool).*"), True),
        (StackPattern(site="main.(*Pool)"), False),
        (StackPattern(frame="lib.Do[...]"), True),
        (StackPattern(frame="lib.*", operation="chan *", origin="*.func1"), True),
        (StackPattern(frame="lib.*", operation="select"), False),
    ],
)
def test_all_that_is_given_must_fit(pattern: StackPattern, *, matches: bool) -> None:
    """Brackets and stars of Go are text; one frame that fits is enough."""
    assert match_stack(pattern, NAME) is matches


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_star_stands_for_any_text(glob: str, text: str) -> None:
    """A glob is the regular expression that it looks like."""
    expression = ".*".join(re.escape(part) for part in glob.split("*"))
    assert match_glob(glob, text) is (re.fullmatch(expression, text) is not None)
