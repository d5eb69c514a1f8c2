"""pprof's profile.proto, read into plain values.

The only file that sees profile_pb2. It refuses what google/pprof's CheckValid refuses, but a sample that is broken
costs itself only; identifiers are looked up in dictionaries, because a hostile profile numbers things as it likes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from google.protobuf.message import DecodeError

from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import Frame, RawStack
from schemas.wire import profile_pb2 as pb

MAXIMUM_COUNT = 2**32 - 1
GOROUTINE_KINDS = ("goroutine", "goroutineleak", "goroutines")
"""What a sample type may be called."""

_STATE_LABELS = "go::goroutine"
"""What begins the labels of CockroachDB's Go, see processors/goroutine_labels.py."""


class NotPprofError(ValueError):
    """These bytes are no goroutine profile that is read; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class PprofStacks:
    """The samples of a profile that could be read, and what was wrong with the rest.

    `unlocated` counts goroutines in samples without locations: Go 1.27 writes one for a main parked in `select {}`.
    """

    stacks: tuple[RawStack, ...]
    problems: tuple[Problem, ...]
    unlocated: int


def parse_pprof(data: bytes, limits: ProfileLimits) -> PprofStacks:
    """Read the raw (inflated) bytes of a goroutine profile; raise NotPprofError when they are none, or too much."""
    _check_limits({"protobuf_bytes": len(data)}, limits)
    profile = pb.Profile()
    try:
        profile.ParseFromString(data)
    except DecodeError as error:
        raise NotPprofError("not a pprof profile: the protobuf does not parse") from error
    _check_limits(_count(profile), limits)
    _check_kind(profile)
    return _read_samples(profile, limits)


def name_kind(data: bytes) -> str:
    """Give the sample type of the raw (inflated) bytes of a profile, empty when they are none or have several."""
    profile = pb.Profile()
    try:
        profile.ParseFromString(data)
    except DecodeError:
        return ""
    kinds = [_string(profile.string_table, kind.type) for kind in profile.sample_type]
    return kinds[0] if len(kinds) == 1 else ""


def _check_limits(counts: Mapping[str, int], limits: ProfileLimits) -> None:
    """Refuse what is more than a limit."""
    exceeded = limits.find_exceeded(counts)
    if exceeded is not None:
        raise NotPprofError(exceeded[1])


def _count(profile: pb.Profile) -> dict[str, int]:
    """Count what is limited, in the order in which the limits are looked at."""
    return {
        "stacks": len(profile.sample),
        "locations": len(profile.location),
        "functions": len(profile.function),
        "strings": len(profile.string_table),
        "labels": sum(len(sample.label) for sample in profile.sample),
        "lines": sum(len(location.line) for location in profile.location),
    }


def _check_kind(profile: pb.Profile) -> None:
    """Refuse what is not a goroutine profile of one moment."""
    strings = profile.string_table
    if not strings or strings[0]:
        raise NotPprofError("not a pprof profile: the string table does not begin with an empty string")
    kinds = [_string(strings, kind.type) for kind in profile.sample_type]
    if len(kinds) != 1 or kinds[0] not in GOROUTINE_KINDS:
        shown = ", ".join(kinds)[:80] or "none"
        raise NotPprofError(f"not a goroutine profile: its sample types are {shown!r}")
    if profile.duration_nanos > 0:
        raise NotPprofError("a delta profile (taken with ?seconds=): counts of one moment are needed")
    if any(value < 0 for sample in profile.sample for value in sample.value):
        raise NotPprofError("a delta profile (it has negative counts): counts of one moment are needed")


def _read_samples(profile: pb.Profile, limits: ProfileLimits) -> PprofStacks:
    """Turn samples into stacks; a broken one becomes a problem."""
    locations = _name_locations(profile)
    _check_limits({"all_frames": _count_frames(profile, locations)}, limits)
    stacks: list[RawStack] = []
    problems: list[Problem] = []
    unlocated = unread = 0
    for index, sample in enumerate(profile.sample):
        read = _read_sample(sample, locations, profile.string_table, limits.frames)
        if isinstance(read, RawStack):
            stacks.append(read)
        elif isinstance(read, int):
            unlocated += read
        elif len(problems) < limits.problems:
            problems.append(Problem(f"sample {index}", read))
        else:
            unread += 1
    if unread:
        problems.append(Problem("samples", f"{unread} more could not be read"))
    return PprofStacks(tuple(stacks), tuple(problems), unlocated)


def _count_frames(profile: pb.Profile, locations: Mapping[int, tuple[Frame, ...]]) -> int:
    """Count the frames of all stacks, before any of them is put together."""
    sizes = {identifier: len(calls) for identifier, calls in locations.items()}
    return sum(sizes.get(identifier, 0) for sample in profile.sample for identifier in sample.location_id)


def _read_sample(
    sample: pb.Sample, locations: Mapping[int, tuple[Frame, ...]], strings: object, maximum_frames: int
) -> RawStack | int | str:
    """Read one sample: a stack, the count of one without locations, or what is wrong with it."""
    if len(sample.value) != 1:
        return f"has {len(sample.value)} values instead of one"
    count = sample.value[0]
    if count > MAXIMUM_COUNT:
        return f"has the count {count}"
    if not sample.location_id:
        return int(count)
    chains: list[tuple[Frame, ...]] = []
    for identifier in sample.location_id:
        calls = locations.get(identifier)
        if calls is None:
            return f"points to location {identifier}, which does not exist"
        chains.append(calls)
    frames, elided = keep_ends(chains, maximum_frames)
    return RawStack(frames, count, labels=_labels(sample, strings), elided=elided)


def keep_ends(chains: Sequence[tuple[Frame, ...]], maximum_frames: int) -> tuple[tuple[Frame, ...], int]:
    """Join calls to frames; where they are too many, the half at the leaf and the half at the root stay.

    Gives the frames, and how many were left out between both halves.
    """
    total = sum(map(len, chains))
    if total <= maximum_frames:
        return tuple(chain.from_iterable(chains)), 0
    leaf_frames = maximum_frames // 2
    root_frames = maximum_frames - leaf_frames
    leaf = tuple(islice(chain.from_iterable(chains), leaf_frames))
    root = tuple(islice((frame for calls in reversed(chains) for frame in reversed(calls)), root_frames))
    return (*leaf, *reversed(root)), total - maximum_frames


def _labels(sample: pb.Sample, strings: object) -> dict[str, str]:
    """Read the string labels of a sample; of numeric ones only CockroachDB's, which say what a dump's header says."""
    named = ((_string(strings, label.key), label) for label in sample.label)
    return {
        key: _string(strings, label.str) if label.str else str(label.num)
        for key, label in named
        if label.str or key.startswith(_STATE_LABELS)
    }


def _name_locations(profile: pb.Profile) -> dict[int, tuple[Frame, ...]]:
    """Map each location to its calls, innermost inlined call first.

    A location without lines is valid (not symbolised) and is named by its address. A line whose function does not
    exist makes its location unknown, so that the samples which use it say so.
    """
    strings = list(profile.string_table)
    end = len(strings)
    functions = {
        f.id: (strings[f.name], strings[f.filename] if 0 < f.filename < end else "")
        for f in profile.function
        if 0 < f.name < end and f.id
    }
    located: dict[int, tuple[Frame, ...]] = {}
    for location in profile.location:
        calls = tuple(
            Frame(*functions[line.function_id], line.line) for line in location.line if line.function_id in functions
        )
        if location.id and len(calls) == len(location.line):
            located[location.id] = calls or (Frame(f"0x{location.address:x}"),)
    return located


def _string(strings: object, index: int) -> str:
    """Look up a string; an index outside the table gives the empty string, never a neighbour."""
    table: list[str] = strings  # type: ignore[assignment]  # protobuf's container has no public type
    return table[index] if 0 <= index < len(table) else ""
