"""Labelled answers -> one screen of 80 columns: where they are too long for it, the longest are cut first."""

from collections.abc import Sequence
from textwrap import wrap

from processors.plain_text import plain

COLUMNS = 80
_LABEL = 17
_LONGEST_SENTENCE = 2_000
_LINES_A_SENTENCE = 2
_CUT = " …"

Labelled = Sequence[tuple[str, Sequence[str]]]
"""Labels with their sentences, the most urgent first."""


def draw(labelled: Labelled, most_lines: int | None) -> list[str]:
    """Give the lines, each label before the first of its own; None for as many as it takes.

    Where lines are counted a sentence gets two, then the longest answers give lines up; each keeps one at least. Names
    that came from a profile are plain text here, and folded where they are longer than a line.
    """
    width = COLUMNS - _LABEL
    each = None if most_lines is None else _LINES_A_SENTENCE
    answers = [(label, [line for one in said for line in _fold(one, width, each)]) for label, said in labelled]
    room = _share_out([len(lines) for _, lines in answers], most_lines)
    return [
        f"{label if at == 0 else '':<{_LABEL}}{line}".rstrip()
        for (label, lines), most in zip(answers, room, strict=True)
        for at, line in enumerate(_cut(lines, most, width))
    ]


def _fold(sentence: str, width: int, most: int | None) -> list[str]:
    """Give the lines of a sentence, set in from the second one."""
    lines = wrap(plain(sentence, _LONGEST_SENTENCE), width, break_on_hyphens=False, subsequent_indent="  ")
    return _cut(lines, len(lines) if most is None else most, width)


def _share_out(wanted: Sequence[int], most: int | None) -> list[int]:
    """Give how many lines each answer gets: the longest gives one up until all fit, the last of equals first."""
    room = list(wanted)
    while most is not None and sum(room) > most and max(room) > 1:
        longest = max(range(len(room)), key=lambda at: (room[at], at))
        room[longest] -= 1
    return room


def _cut(lines: Sequence[str], most: int, width: int) -> list[str]:
    """Keep so many lines; the last one ends in a mark where there were more."""
    if len(lines) <= most:
        return list(lines)
    return [*lines[: most - 1], lines[most - 1].removesuffix(_CUT)[: width - len(_CUT)] + _CUT]
