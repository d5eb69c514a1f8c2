"""How much of a profile is read: what lies beyond is refused by the limit's name, never silently cut."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProfileLimits:
    """The bounds of one profile; each default is far above what a healthy program serves."""

    inflated_bytes: int = 64 * 1024 * 1024
    """Go cuts a text dump there; 300,000 goroutines in 5,000 stacks are 0.3 MB of protobuf."""
    protobuf_bytes: int = 32 * 1024 * 1024
    """200,000 stacks with labels of their own are some 16 MB; protobuf's objects take many times the space."""
    stacks: int = 200_000
    """A program with labels of high cardinality has a stack per request; 5,000 is large."""
    frames: int = 4_096
    """In one stack: Go cuts at 128 (1,024 by GODEBUG), inlined calls come on top. What is deeper keeps both ends."""
    all_frames: int = 10_000_000
    """In all stacks: 50 for each of 200,000; a few bytes can repeat a location of thousands of inlined calls."""
    strings: int = 500_000
    """Names, files and label values: a binary with 200,000 functions is one of the largest."""
    labels: int = 1_000_000
    """Of all stacks: five for each of 200,000."""
    locations: int = 500_000
    """Places in the code that stand in stacks; a large profile has 5,000."""
    lines: int = 1_000_000
    """Calls of all locations: inlining gives a location two on average."""
    functions: int = 500_000
    """As for strings: each has a name."""
    problems: int = 20
    """Told one by one; the rest are counted."""
    line_bytes: int = 65_536
    """In one line of a text, without what is not read (argument words); names of generics take some 600."""
    distinct_frames: int = 500_000
    """In one text: so many pairs of function and line; the largest Go programs have some 200,000 functions."""

    def find_exceeded(self, counts: Mapping[str, int]) -> tuple[str, str] | None:
        """Give the name of the first limit that a count by this name exceeds, and a sentence; None where none does."""
        for name, found in counts.items():
            most = getattr(self, name)
            if found > most:
                return name, f"too many {name.replace('_', ' ')}: {found}, at most {most} (limits.{name})"
        return None
