r"""A debug=2 dump -> the places of its goroutines, in plain Python.

A goroutine is a header line and what follows up to an empty line or the next header; anything else (what a crashing
program printed before, registers, a shell's words) is skipped. scan_dump.py does the same in compiled code and knows
equal goroutines without reading them; this one starts at once, and says in tests what that one must give.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from processors.trim_dump import is_header, trim_header


class TooManyStacksError(ValueError):
    """The dump has more different stacks than are read; the message is a sentence."""

    def __init__(self, maximum: int) -> None:
        super().__init__(f"too many stacks: more than {maximum}")


@dataclass(frozen=True, slots=True)
class Group:
    """Goroutines that are read alike: the place of the first, and how many there are.

    Header at data[start:body], the rest at data[body:end]. Minutes are -1 where the header has none.
    """

    start: int
    body: int
    end: int
    count: int
    longest_minutes: int
    shortest_minutes: int
    body_identity: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """The goroutines of a dump in order: where each starts, and which group it is of. Groups are in order too."""

    starts: list[int]
    group_of: list[int]
    groups: list[Group]


def split_dump(data: bytes, end: int, maximum_groups: int) -> Blocks:
    """Find the goroutines in data[:end], each a group of its own; raise TooManyStacksError past `maximum_groups`."""
    groups: list[Group] = []
    for start, body, block_end in find_blocks(data, 0, end):
        if len(groups) == maximum_groups:
            raise TooManyStacksError(maximum_groups)
        minutes = trim_header(strip_end(data, start, body))[1]
        groups.append(Group(start, body, block_end, 1, minutes, minutes, len(groups)))
    return Blocks([group.start for group in groups], list(range(len(groups))), groups)


def find_blocks(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Give (start, body, end) of every goroutine in data[start:end]."""
    header = body = -1
    while start < end:
        newline = data.find(b"\n", start, end)
        after = end if newline < 0 else newline + 1
        line = strip_end(data, start, after)
        begins = is_header(line)
        if header >= 0 and (begins or not line):
            yield header, body, start
            header = -1
        if begins:
            header, body = start, after
        start = after
    if header >= 0:
        yield header, body, end


def strip_end(data: bytes, start: int, after: int) -> bytes:
    """Give a line without its end, of Unix or of Windows."""
    return data[start:after].removesuffix(b"\n").removesuffix(b"\r")
