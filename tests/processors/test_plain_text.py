"""Plain text: what a terminal or a browser would act on is gone, what people read stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.plain_text import plain, plain_block


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("main.(*Pool[...]).run.func", "main.(*Pool[...]).run.func"),
        ("main.\x1b[31mred\x1b[0m", "main.red"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\link", "alink"),
        ("a\x9b2Jb", "ab"),
        ("one\ntwo\r\tthree", "one two  three"),
        ("main.\u202eevil\u2066x", "main.evilx"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("nul\x00bell\x07", "nulbell"),
        ("half \ud800 pair", "half  pair"),
        ("größer.日本語", "größer.日本語"),
    ],
)
def test_hostile_characters_are_gone(hostile: str, shown: str) -> None:
    """Terminal sequences, controls, directions and halves of characters are not shown; letters are."""
    assert plain(hostile) == shown


def test_long_text_is_clipped_and_says_so() -> None:
    """A megabyte of a name takes one line at most."""
    assert plain("x" * 10_000, 10) == "x" * 9 + "…"


def test_block_keeps_lines_and_tabs() -> None:
    """Code stays code."""
    assert plain_block("if a {\n\tb\x1b[1m()\n}\n") == "if a {\n\tb()\n}\n"


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    """Whatever comes in, one line of visible characters comes out."""
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in plain(text))
