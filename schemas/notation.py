"""Series as text: `5 5+2x3 _ R` is 5, 5 7 9 11, a missing scrape, a restart.

The notation of Prometheus' rule tests, so that tests, docs and people write the same thing. It refuses what it does
not know, quoting it.
"""

import re
from dataclasses import dataclass
from enum import Enum


class Mark(Enum):
    """What can stand in a series besides a count."""

    MISSING = "_"
    RESTART = "R"


@dataclass
class NotationError(ValueError):
    """The text is no series; says which word is wrong."""

    word: str

    def __str__(self) -> str:
        """Quote the word and say what may stand there."""
        return f"not a series: {self.word!r} (write 5, 5x3, 5+2x3, 5-2x3, _, _x3 or R)"


_WORD = re.compile(r"(?P<start>\d+|_)(?P<step>[+-]\d+)?(?:x(?P<times>\d+))?")
_LONGEST = 100_000


def parse_series(text: str) -> tuple[int | Mark, ...]:
    """Read a series; counts never fall below zero; empty text is an empty series.

    Example input: 5 5+2x3 _ R
    Example output: 5 5 7 9 11 _ R
    """
    items: list[int | Mark] = []
    for word in text.split():
        items.extend(_parse_word(word))
        if len(items) > _LONGEST:
            raise NotationError(word)
    return tuple(items)


def format_series(items: tuple[int | Mark, ...]) -> str:
    """Write a series out, one word for each item."""
    return " ".join(item.value if isinstance(item, Mark) else str(item) for item in items)


def _parse_word(word: str) -> list[int | Mark]:
    """Read one word; `a+bxn` is a and n further items, `axn` is a and n further of the same."""
    if word == Mark.RESTART.value:
        return [Mark.RESTART]
    match = _WORD.fullmatch(word)
    if match is None or int(match["times"] or 0) > _LONGEST:
        raise NotationError(word)
    times = int(match["times"] or 0)
    if match["start"] == Mark.MISSING.value:
        return [Mark.MISSING] * max(times, 1)
    start, step = int(match["start"]), int(match["step"] or 0)
    return [max(0, start + step * index) for index in range(times + 1)]
