"""Profile bytes -> goroutines per fingerprint, doing as little as possible.

Three ways, the fastest that holds: a known build's addresses say what its stacks are; else the names in the profile do;
and what no Go program writes goes to `decode`, with protobuf's own parser. All give the same counts or refusal, but for
a target that lies about a build, until it is read whole again. Only stacks that were never seen are named.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from processors.builds import Build, Builds
from processors.inflate import GZIP_MAGIC, InflateError, inflate
from processors.kernel import survey
from processors.kernel_builds import count_known, move
from processors.kernel_census import CENSUS, FUNCTIONS, LINES, LOCATIONS, STACKS, STRINGS, take_census
from processors.kernel_census import LABELS as ALL_LABELS
from processors.kernel_names import name_locations
from processors.kernel_stacks import count_frames, identify_samples, list_calls, tally
from processors.kernel_wire import (
    ALL_CALLS,
    BUILD_AT,
    BUILD_END,
    COUNT,
    FIRST_LENGTH,
    FULL,
    KIND_AT,
    KIND_END,
    KINDS,
    LABELS,
    MOST_CALLS,
    OK,
    REFERENCES,
    TEXT,
    UNLOCATED,
    Words,
)
from processors.reading import Identify, Reading, Way, make_reading, read_plainly
from processors.scratch import Scratch, words
from processors.spread_key import spread_key
from processors.stacks import Stacks
from schemas.limits import ProfileLimits
from schemas.model import Fingerprint, Problem
from schemas.raw_stack import Frame, RawStack
from schemas.wire.pprof import GOROUTINE_KINDS

_QUOTED_BYTES = 32
_HEAD_BYTES = 512
_CONTROL = re.compile(rb"[\0-\x08]")
"""What tells a protobuf from text, see recognise.py; every profile that Go writes begins with such a byte."""
_STATE_LABELS = b"go::goroutine"
"""Labels that are part of the identity, see goroutine_labels.py."""
_KINDS = frozenset(kind.encode() for kind in GOROUTINE_KINDS)
_KINDS_FOUND, _LABELS, _TEXT, _FIRST_LENGTH = map(int, (KINDS, LABELS, TEXT, FIRST_LENGTH))
_KIND_AT, _KIND_END, _BUILD_AT, _BUILD_END = map(int, (KIND_AT, KIND_END, BUILD_AT, BUILD_END))
_CENSUS = {
    "stacks": STACKS,
    "locations": LOCATIONS,
    "functions": FUNCTIONS,
    "strings": STRINGS,
    "labels": ALL_LABELS,
    "lines": LINES,
}


_WARM = b"".join(
    (
        b"\x0a\x04\x08\x01\x10\x02",  # sample type: goroutine, count
        b"\x22\x0c\x08\x01\x18\x10\x22\x04\x08\x01\x10\x01\x10\x01",  # location 1 at 16: line 1 of function 1
        b"\x2a\x08\x08\x01\x10\x03\x18\x03\x20\x04",  # function 1
        b"\x12\x04\x10\x01\x08\x01",  # one goroutine at location 1
        b"\x1a\x08\x08\x01\x10\x01\x18\x20\x30\x05",  # mapping 1 from 1 to 32, build id
        b"\x32\x00\x32\x09goroutine\x32\x05count\x32\x06main.f\x32\x04f.go\x32\x01b",
    )
)
"""The smallest profile that every part of the machine code has work with."""


@dataclass(frozen=True, slots=True)
class Memory:
    """How much a reader remembers, and how far it trusts what it remembers."""

    stacks: int = 2**18
    """Of both generations each, 32 bytes a stack: the stacks of a thousand services."""
    build_slots: int = 2**23
    """16 bytes a slot: 128 MiB, a thousand builds of 3,363 addresses."""
    recheck_every: int = 16
    """A build's scrapes: one in so many is read whole, which takes twice as long; 1 trusts nothing."""


@dataclass(slots=True)
class Reader:
    """Reads profiles and remembers what stays the same. `key` is a secret of this process.

    `ways` counts profiles by how they were read, `refused` by the limit that refused them.
    """

    identify: Identify
    key: bytes
    limits: ProfileLimits = field(default_factory=ProfileLimits)
    memory: Memory = field(default_factory=Memory)
    ways: Counter[Way] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    scratch: Scratch = field(init=False)
    builds: Builds = field(init=False)
    stacks: Stacks = field(init=False)
    keys: Words = field(init=False)
    calls: Words = field(init=False)

    def __post_init__(self) -> None:
        """Make the memory."""
        self.scratch = Scratch(self.limits)
        self.builds = Builds(self.memory.build_slots, self.memory.recheck_every)
        self.stacks = Stacks(self.memory.stacks)
        self.keys = spread_key(self.key)
        self.calls = words(max(2, self.limits.frames), 3)

    def read(self, service: str, data: bytes) -> Reading:
        """Read a profile as received, gzip or not; never raises, whatever the bytes."""
        reading = self._read_fast(service, data) or self._read_slowly(data)
        self.ways[reading.way] += 1
        return reading

    def warm(self) -> None:
        """Make or load all machine code: half a second where it is kept from an earlier start, else half a minute."""
        other = Reader(self.identify, self.key, self.limits, Memory(1_024, 2**12, self.memory.recheck_every))
        for body in (_WARM, _WARM, _WARM[:-1]):
            other.read("", body)
        s = other.scratch
        count_frames(s.data, s.size, s.head, s.samples, s.locations)
        move(words(2, 2), words(4, 2))

    def _read_fast(self, service: str, data: bytes) -> Reading | None:
        """Read a profile as Go writes it; None for everything else."""
        scratch = self.scratch
        scratch.clear()
        try:
            raw = inflate(data, self.limits.inflated_bytes) if data.startswith(GZIP_MAGIC) else data
        except InflateError:
            return None
        if not _CONTROL.search(raw, 0, _HEAD_BYTES) or not scratch.take(raw) or not self._survey(raw):
            return None
        build = self._meet_build(service, raw)
        if build is not None and self.builds.believes(build):
            reading = self._recall(build)
            if reading is not None:
                return reading
        if not self._name():
            return None
        if build is not None:
            self.builds.learn(build, scratch)
        return self._tally()

    def _survey(self, raw: bytes) -> bool:
        """Note where everything stands; False when the profile is none that Go wrote."""
        s = self.scratch
        status = FULL
        while status == FULL:
            status = survey(s.data, s.size, s.head, s.samples, s.locations, s.functions, s.strings, s.mappings)
            if status == FULL and not s.grow():
                return False
        s.found = found = s.head.tolist()
        regular = status == OK and found[_TEXT] and found[_KINDS_FOUND] == 1 and not found[_FIRST_LENGTH]
        return bool(
            regular
            and s.within_limits()
            and raw[found[_KIND_AT] : found[_KIND_END]] in _KINDS
            and not (found[_LABELS] and _STATE_LABELS in raw)
        )

    def _meet_build(self, service: str, raw: bytes) -> Build | None:
        """Give the build of a profile; None where it has no identity."""
        found = self.scratch.found
        build_id = raw[found[_BUILD_AT] : found[_BUILD_END]]
        return self.builds.meet(service, build_id, int(self.scratch.mappings[0, 2])) if build_id else None

    def _recall(self, build: Build) -> Reading | None:
        """Count by addresses alone; None when names are needed."""
        s, stacks, limits = self.scratch, self.stacks, self.limits
        if int(s.size) > 2 * limits.lines:
            return None
        counted = count_known(
            s.data,
            s.size,
            s.head,
            (s.samples, s.locations),
            (s.mappings[0], build.table),
            s.location_hash,
            s.identities,
            (stacks.young, stacks.old),
            (np.uint64(stacks.filled), np.uint64(limits.all_frames // build.most_calls)),
            s.sums,
            (s.fingerprints, s.goroutines, s.unknown),
            self.keys,
        )
        known, missing, moved = map(int, counted)
        stacks.note_moved(moved)
        return None if missing else self._give(known, Way.KNOWN_BUILD)

    def _name(self) -> bool:
        """Give samples their identities by names; False when the profile is odd, or has too much of something."""
        s = self.scratch
        tables = (s.locations, s.functions, s.strings)
        hashes = (s.location_hash, s.function_hash, s.string_hash)
        if name_locations(s.data, s.size, s.head, tables, hashes, self.keys) != OK or not self._identify():
            return False
        if int(s.head[ALL_CALLS]) > self.limits.lines:
            return False
        if int(s.head[REFERENCES]) * int(s.head[MOST_CALLS]) <= self.limits.all_frames:
            return True
        return int(count_frames(s.data, s.size, s.head, s.samples, s.locations)) <= self.limits.all_frames

    def _identify(self) -> bool:
        """Give samples their identities."""
        s = self.scratch
        status = identify_samples(s.data, s.size, s.head, s.samples, s.location_hash, self.keys, s.identities)
        return bool(status == OK)

    def _tally(self) -> Reading:
        """Add up goroutines per fingerprint, naming the stacks that were never seen."""
        s, stacks = self.scratch, self.stacks
        out = (s.fingerprints, s.goroutines, s.unknown)
        tables, filled = (stacks.young, stacks.old), np.uint64(stacks.filled)
        counted = tally(s.head, s.samples, s.identities, tables, filled, s.sums, out, self.keys)
        known, missing, moved = map(int, counted)
        stacks.note_moved(moved)
        reading = self._give(known, Way.NAMES)
        return self._add_unknown(reading, missing) if missing else reading

    def _give(self, known: int, way: Way) -> Reading:
        """Give what was counted, in arrays of its own."""
        s = self.scratch
        unlocated = int(s.head[UNLOCATED])
        return Reading(
            s.fingerprints[:known].copy(), s.goroutines[:known].copy(), self.stacks.named, way, (), unlocated
        )

    def _add_unknown(self, reading: Reading, missing: int) -> Reading:
        """Name the stacks that were never seen, and add their goroutines."""
        s = self.scratch
        totals = dict(zip(reading.fingerprints.tolist(), reading.goroutines.tolist(), strict=True))
        names = {value: reading.names[value] for value in totals}
        rows = s.unknown[:missing].astype(np.intp)
        identities, counts = s.identities[rows].tolist(), s.samples[rows, int(COUNT)].tolist()
        met: dict[int, Fingerprint] = {}
        frames: dict[tuple[int, ...], Frame] = {}
        for row, identity, count in zip(rows.tolist(), identities, counts, strict=True):
            found = met.get(identity)
            if found is None:
                found = met[identity] = self.identify(self._read_stack(row, count, frames))
            names[found.value] = found
            totals[found.value] = totals.get(found.value, 0) + count
        self.stacks.remember(met)
        return make_reading(totals, names, reading.way, reading.unlocated)

    def _read_stack(self, row: int, count: int, frames: dict[tuple[int, ...], Frame]) -> RawStack:
        """Read one sample; `frames` are those of this profile that were read before."""
        s = self.scratch
        tables = (s.samples, s.locations, s.functions)
        total = int(list_calls(s.data, s.size, s.head, tables, np.uint64(row), self.calls))
        elided = max(0, total - len(self.calls))
        calls = self.calls[: total - elided].tolist()
        if elided:  # the root end is a ring, see list_calls
            half = len(calls) // 2
            turn = half + (total - half) % (len(calls) - half)
            calls = calls[:half] + calls[turn:] + calls[half:turn]
        return RawStack(tuple(self._frame(call, frames) for call in calls), count, elided=elided)

    def _frame(self, call: Sequence[int], frames: dict[tuple[int, ...], Frame]) -> Frame:
        """Give one call, whose strings the survey found to be UTF-8; a line is a signed number."""
        key = tuple(call)
        frame = frames.get(key)
        if frame is None:
            name, file, line = key
            texts = self.scratch.string(name).decode(), self.scratch.string(file).decode()
            frame = frames[key] = Frame(*texts, line - 2**64 if line >= 2**63 else line)
        return frame

    def _read_slowly(self, data: bytes) -> Reading:
        """Read a profile by `decode`, unless it holds too much for objects to be made of it."""
        exceeded = self._exceeded()
        if exceeded is None:
            return read_plainly(self.identify, data, self.limits)
        return make_reading({}, {}, Way.OTHER, 0, (Problem("byte 0", exceeded, repr(data[:_QUOTED_BYTES])),))

    def _exceeded(self) -> str | None:
        """Say which limit the profile in the scratch exceeds, before protobuf makes objects of it."""
        census = words(CENSUS)
        whole = take_census(self.scratch.data, self.scratch.size, census)
        exceeded = self.limits.find_exceeded({name: int(census[place]) for name, place in _CENSUS.items()})
        if exceeded is None:
            return None
        if not whole:  # as protobuf will find; it must not make objects of so much before
            return "not a pprof profile: the protobuf does not parse"
        self.refused[exceeded[0]] += 1
        return exceeded[1]
