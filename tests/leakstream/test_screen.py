"""Answers on one screen."""

from hypothesis import given
from hypothesis import strategies as st

from leakstream.screen import COLUMNS, draw

SENTENCES = st.lists(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=300).filter(str.strip)
)
LABELLED = st.lists(st.tuples(st.just("label"), SENTENCES.filter(bool)), min_size=1, max_size=12)


@given(LABELLED, st.integers(12, 40))
def test_no_screen_is_too_long_or_too_wide(labelled: list[tuple[str, list[str]]], most: int) -> None:
    """Whatever is said, every label is there."""
    lines = draw(labelled, most)
    assert (len(lines) <= most, max(map(len, lines)) <= COLUMNS) == (True, True)
    assert sum(line.startswith("label") for line in lines) == len(labelled)


def test_longest_answer_is_cut_first_and_says_so() -> None:
    """A sentence gets two lines, and who has the most gives up the last."""
    long = "word " * 60
    assert draw([("one", [long, long]), ("two", ["short"])], 4) == [
        f"one              {'word ' * 12}".rstrip(),
        f"{' ' * 17}  {'word ' * 11}word …",
        f"{' ' * 17}{'word ' * 11}word …",
        "two              short",
    ]


def test_nothing_is_cut_without_a_limit() -> None:
    """All words are there."""
    assert " ".join(draw([("one", ["word " * 60])], None)).split() == ["one", *["word"] * 60]


def test_terminal_sequences_of_a_profile_do_nothing() -> None:
    """Names are plain text."""
    assert draw([("one", ["a\x1b[31mb"])], None) == ["one              ab"]
