"""A goroutine stack as the runtime wrote it, before anything is made of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

UNKNOWN = "unknown"
"""The state where a format hides the frames that would tell it (debug=1)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One call. `file` is empty and `line` 0 where the profile does not say."""

    function: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class RawStack:
    """A stack and how many goroutines stood in it. `frames` are leaf first, runtime frames among them.

    `state` holds the words of a text dump's header (`chan receive (nil chan)`), empty where the format has none.
    `created_by` and `wait_minutes` are None where the format does not say. `elided` counts frames that the runtime left
    out of the middle, -1 when it did not say how many.
    Goroutines that wait differently long are one stack: `wait_minutes` is the longest, `shortest_wait_minutes` the
    shortest, 0 for one whose header names no minutes (Go names them from 1 on). `leaked` is the runtime's own proof.
    `notes` are words of the header that nobody knows yet.
    """

    frames: tuple[Frame, ...]
    count: int
    state: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    created_by: Frame | None = None
    wait_minutes: int | None = None
    elided: int = 0
    shortest_wait_minutes: int | None = None
    leaked: bool = False
    locked_to_thread: bool = False
    notes: tuple[str, ...] = ()


def make_frames(names: Iterable[str]) -> tuple[Frame, ...]:
    """Give frames of which only the function names are known."""
    return tuple(Frame(name) for name in names)
