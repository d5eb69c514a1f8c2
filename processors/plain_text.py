"""Hostile text -> text that a terminal, a browser and Markdown show as what it is.

Exists because function names, labels and service names come from profiles that anybody may have written. It takes
terminal sequences, control and direction characters away and clips length; it never raises. It does not escape for a
format: that is for the one who knows the format.
"""

import re
import unicodedata

MAXIMUM_CHARACTERS = 1000
"""The longest name found in real profiles (a generic of generics) has some 600."""

_TERMINAL_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]"
)
_SPACE = frozenset("\t\n\r\v\f\u0085\u2028\u2029")
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Cn"))
"""Unicode categories: control, format (direction marks, zero width), surrogate, unassigned."""


def plain(text: str, maximum_characters: int = MAXIMUM_CHARACTERS) -> str:
    r"""Give the text on one line without anything invisible; `…` stands where it was clipped.

    Example input: main.\x1b[31mred\x1b[0m
    Example output: main.red
    """
    if text.isascii() and text.isprintable():
        return _clip(text, maximum_characters)
    spaced = "".join(" " if c in _SPACE else c for c in _TERMINAL_SEQUENCE.sub("", text))
    return _clip("".join(c for c in spaced if unicodedata.category(c) not in _HIDDEN), maximum_characters)


def plain_block(text: str, maximum_characters: int = 20_000) -> str:
    """Give the text over several lines, each one plain; tabs stay."""
    lines = ("\t".join(plain(part) for part in line.split("\t")) for line in text.split("\n"))
    return _clip("\n".join(lines), maximum_characters)


def _clip(text: str, maximum_characters: int) -> str:
    """Cut what is too long and say so."""
    return text if len(text) <= maximum_characters else text[: maximum_characters - 1] + "…"
