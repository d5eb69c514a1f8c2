"""The arrays that one profile after another is read in.

Exists so that reading allocates nothing once the largest profile was seen. Rule: a table grows by a known step up to a
known limit, before anything is written to it; what does not fit then is for the slow way to refuse by its name.
"""

from dataclasses import dataclass, field

import numpy as np

from processors.kernel_wire import (
    HEAD,
    LOCATION_COLUMNS,
    MAPPING_COLUMNS,
    PADDING,
    SAMPLE_COLUMNS,
    SPAN_COLUMNS,
    Bytes,
    Words,
)
from schemas.limits import ProfileLimits

_STEP = 4
_MAPPINGS = 4_096
"""A process with more mapped files than that is none we know."""
SAMPLES, LOCATIONS, FUNCTIONS, STRINGS, MAPPINGS = range(5)


def words(rows: int, columns: int = 0) -> Words:
    """Give an array of zeros, with columns or without."""
    return np.zeros((rows, columns) if columns else rows, np.uint64)


@dataclass(slots=True)
class Scratch:
    """A profile's bytes, the notes of the survey, and a row of results for each table.

    `found` is what `head` said after the survey, in numbers that Python is quick with.
    `sums` is zero between two profiles, see kernel_stacks.tally.
    """

    limits: ProfileLimits
    size: np.uint64 = field(default_factory=np.uint64)
    data: Bytes = field(default_factory=lambda: np.zeros(2**18, np.uint8))
    head: Words = field(default_factory=lambda: words(HEAD))
    samples: Words = field(default_factory=lambda: words(1_024, SAMPLE_COLUMNS))
    locations: Words = field(default_factory=lambda: words(8_192, LOCATION_COLUMNS))
    functions: Words = field(default_factory=lambda: words(4_096, SPAN_COLUMNS))
    strings: Words = field(default_factory=lambda: words(8_192, SPAN_COLUMNS))
    mappings: Words = field(default_factory=lambda: words(64, MAPPING_COLUMNS))
    location_hash: Words = field(default_factory=lambda: words(8_192))
    function_hash: Words = field(default_factory=lambda: words(4_096))
    string_hash: Words = field(default_factory=lambda: words(8_192))
    identities: Words = field(default_factory=lambda: words(1_024))
    fingerprints: Words = field(default_factory=lambda: words(1_024))
    goroutines: Words = field(default_factory=lambda: words(1_024))
    unknown: Words = field(default_factory=lambda: words(1_024))
    found: list[int] = field(default_factory=lambda: [0] * HEAD)
    sums: Words = field(default_factory=lambda: words(4_096))

    def clear(self) -> None:
        """Forget the profile before."""
        self.size = np.uint64(0)

    def take(self, raw: bytes) -> bool:
        """Copy a profile in, with its padding; False when it is longer than the limit."""
        if len(raw) > self.limits.protobuf_bytes:
            return False
        if len(raw) + PADDING > len(self.data):
            self.data = np.zeros(power_of_two(len(raw) + PADDING), np.uint8)
        self.data[: len(raw)] = np.frombuffer(raw, np.uint8)
        self.data[len(raw) : len(raw) + PADDING] = 0
        self.size = np.uint64(len(raw))
        return True

    def grow(self) -> bool:
        """Lengthen the tables that are full; False when one of them stands at its limit."""
        tables = (self.samples, self.locations, self.functions, self.strings, self.mappings)
        limits = self.limits
        most = (limits.stacks, limits.locations, limits.functions, limits.strings, _MAPPINGS)
        full = [kind for kind, table in enumerate(tables) if int(self.head[kind]) >= len(table)]
        if any(len(tables[kind]) >= most[kind] for kind in full):
            return False
        for kind in full:
            self._lengthen(kind, min(_STEP * len(tables[kind]), most[kind]))
        return bool(full)

    def within_limits(self) -> bool:
        """Say whether the survey found no more of anything than is allowed."""
        samples, locations, functions, strings, _, labels = self.found[:6]
        limits = self.limits
        return bool(
            samples <= limits.stacks
            and locations <= limits.locations
            and functions <= limits.functions
            and strings <= limits.strings
            and labels <= limits.labels
        )

    def _lengthen(self, kind: int, rows: int) -> None:
        """Make one table longer, and what has a row for each of its rows."""
        if kind == SAMPLES:
            self.samples = words(rows, SAMPLE_COLUMNS)
            self.identities, self.fingerprints, self.goroutines, self.unknown = (words(rows) for _ in range(4))
            self.sums = words(power_of_two(2 * rows + 1))
        elif kind == LOCATIONS:
            self.locations, self.location_hash = words(rows, LOCATION_COLUMNS), words(rows)
        elif kind == FUNCTIONS:
            self.functions, self.function_hash = words(rows, SPAN_COLUMNS), words(rows)
        elif kind == STRINGS:
            self.strings, self.string_hash = words(rows, SPAN_COLUMNS), words(rows)
        else:
            self.mappings = words(rows, MAPPING_COLUMNS)

    def string(self, index: int) -> bytes:
        """Give a string of the profile; empty for an index that is none."""
        if not 0 <= index < int(self.head[STRINGS]):
            return b""
        first, last = self.strings[index]
        return self.data[int(first) : int(last)].tobytes()


def power_of_two(least: int) -> int:
    """Give the smallest power of two that is not below a number."""
    return 1 << (least - 1).bit_length()
