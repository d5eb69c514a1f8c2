"""What undoing Go's quoting promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.unquote import unquote


@pytest.mark.parametrize(
    ("quoted", "text"),
    [
        ("plain", "plain"),
        (r"a\tb\n\"c\"\\", 'a\tb\n"c"\\'),
        (r"\x00\x1b\u00e9\u202e\U0001f600", "\x00\x1bé\u202e😀"),
        (r"\a\v\'", "\a\v'"),
        (r"\xff", r"\xff"),
        (r"\ud800 \U00110000", r"\ud800 \U00110000"),
        (r"\x4 \u12", r"\x4 \u12"),
        ("tail\\", "tail\\"),
    ],
)
def test_escapes_of_both_quoters_are_undone(quoted: str, text: str) -> None:
    """A byte that is no UTF-8, half a pair and what lies beyond Unicode stay as they are written."""
    assert unquote(quoted) == text


@given(st.text(alphabet="\\xuUan0123fF\"' ", max_size=40))
def test_any_text_gives_text_that_can_be_written(quoted: str) -> None:
    """No lone surrogate comes out, whatever goes in."""
    assert len(unquote(quoted).encode()) <= len(quoted.encode())
