r"""A debug=2 dump -> the places of its goroutines, in plain Python.

A goroutine is a header line and what follows up to an empty line or the next header; anything else (what a crashing
program printed before, registers, a shell's words) is skipped. scan_dump.py does the same in compiled code and knows
equal goroutines without reading them; this one starts at once, and says in tests what that one must give.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from processors.trim_dump import is_header, part_header, trimmed_lines


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
    """Find the goroutines in data[:end], equal ones in one group; raise TooManyStacksError past `maximum_groups`."""
    blocks = Blocks([], [], [])
    known: dict[tuple[bytes, bytes, bool, bytes], int] = {}
    bodies: dict[bytes, int] = {}
    for start, body, block_end in find_blocks(data, 0, end):
        before, after, minutes = part_header(strip_end(data, start, body))
        rest = b"\n".join(trimmed_lines(data[body:block_end]))
        index = known.setdefault((before, after, minutes >= 0, rest), len(known))
        if index == maximum_groups:
            raise TooManyStacksError(maximum_groups)
        if index == len(blocks.groups):
            identity = bodies.setdefault(rest, len(bodies))
            blocks.groups.append(Group(start, body, block_end, 1, minutes, minutes, identity))
        else:
            blocks.groups[index] = _count(blocks.groups[index], minutes)
        blocks.starts.append(start)
        blocks.group_of.append(index)
    return blocks


def _count(group: Group, minutes: int) -> Group:
    """Add a goroutine to its group."""
    longest, shortest = max(group.longest_minutes, minutes), min(group.shortest_minutes, minutes)
    return replace(group, count=group.count + 1, longest_minutes=longest, shortest_minutes=shortest)


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
