"""pprof's profile.proto, read into plain values.

The only file that sees profile_pb2. It refuses what google/pprof's CheckValid refuses, but a sample that is broken
costs itself only; identifiers are looked up in dictionaries, because a hostile profile numbers things as it likes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import Frame, RawStack
from schemas.wire import profile_pb2 as pb

_MAXIMUM_COUNT = 2**32 - 1


class NotPprofError(ValueError):
    """These bytes are no goroutine profile; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class PprofStacks:
    """The samples of a profile that could be read, and what was wrong with the rest.

    `unlocated` counts goroutines in samples without locations: Go 1.27 writes one for a main parked in `select {}`.
    """

    stacks: tuple[RawStack, ...]
    problems: tuple[Problem, ...]
    unlocated: int


def parse_pprof(data: bytes, limits: ProfileLimits) -> PprofStacks:
    """Read the raw (inflated) bytes of a goroutine profile; raise NotPprofError when they are none."""
    profile = pb.Profile()
    try:
        profile.ParseFromString(data)
    except DecodeError as error:
        raise NotPprofError("not a pprof profile: the protobuf does not parse") from error
    _check_kind(profile)
    if len(profile.sample) > limits.stacks:
        raise NotPprofError(f"too many stacks: {len(profile.sample)}, at most {limits.stacks}")
    return _read_samples(profile, limits)


def _check_kind(profile: pb.Profile) -> None:
    """Refuse what is not a goroutine profile of one moment."""
    strings = profile.string_table
    if not strings or strings[0]:
        raise NotPprofError("not a pprof profile: the string table does not begin with an empty string")
    kinds = [_string(strings, kind.type) for kind in profile.sample_type]
    if len(kinds) != 1 or kinds[0] not in ("goroutine", "goroutineleak", "goroutines"):
        shown = ", ".join(kinds)[:80] or "none"
        raise NotPprofError(f"not a goroutine profile: its sample types are {shown!r}")
    if profile.duration_nanos > 0:
        raise NotPprofError("a delta profile (taken with ?seconds=): counts of one moment are needed")


def _read_samples(profile: pb.Profile, limits: ProfileLimits) -> PprofStacks:
    """Turn samples into stacks; a broken one becomes a problem."""
    locations = _name_locations(profile)
    stacks: list[RawStack] = []
    problems: list[Problem] = []
    unlocated = 0
    for index, sample in enumerate(profile.sample):
        read = _read_sample(sample, locations, profile.string_table, limits.frames)
        if isinstance(read, RawStack):
            stacks.append(read)
        elif isinstance(read, int):
            unlocated += read
        elif len(problems) < limits.problems:
            problems.append(Problem(f"sample {index}", read))
    return PprofStacks(tuple(stacks), tuple(problems), unlocated)


def _read_sample(
    sample: pb.Sample, locations: Mapping[int, tuple[Frame, ...]], strings: object, maximum_frames: int
) -> RawStack | int | str:
    """Read one sample: a stack, the count of one without locations, or what is wrong with it."""
    if len(sample.value) != 1:
        return f"has {len(sample.value)} values instead of one"
    count = sample.value[0]
    if not 0 <= count <= _MAXIMUM_COUNT:
        return f"has the count {count}"
    if not sample.location_id:
        return int(count)
    frames: list[Frame] = []
    for identifier in sample.location_id:
        calls = locations.get(identifier)
        if calls is None:
            return f"points to location {identifier}, which does not exist"
        frames.extend(calls)
        if len(frames) > maximum_frames:
            return f"has more than {maximum_frames} frames"
    return RawStack(tuple(frames), count, labels=_labels(sample, strings))


def _labels(sample: pb.Sample, strings: object) -> dict[str, str]:
    """Read the string labels of a sample; numeric ones are not goroutine labels."""
    return {_string(strings, label.key): _string(strings, label.str) for label in sample.label if label.str}


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
