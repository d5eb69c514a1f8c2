"""The form of one pattern of goroutine leaks: how it looks, what causes it, what mends it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """What must be there: one of the operations, and regular expressions for site, origin and any one frame.

    Empty asks for nothing.
    """

    operations: tuple[str, ...] = ()
    site: str = ""
    origin: str = ""
    frame: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One mistake. `number` is its place in the taxonomy, `fix` is Go code with a comment, or a sentence."""

    number: int
    name: str
    signature: Signature
    cause: str
    fix: str
