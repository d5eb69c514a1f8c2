"""Profiles -> stacks under one fingerprint each, for the commands that work offline.

Samples of one stack, in one file or several, are one row: counts add up, wait minutes keep the longest, and of labels
what all of them share stays. A file that cannot be read costs itself only. Goroutines of which the runtime gives no
stack (Go 1.27 does so for some that just began) are one row without frames, so that totals are Go's own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from leakstream.profile_sources import SourceError, read_source
from processors.decode import decode
from processors.fingerprint import fingerprint
from processors.normalise import normalise
from schemas.model import Fingerprint
from schemas.raw_stack import RawStack

NO_STACK = "no stack"
"""Stands in place of the operation where there are no frames."""


@dataclass(frozen=True, slots=True)
class SeenStack:
    """One fingerprint with all its goroutines."""

    fingerprint: Fingerprint
    count: int
    labels: Mapping[str, str]
    created_by: str | None
    wait_minutes: int | None

    def own(self) -> str | None:
        """Give the first function of the service's own code, None where there is none."""
        return None if self.fingerprint.own is None else self.fingerprint.frames[self.fingerprint.own]

    def as_row(self) -> dict[str, object]:
        """Give it as `decode --output json` promises it."""
        return {
            "fingerprint": str(self.fingerprint),
            "count": self.count,
            "operation": self.fingerprint.operation,
            "site": self.fingerprint.site,
            "origin": self.fingerprint.origin,
            "frames": list(self.fingerprint.frames),
            "own": self.own(),
            "created_by": self.created_by,
            "wait_minutes": self.wait_minutes,
            "labels": dict(self.labels),
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """What was in some files: stacks, largest count first, and problems as lines. `readable` counts good files."""

    stacks: tuple[SeenStack, ...]
    problems: tuple[str, ...]
    readable: int


def read_profiles(names: Iterable[str]) -> Seen:
    """Read files, stdin (`-`) and addresses of programs as one set of stacks."""
    stacks: list[RawStack] = []
    problems: list[str] = []
    readable = 0
    for name in names:
        found, lines, good = _read_one(name)
        stacks.extend(found)
        problems.extend(lines)
        readable += good
    return Seen(merge(stacks), tuple(problems), readable)


def merge(stacks: Iterable[RawStack]) -> tuple[SeenStack, ...]:
    """Put raw stacks of one fingerprint together, largest count first, ties by fingerprint."""
    merged: dict[Fingerprint, SeenStack] = {}
    for raw in stacks:
        stack = normalise(raw)
        name = fingerprint(stack)
        seen = SeenStack(name, stack.count, stack.labels, stack.created_by, stack.wait_minutes)
        merged[name] = _add(merged[name], seen) if name in merged else seen
    return tuple(sorted(merged.values(), key=lambda seen: (-seen.count, seen.fingerprint.value)))


def _add(one: SeenStack, other: SeenStack) -> SeenStack:
    """Add the same stack of another sample."""
    minutes = [m for m in (one.wait_minutes, other.wait_minutes) if m is not None]
    return SeenStack(
        one.fingerprint,
        one.count + other.count,
        {key: value for key, value in one.labels.items() if other.labels.get(key) == value},
        one.created_by or other.created_by,
        max(minutes, default=None),
    )


def _read_one(name: str) -> tuple[tuple[RawStack, ...], list[str], bool]:
    """Read one of them: its stacks, its problems as lines, and whether anything could be read."""
    try:
        data = read_source(name)
    except SourceError as error:
        return (), [f"{name}: {error}"], False
    decoded = decode(data)
    readable = bool(decoded.stacks) or not decoded.problems
    bare = (RawStack((), decoded.unlocated, NO_STACK),) if decoded.unlocated else ()
    return (*decoded.stacks, *bare), [f"{name}: {problem}" for problem in decoded.problems], readable
