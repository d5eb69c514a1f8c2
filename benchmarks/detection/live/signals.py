"""A recording -> what two signals would have said alone: the runtime's proof, and how long goroutines wait.

Growth is not looked at here. Both signals are read from the profiles that were asked for beside the usual ones.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.detection.live.fleet import MANIFEST
from benchmarks.detection.live.keep import Truth
from benchmarks.detection.live.programs import Stack
from processors.decode import decode
from processors.pipeline import identify
from schemas.model import Fingerprint, Kind
from schemas.raw_stack import RawStack

_SLACK_MINUTES = 3
"""The runtime begins to count a wait at the next garbage collection, at most two minutes later, in whole minutes."""
_LEAST_GOROUTINES = 2


@dataclass(frozen=True, slots=True)
class Grown:
    """Goroutines of the stacks that should grow, when the calls began and at the end."""

    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What the leak profiles reported: goroutines of the expected stacks in the last one, and of all other stacks.

    `profiles` is 0 where the runtime has none.
    """

    profiles: int
    expected: int
    others: int


@dataclass(frozen=True, slots=True)
class Waits:
    """What the text dumps say: the longest wait of an expected stack beside the age of the calls, and who else waits.

    In minutes; `waited` is None when no expected stack waited as long as it was called. `others` are the other stacks
    that did, counted in the last dump.
    """

    waited: int | None
    age: int
    others: int


def list_profiles(folder: Path, kind: Kind) -> Iterator[tuple[datetime, Path]]:
    """Give the profiles of a kind with their times, in order."""
    for line in (folder / MANIFEST).read_text().splitlines():
        attempt = json.loads(line)
        if attempt["kind"] == kind and "profile" in attempt:
            yield datetime.fromisoformat(attempt["time"]), folder / attempt["profile"]


def read_stacks(profile: Path) -> tuple[tuple[Fingerprint, RawStack], ...]:
    """Give the stacks of a profile with their names; goroutines without a stack are left out."""
    return tuple((identify(stack), stack) for stack in decode(profile.read_bytes()).stacks if stack.frames)


def fits(found: Fingerprint, stacks: Iterable[Stack]) -> bool:
    """Say whether a stack looks like one of some."""
    return any(stack.fits(found.operation, found.site, found.origin, found.frames) for stack in stacks)


def measure_growth(folder: Path, truth: Truth) -> Grown:
    """Count the expected stacks at both ends of the time in which the pattern was called."""
    profiles = list(list_profiles(folder, Kind.GOROUTINE))
    before = [path for at, path in profiles if at <= truth.calls_began][-1:]
    ends = (before, [path for _, path in profiles][-1:])
    counts = [sum(count_expected(path, truth.pattern.expected) for path in paths) for paths in ends]
    return Grown(*counts)


def count_expected(profile: Path, stacks: Sequence[Stack]) -> int:
    """Count the goroutines of some stacks."""
    return sum(raw.count for found, raw in read_stacks(profile) if fits(found, stacks))


def read_proof(folder: Path, truth: Truth) -> Proof:
    """Read what the runtime proved."""
    profiles = [path for _, path in list_profiles(folder, Kind.LEAK)]
    counts: Counter[bool] = Counter()
    for found, raw in read_stacks(profiles[-1]) if profiles else ():
        counts[truth.leaks and fits(found, truth.pattern.expected)] += raw.count
    return Proof(len(profiles), counts[True], counts[False])


def read_waits(folder: Path, truth: Truth) -> Waits:
    """Read who waits as long as the pattern has been called; the dump that tells most of an expected stack counts."""
    best, others = Waits(None, 0, 0), 0
    for at, path in list_profiles(folder, Kind.TEXT):
        age = int((at - truth.calls_began).total_seconds() // 60)
        waiting = list(wait_long(path, age))
        expected = [wait for found, wait in waiting if truth.leaks and fits(found, truth.pattern.expected)]
        others = len(waiting) - len(expected)
        if expected:
            best = Waits(max(expected), age, 0)
    return Waits(best.waited, best.age, others)


def wait_long(dump: Path, age_minutes: int) -> Iterator[tuple[Fingerprint, int]]:
    """Give the stacks of a dump whose longest waiting goroutine waits for an age, and how many minutes it does."""
    for found, raw in read_stacks(dump):
        waited = raw.wait_minutes or 0
        if raw.count >= _LEAST_GOROUTINES and waited >= max(1, age_minutes - _SLACK_MINUTES):
            yield found, waited
