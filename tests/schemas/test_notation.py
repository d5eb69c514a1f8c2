"""What the notation of series promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.notation import Mark, NotationError, format_series, parse_series


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("", ()),
        ("5", (5,)),
        ("5x2", (5, 5, 5)),
        ("5+2x2", (5, 7, 9)),
        ("5-3x2", (5, 2, 0)),
        ("1 _ R _x2 3", (1, Mark.MISSING, Mark.RESTART, Mark.MISSING, Mark.MISSING, 3)),
    ],
)
def test_word_means_what_prometheus_means(text: str, items: tuple[int | Mark, ...]) -> None:
    """Start, step and times; missing; restart."""
    assert parse_series(text) == items


@pytest.mark.parametrize("word", ["x", "5+", "-1", "5x", "RR", "1x99999999"])
def test_word_that_is_none_is_quoted(word: str) -> None:
    """The error names the word and what may stand there."""
    with pytest.raises(NotationError) as refused:
        parse_series(f"1 {word} 2")
    assert str(refused.value) == f"not a series: {word!r} (write 5, 5x3, 5+2x3, 5-2x3, _, _x3 or R)"


@given(st.lists(st.integers(0, 99) | st.sampled_from(Mark)).map(tuple))
def test_what_is_written_reads_back(items: tuple[int | Mark, ...]) -> None:
    """Formatting and parsing are inverse."""
    assert parse_series(format_series(items)) == items
