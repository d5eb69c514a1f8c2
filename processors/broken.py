"""A part of a text that cannot be read."""

from dataclasses import dataclass

_QUOTED_BYTES = 80


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong with a goroutine, and the line where it is, trimmed."""

    what: str
    quote: bytes = b""


def quote(line: bytes) -> str:
    """Quote the beginning of a line on one line, whatever is in it."""
    shown = line[:_QUOTED_BYTES].decode(errors="backslashreplace")
    return ascii(shown) + ("…" if len(line) > _QUOTED_BYTES else "")
