"""What reading a profile gives: goroutines per fingerprint; and the plain way to read one, through `decode`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from processors.count import MAXIMUM_GOROUTINES
from processors.decode import decode
from schemas.limits import ProfileLimits
from schemas.model import Count, Fingerprint, Problem
from schemas.raw_stack import RawStack


class Way(StrEnum):
    """How a profile was read, the fastest first."""

    KNOWN_BUILD = "known_build"
    NAMES = "names"
    OTHER = "other"


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Goroutines per fingerprint, as the store holds them; in no order."""

    values: NDArray[np.uint64]
    goroutines: NDArray[np.uint64]

    def as_dict(self) -> dict[int, int]:
        """Give them one by one."""
        return dict(zip(self.values.tolist(), self.goroutines.tolist(), strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A profile as goroutines per fingerprint; both arrays have one item for each, in no order.

    No fingerprints and a problem: nothing could be read. `unlocated` counts goroutines of samples without locations.
    `names` knows at least the fingerprints of this profile.
    """

    fingerprints: NDArray[np.uint64]
    goroutines: NDArray[np.uint64]
    names: Mapping[int, Fingerprint]
    way: Way
    problems: tuple[Problem, ...] = ()
    unlocated: int = 0

    def tally(self) -> Tally:
        """Give the counts in arrays; what the store cannot hold is its largest number."""
        return Tally(self.fingerprints, np.minimum(self.goroutines, MAXIMUM_GOROUTINES))

    def counts(self) -> tuple[Count, ...]:
        """Give the counts, largest first, ties by fingerprint; what the store cannot hold is its largest number."""
        order = np.lexsort((self.fingerprints, np.iinfo(np.uint64).max - self.goroutines))
        values = self.fingerprints[order].tolist()
        goroutines = np.minimum(self.goroutines[order], MAXIMUM_GOROUTINES).tolist()
        return tuple(Count(self.names[value], number) for value, number in zip(values, goroutines, strict=True))


Read: TypeAlias = Callable[[str, bytes], Reading]
"""Reads the profile of a service, as received."""

Identify: TypeAlias = Callable[[RawStack], Fingerprint]
"""Names a stack; its count and its labels do not matter."""


def read_plainly(identify: Identify, data: bytes, limits: ProfileLimits) -> Reading:
    """Read a profile in any format by making stacks of all of it."""
    decoded = decode(data, limits)
    totals: dict[int, int] = {}
    names: dict[int, Fingerprint] = {}
    for raw in decoded.stacks:
        found = identify(raw)
        names[found.value] = found
        totals[found.value] = totals.get(found.value, 0) + raw.count
    return make_reading(totals, names, Way.OTHER, decoded.unlocated, decoded.problems)


def make_reading(
    totals: Mapping[int, int],
    names: Mapping[int, Fingerprint],
    way: Way,
    unlocated: int = 0,
    problems: tuple[Problem, ...] = (),
) -> Reading:
    """Make a reading of goroutines per fingerprint."""
    fingerprints = np.fromiter(totals.keys(), np.uint64, len(totals))
    goroutines = np.fromiter(totals.values(), np.uint64, len(totals))
    return Reading(fingerprints, goroutines, names, way, problems, unlocated)
