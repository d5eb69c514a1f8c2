"""How much of a profile is read: what lies beyond is refused by the limit's name, never silently cut."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProfileLimits:
    """The bounds of one profile; each default is far above what a healthy program serves."""

    inflated_bytes: int = 64 * 1024 * 1024
    """Go cuts a text dump there; 300,000 goroutines in 5,000 stacks are 0.3 MB of protobuf."""
    stacks: int = 200_000
    """A program with labels of high cardinality has a stack per request; 5,000 is large."""
    frames: int = 4_096
    """In one stack: Go cuts at 128 (1,024 by GODEBUG), inlined calls come on top."""
    problems: int = 20
    """Told one by one; the rest are counted."""
    line_bytes: int = 65_536
    """In one line of a text, without what is not read (argument words); names of generics take some 600."""
    distinct_frames: int = 500_000
    """In one text: so many pairs of function and line; the largest Go programs have some 200,000 functions."""
