"""debug=2 text -> what it says of each stack: how long its goroutines wait, how old they are, who made them.

How old: goroutine numbers rise with creation (each processor takes sixteen at a time: newproc1 in src/runtime/proc.go).
Of a goroutine that waits for w minutes, whatever has a lower number is at least that old; at an even rate of creation
the numbers in between tell the age of all others. This tells goroutines that wake up and wait again from those that
come and go, whose waits are both short.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from processors.broken import Broken
from processors.decode_dump import choose_splitter
from processors.fold_dump import DumpFold
from processors.inflate import GZIP_MAGIC, InflateError, inflate
from processors.judge_end import GO_CUTS_AT_BYTES, find_tail
from processors.read_frames import TooManyFramesError
from processors.reading import Identify
from processors.split_dump import Group, TooManyStacksError, strip_end
from processors.trim_dump import part_header, read_number
from schemas.evidence import Histogram, StackWeight, Summary, Waits
from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import Frame, RawStack

_EXACT_MINUTES = 120
_CREATORS = 3


@dataclass(frozen=True, slots=True)
class _Goroutine:
    """One goroutine: its number, its wait in minutes (-1: not known), and which group it is of."""

    number: int
    minutes: int
    group: int


@dataclass(frozen=True, slots=True)
class _Named:
    """What the goroutines of one group have in common."""

    fingerprint: int
    creator: str
    leaked: bool


def weigh_dump(dump: bytes, identify: Identify, limits: ProfileLimits) -> Summary | Problem:
    """Weigh a dump, gzip or not; a problem when nothing of it can be read. Never raises on any bytes.

    Stacks come with most goroutines first. A goroutine whose header is broken costs itself only. A dump that is cut
    off is weighed up to the cut, and is one problem.
    """
    try:
        data = inflate(dump, limits.inflated_bytes) if dump.startswith(GZIP_MAGIC) else dump
        end = find_end(data)
        blocks = choose_splitter(len(data))(data, end, limits.stacks)
        named = _name_groups(DumpFold(data, limits), blocks.groups, identify)
    except (InflateError, TooManyStacksError, TooManyFramesError) as error:
        return Problem("byte 0", str(error))
    if not blocks.starts:
        return Problem("byte 0", "not a dump: no goroutine in it", repr(data[:32]))
    whole = zip(blocks.starts, blocks.group_of, strict=True)
    goroutines = [_read(data, start, group, named) for start, group in whole if named[group] is not None]
    broken = len(blocks.starts) - len(goroutines)
    return Summary(_weigh(goroutines, named), problems=broken + (end < len(data)))


def find_end(data: bytes) -> int:
    """Give the end of the last goroutine that is whole: Go ends a dump with a newline, unless it cuts it."""
    return len(data) if data.endswith(b"\n") and len(data) != GO_CUTS_AT_BYTES else find_tail(data)


def _name_groups(fold: DumpFold, groups: Sequence[Group], identify: Identify) -> list[_Named | None]:
    """Name the stack of each group, None for one that cannot be read."""
    named: list[_Named | None] = []
    for group in groups:
        header, body = fold.read_header(group), fold.read_body(group)
        if isinstance(header, Broken) or isinstance(body, Broken):
            named.append(None)
            continue
        raw = RawStack(body.frames, 1, header.state, created_by=body.created_by, elided=body.elided)
        named.append(_Named(identify(raw).value, _show(body.created_by), header.leaked))
    return named


def _show(creator: Frame | None) -> str:
    """Give the function that began a goroutine, empty for main."""
    return creator.function if creator else ""


def _read(data: bytes, start: int, group: int, named: Sequence[_Named | None]) -> _Goroutine:
    """Read the header of one goroutine; of one that is called leaked the runtime has erased the wait."""
    header = strip_end(data, start, data.find(b"\n", start) + 1 or len(data))
    known = named[group]
    minutes = max(part_header(header)[2], 0)
    return _Goroutine(read_number(header), -1 if known and known.leaked and not minutes else minutes, group)


def _weigh(goroutines: Sequence[_Goroutine], named: Sequence[_Named | None]) -> tuple[StackWeight, ...]:
    """Put the goroutines of each fingerprint together."""
    clock = Clock.read([(one.number, one.minutes) for one in goroutines])
    by_stack: dict[int, list[_Goroutine]] = {}
    for one in goroutines:
        group = named[one.group]
        if group is not None:
            by_stack.setdefault(group.fingerprint, []).append(one)
    weights = [_weigh_stack(value, members, named, clock) for value, members in by_stack.items()]
    return tuple(sorted(weights, key=lambda weight: (-weight.goroutines, weight.fingerprint)))


def _weigh_stack(
    fingerprint: int, members: Sequence[_Goroutine], named: Sequence[_Named | None], clock: "Clock"
) -> StackWeight:
    """Say of one stack how long, how old, by whom."""
    groups = [group for one in members if (group := named[one.group]) is not None]
    creators = Counter(group.creator for group in groups if group.creator)
    waits = Waits(
        waited=count_minutes([one.minutes for one in members if one.minutes >= 0]),
        unknown=sum(one.minutes < 0 for one in members),
        aged=count_minutes([age for one in members if (age := clock.age_minutes(one.number)) is not None]),
        clock_minutes=clock.longest_minutes,
    )
    most = sorted(creators.items(), key=lambda item: (-item[1], item[0]))[:_CREATORS]
    return StackWeight(fingerprint, len(members), sum(group.leaked for group in groups), waits, tuple(most))


@dataclass(frozen=True, slots=True)
class Clock:
    """What goroutine numbers say of age: `per_minute` goroutines were made at most, the newest is `newest`."""

    newest: int
    per_minute: float
    longest_minutes: int

    @classmethod
    def read(cls, goroutines: Sequence[tuple[int, int]]) -> "Clock":
        """Read (number, minutes) of a whole dump. Only long waits count: a short one is mostly rounding.

        Since a goroutine began to wait, at most those above its number were made; the smallest such rate bounds all.
        """
        newest = max((number for number, _ in goroutines), default=0)
        longest = max((minutes for _, minutes in goroutines if minutes > 0), default=0)
        long = [(number, minutes) for number, minutes in goroutines if minutes > 0 and 2 * minutes >= longest]
        return cls(newest, min(((newest - number) / minutes for number, minutes in long), default=0.0), longest)

    def age_minutes(self, number: int) -> int | None:
        """Estimate an age, at most the longest wait of the dump; None where nothing tells."""
        if self.per_minute <= 0:
            return None
        return min(int((self.newest - number) / self.per_minute), self.longest_minutes)


def count_minutes(minutes: Sequence[int]) -> Histogram:
    """Count goroutines by minutes; beyond two hours only the first two digits are told apart.

    Example input: 3, 3, 1234
    Example output: (3, 2), (1200, 1)
    """
    return tuple(sorted(Counter(map(_round, minutes)).items()))


def _round(minutes: int) -> int:
    """Round down to two digits, beyond two hours."""
    if minutes <= _EXACT_MINUTES:
        return minutes
    unit: int = 10 ** (len(str(minutes)) - 2)
    return minutes // unit * unit
