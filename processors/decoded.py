"""What decoding a profile gives, whatever its format."""

from dataclasses import dataclass

from schemas.model import Problem
from schemas.raw_stack import RawStack


@dataclass(frozen=True, slots=True)
class Decoded:
    """The stacks of a profile, and the problems met on the way. No stacks and a problem: nothing could be read.

    `unlocated` counts goroutines whose sample has no locations (Go 1.27 writes one for a main in `select {}`).
    """

    stacks: tuple[RawStack, ...]
    problems: tuple[Problem, ...]
    unlocated: int = 0


def refuse(what: str, quote: str = "") -> Decoded:
    """Give no stacks and the one problem that explains it."""
    return Decoded((), (Problem("byte 0", what, quote),))
