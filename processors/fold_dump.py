"""Goroutines of a debug=2 dump -> stacks with counts.

One goroutine of each group is read, and what reads alike becomes one stack: the state, the frames with files and lines,
the creator and the labels are equal; number, addresses, arguments and minutes may differ.
"""

from dataclasses import dataclass, field, replace

from processors.broken import Broken, quote
from processors.read_frames import Body, FrameReader
from processors.read_header import Header, read_header
from processors.split_dump import Blocks, Group, find_blocks, strip_end
from processors.trim_dump import read_number, trim_header, trimmed_lines
from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import RawStack


@dataclass(slots=True)
class DumpFold:
    """What has been read of a dump. `creators` and `orphans` count groups with and without one, main apart."""

    data: bytes
    limits: ProfileLimits
    creators: int = 0
    orphans: int = 0
    _reader: FrameReader = field(init=False)
    _bodies: dict[int, tuple[int, Body] | Broken] = field(default_factory=dict)
    _headers: dict[bytes, Header | Broken] = field(default_factory=dict)
    _stacks: dict[tuple[Header, int], RawStack] = field(default_factory=dict)
    _known: dict[Body, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Start with nothing read."""
        self._reader = FrameReader(self.limits)

    def read(self, blocks: Blocks) -> tuple[Problem, ...]:
        """Read one goroutine of each group; give a problem for each of the first broken ones, and one for the rest."""
        bad = {index for index, group in enumerate(blocks.groups) if not self._read_group(group)}
        if not bad:
            return ()
        starts = [start for start, group in zip(blocks.starts, blocks.group_of, strict=True) if group in bad]
        told = [self.tell(start) for start in starts[: self.limits.problems]]
        if len(starts) > len(told):
            rest = starts[len(told) :]
            told.append(Problem(self.place(rest[0]), f"{len(rest)} more goroutines are broken"))
        return tuple(told)

    def stacks(self) -> tuple[RawStack, ...]:
        """Give the stacks in the order of their first goroutines."""
        return tuple(self._stacks.values())

    def read_header(self, group: Group) -> Header | Broken:
        """Read the header of a group's first goroutine; equal ones once."""
        trimmed = trim_header(strip_end(self.data, group.start, group.body))[0]
        if len(trimmed) > self.limits.line_bytes:
            return Broken(f"a header of {len(trimmed)} bytes, at most {self.limits.line_bytes} are read")
        header = self._headers.get(trimmed)
        if header is None:
            header = self._headers[trimmed] = read_header(trimmed)
        return header

    def read_body(self, group: Group) -> Body | Broken:
        """Read what stands below the header of a group's first goroutine."""
        return self._reader.read(self.data[group.body : group.end])

    def add(self, header: Header, body: Body, group: Group) -> None:
        """Count goroutines to the stack they stand in."""
        self._add(header, self._number(body), body, group)

    def is_main(self, group: Group) -> bool:
        """Tell whether this is goroutine 1, which nobody created."""
        return read_number(self.data[group.start : group.body]) == 1

    def tell(self, start: int) -> Problem:
        """Say what is wrong with the goroutine at this place."""
        _, body, end = next(find_blocks(self.data, start, len(self.data)))
        group = Group(start, body, end, 1, -1, -1, -1)
        header = self.read_header(group)
        found = header if isinstance(header, Broken) else self.read_body(group)
        what, bad = (found.what, found.quote) if isinstance(found, Broken) else ("is broken", b"")
        if not bad:
            return Problem(self.place(start), what, quote(strip_end(self.data, start, body)))
        above = next((n for n, line in enumerate(trimmed_lines(self.data[body:end])) if line == bad), 0)
        return Problem(self.place(body, above), what, quote(bad))

    def place(self, start: int, lines: int = 0) -> str:
        """Name the line that stands so many lines below this place."""
        number = self.data.count(b"\n", 0, start) + 1 + lines
        return f"line {number}"

    def _number(self, body: Body) -> int:
        """Give equal bodies one number: to compare all their frames once is enough."""
        return self._known.setdefault(body, len(self._known))

    def _add(self, header: Header, number: int, body: Body, group: Group) -> None:
        """Count goroutines to the stack of this header and this body."""
        key = (header, number)
        known = self._stacks.get(key)
        self._stacks[key] = _merge(known, group) if known else _make_stack(header, body, group)
        self.creators += body.created_by is not None
        self.orphans += body.created_by is None and not self.is_main(group)

    def _read_group(self, group: Group) -> bool:
        """Read the first goroutine of a group and count all of them; False when it is broken."""
        body = self._bodies.get(group.body_identity)
        if body is None:
            found = self.read_body(group)
            body = found if isinstance(found, Broken) else (self._number(found), found)
            self._bodies[group.body_identity] = body
        header = self.read_header(group)
        if isinstance(header, Broken) or isinstance(body, Broken):
            return False
        self._add(header, *body, group)
        return True


def _make_stack(header: Header, body: Body, group: Group) -> RawStack:
    """Make the stack of goroutines that are read alike."""
    longest, shortest = _waits(group)
    return RawStack(
        frames=body.frames,
        count=group.count,
        state=header.state,
        labels=dict(header.labels),
        created_by=body.created_by,
        wait_minutes=longest,
        elided=body.elided,
        shortest_wait_minutes=shortest,
        leaked=header.leaked,
        locked_to_thread=header.locked_to_thread,
        notes=header.notes,
    )


def _merge(stack: RawStack, group: Group) -> RawStack:
    """Add goroutines to their stack."""
    longest, shortest = _waits(group)
    if longest is not None or stack.wait_minutes is not None:
        longest = max(longest or 0, stack.wait_minutes or 0)
        shortest = min(shortest or 0, stack.shortest_wait_minutes or 0)
    return replace(stack, count=stack.count + group.count, wait_minutes=longest, shortest_wait_minutes=shortest)


def _waits(group: Group) -> tuple[int | None, int | None]:
    """Give the longest and the shortest wait; no minutes beside minutes are less than one."""
    return (None, None) if group.longest_minutes < 0 else (group.longest_minutes, max(group.shortest_minutes, 0))
