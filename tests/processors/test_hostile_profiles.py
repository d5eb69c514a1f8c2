"""Hostile profiles: each class by its name, with what becomes of it; the fast ways and protobuf's own parser agree."""

import gzip
import zlib
from collections.abc import Sequence
from itertools import chain

import pytest

from schemas.limits import ProfileLimits
from tests.fuzz.law import make_reader, outcome_of, outcome_of_oracle
from tests.fuzz.mutate import join, varint

DELTA = "a delta profile (taken with ?seconds=): counts of one moment are needed"
NEGATIVE = "a delta profile (it has negative counts): counts of one moment are needed"
BROKEN = "not a pprof profile: the protobuf does not parse"
TABLE = "not a pprof profile: the string table does not begin with an empty string"
LIMITS = ProfileLimits(
    inflated_bytes=200_000, protobuf_bytes=100_000, stacks=50, frames=8, all_frames=5_000, strings=100, labels=20,
    locations=60, lines=400, functions=60,
)  # fmt: skip


def message(*fields: tuple[int, int | bytes]) -> bytes:
    """Write a message of (field, number or body) pairs."""
    return join([(field << 3, varint(v % 2**64)) if isinstance(v, int) else (field << 3 | 2, v) for field, v in fields])


def sample(ids: Sequence[int], count: int = 1, *more: tuple[int, int | bytes]) -> tuple[int, bytes]:
    """Write a sample."""
    return 2, message(*((1, number) for number in ids), (2, count), *more)


def location(number: int, *functions: int, **fields: int) -> tuple[int, bytes]:
    """Write a location with a line for each function."""
    lines = [(4, message((1, function), (2, 7))) for function in functions]
    return 4, message((1, number), (3, fields.get("address", 4096 + number)), *lines)


def function(number: int, name: int, file: int = 5) -> tuple[int, bytes]:
    """Write a function."""
    return 5, message((1, number), (2, name), (4, file))


def strings(*texts: bytes) -> list[tuple[int, bytes]]:
    """Write a string table; the first three are those of every profile."""
    return [(6, text) for text in (b"", b"goroutine", b"count", *texts)]


KIND: tuple[int, bytes] = (1, message((1, 1), (2, 2)))
NAMES = strings(b"main.a", b"main.b", b"a.go")
FUNCTIONS = [function(1, 3), function(2, 4)]
LOCATIONS = [location(1, 1), location(2, 2)]
SAMPLES = [sample([1, 2], 3), sample([2, 1, 1], 4)]
PLAIN: list[tuple[int, bytes]] = [KIND, *SAMPLES, *LOCATIONS, *FUNCTIONS, *NAMES]


def made(*parts: Sequence[tuple[int, int | bytes]]) -> bytes:
    """Write a profile of some parts."""
    return message(*chain.from_iterable(parts))


def instead(**parts: Sequence[tuple[int, int | bytes]]) -> bytes:
    """Write the plain profile with some of its parts changed."""
    whole: dict[str, Sequence[tuple[int, int | bytes]]] = {
        "kind": [KIND], "samples": SAMPLES, "locations": LOCATIONS, "functions": FUNCTIONS, "names": NAMES, "more": [],
    }  # fmt: skip
    return made(*(whole | parts).values())


RAW = made(PLAIN)
PACKED = gzip.compress(RAW, mtime=0)
LONG_ID = (2, bytes.fromhex("0a03") + b"\x81\x80\x00" + b"\x10\x03")
GROUP = b"\x7b\x08\x01\x7c"
"""Field 15 as a group, with a number in it."""

CLASSES: dict[str, tuple[bytes, str]] = {
    # gzip
    "gzip: whole": (PACKED, "7 in 2"),
    "gzip: wrong magic": (b"\x1f\x8c" + PACKED[2:], BROKEN),
    "gzip: truncated": (PACKED[:-9], "the gzip stream is cut off"),
    "gzip: only its header": (PACKED[:10], "the gzip stream is cut off"),
    "gzip: trailing garbage": (PACKED + b"garbage", "7 bytes follow the gzip stream"),
    "gzip: two members": (gzip.compress(RAW[:30], mtime=0) + gzip.compress(RAW[30:], mtime=0), "7 in 2"),
    "gzip: bomb": (gzip.compress(bytes(10_000_000), mtime=0), "the profile inflates to more than 200000 bytes"),
    "gzip: zlib instead": (zlib.compress(RAW), BROKEN),
    "gzip: deflate instead": (zlib.compress(RAW)[2:-4], BROKEN),
    "gzip: twice": (gzip.compress(PACKED, mtime=0), "the profile is compressed twice"),
    "gzip: stored blocks": (gzip.compress(RAW, 0, mtime=0), "7 in 2"),
    "gzip: wrong sum": (PACKED[:-8] + bytes(4) + PACKED[-4:], "the gzip stream is broken"),
    "gzip: wrong size": (PACKED[:-4] + bytes(4), "the gzip stream is broken"),
    # body
    "body: empty": (b"", "the profile is empty"),
    "body: empty in gzip": (gzip.compress(b"", mtime=0), "the profile is empty"),
    "body: a web page": (b"<html><body>502 Bad Gateway</body></html>", "not a profile: a web page"),
    "body: JSON": (b'{"error":"not found"}', "not a profile: JSON"),
    "body: cut": (RAW[: len(RAW) // 2], BROKEN),
    "body: too much protobuf": (RAW + message((6, b"x" * 100_000)), "too many protobuf bytes"),
    "body: two profiles": (RAW + RAW, "not a goroutine profile: its sample types are 'goroutine, goroutine'"),
    # protobuf
    "protobuf: unknown field": (instead(more=[(15, 5), (14, b"words")]), "7 in 2"),
    "protobuf: unknown wire type": (RAW + b"\x7e\x01", BROKEN),
    "protobuf: fixed 64 bits": (RAW + b"\x79" + bytes(8), "7 in 2"),
    "protobuf: group": (RAW + GROUP, "7 in 2"),
    "protobuf: group that does not end": (RAW + b"\x7b\x08\x01", BROKEN),
    "protobuf: group that did not begin": (RAW + b"\x7c", BROKEN),
    "protobuf: number longer than it needs": (instead(samples=[LONG_ID]), "3 in 1"),
    "protobuf: number of eleven bytes": (RAW + b"\x48" + b"\x80" * 10 + b"\x01", BROKEN),
    "protobuf: unknown number beyond 64 bits": (RAW + b"\x78" + b"\x80" * 9 + b"\x02", "7 in 2"),
    "protobuf: the same in what a limit refuses": (
        instead(samples=SAMPLES * 30) + b"\x78" + b"\x80" * 9 + b"\x02",
        "too many stacks: 60",
    ),
    "protobuf: tag longer than it needs": (RAW + b"\xc8\x00\x05", "7 in 2"),
    "protobuf: packed": (instead(samples=[(2, message((1, b"\x01\x02"), (2, b"\x03")))]), "3 in 1"),
    "protobuf: packed and unpacked": (instead(samples=[(2, message((1, b"\x01"), (1, 2), (2, 3)))]), "3 in 1"),
    "protobuf: last number wins": (
        instead(locations=[(4, message((1, 9), (1, 1), (4, message((1, 1))))), location(2, 2)]),
        "7 in 2",
    ),
    "protobuf: field 0": (RAW + b"\x00\x01", BROKEN),
    "protobuf: length beyond the end": (RAW + b"\x0a\xff\x01", BROKEN),
    "protobuf: length beyond its message": (instead(locations=[(4, b"\x08\x01\x22\x7f"), location(2, 2)]), BROKEN),
    "protobuf: number of 2^63": (instead(more=[(9, 2**63)]), "7 in 2"),
    # tables
    "tables: first string is not empty": (instead(names=[(6, b"x"), *NAMES]), TABLE),
    "tables: no strings": (instead(names=[]), TABLE),
    "tables: name out of range": (
        instead(functions=[function(1, 99), function(2, 4)]),
        "points to location 1, which does not exist",
    ),
    "tables: name negative": (
        instead(functions=[function(1, -1), function(2, 4)]),
        "points to location 1, which does not exist",
    ),
    "tables: file negative": (instead(functions=[function(1, 3, -5), function(2, 4)]), "7 in 2"),
    "tables: file out of range": (instead(functions=[function(1, 3, 99), function(2, 4)]), "7 in 2"),
    "tables: invalid UTF-8": (instead(names=strings(b"main.\xff", b"main.b", b"a.go")), BROKEN),
    "tables: a surrogate": (instead(names=strings(b"main.\xed\xa0\x80", b"main.b", b"a.go")), BROKEN),
    "tables: UTF-8": (instead(names=strings("main.größe·1".encode(), b"main.b", b"a.go")), "7 in 2"),
    "tables: NUL and controls": (instead(names=strings(b"main.\0\x1b[31m", b"main.b", b"a.go")), "7 in 2"),
    "tables: direction marks": (instead(names=strings("main.\u202eevil".encode(), b"main.b", b"a.go")), "7 in 2"),
    "tables: a long name": (instead(names=strings(b"m" * 60_000, b"main.b", b"a.go")), "7 in 2"),
    "tables: too many strings": (instead(more=strings(*[b"x"] * 100)), "too many strings: 109"),
    "tables: too many functions": (instead(more=[function(n, 3) for n in range(3, 70)]), "too many functions: 69"),
    "tables: too many locations": (instead(more=[location(n, 1) for n in range(3, 70)]), "too many locations: 69"),
    "tables: too many lines": (instead(more=[location(3, *[1] * 500)]), "too many lines: 502"),
    "tables: location 0": (
        instead(locations=[location(0, 1), location(2, 2)]),
        "points to location 1, which does not exist",
    ),
    "tables: function 0": (
        instead(functions=[function(0, 3), function(2, 4)]),
        "points to location 1, which does not exist",
    ),
    "tables: location twice": (instead(locations=[*LOCATIONS, location(1, 2)]), "7 in 2"),
    "tables: function twice": (instead(functions=[*FUNCTIONS, function(1, 4)]), "7 in 2"),
    "tables: identifiers of 2^63": (
        instead(samples=[sample([2**63, 2], 3)], locations=[location(2**63, 1), location(2, 2)]),
        "3 in 1",
    ),
    "tables: line without function": (
        instead(locations=[location(1, 9), location(2, 2)]),
        "points to location 1, which does not exist",
    ),
    "tables: location without lines": (instead(locations=[location(1), location(2, 2)]), "7 in 2"),
    "tables: deep inlining": (instead(locations=[location(1, *[1] * 300), location(2, 2)]), "7 in 2"),
    "tables: recursion": (instead(samples=[sample([1] * 1_000, 3)]), "3 in 1"),
    "tables: more recursion than Go writes": (instead(samples=[sample([1] * 3_000, 3)]), "3 in 1"),
    "tables: too many frames in all": (instead(samples=[sample([1] * 6_000, 3)]), "too many all frames: 6000"),
    # samples
    "sample: two values": (instead(samples=[sample([1], 3, (2, 4))]), "has 2 values instead of one"),
    "sample: no value": (instead(samples=[(2, message((1, 1)))]), "has 0 values instead of one"),
    "sample: no locations": (instead(samples=[sample([], 3), *SAMPLES]), "7 in 2, 3 without"),
    "sample: negative count": (instead(samples=[sample([1], -1), *SAMPLES]), NEGATIVE),
    "sample: count beyond 32 bits": (instead(samples=[sample([1], 2**40)]), "has the count 1099511627776"),
    "sample: sum beyond 32 bits": (instead(samples=[sample([1], 2**32 - 1)] * 2), "4294967295 in 1"),
    "sample: location does not exist": (
        instead(samples=[sample([7], 1)]),
        "points to location 7, which does not exist",
    ),
    "sample: too many": (instead(samples=SAMPLES * 30), "too many stacks: 60"),
    "sample: none": (instead(samples=[]), "0 in 0"),
    "sample: the same twice": (instead(samples=SAMPLES * 2), "14 in 2"),
    "sample: another kind of profile": (
        instead(names=[(6, b""), (6, b"samples"), *NAMES[2:]]),
        "not a goroutine profile: its sample types are 'samples'",
    ),
    "sample: two kinds": (instead(kind=[KIND, KIND]), "not a goroutine profile: its sample types are 'goroutine, "),
    "sample: no kind": (instead(kind=[]), "not a goroutine profile: its sample types are 'none'"),
    "sample: a delta": (instead(more=[(10, 5_000_000_000)]), DELTA),
    "sample: a period": (instead(more=[(11, message((1, 1), (2, 2))), (12, 100)]), "7 in 2"),
    "sample: a label twice": (instead(samples=[sample([1], 3, *[(3, message((1, 3), (2, 4)))] * 2)]), "3 in 1"),
    "sample: a label that is a number": (instead(samples=[sample([1], 3, (3, message((1, 3), (3, 9))))]), "3 in 1"),
    "sample: too many labels": (
        instead(samples=[sample([1], 3, *[(3, message((1, 3), (2, 4)))] * 25)]),
        "too many labels: 25",
    ),
    # time
    "time: 0": (instead(more=[(9, 0)]), "7 in 2"),
    "time: the year 2262": (instead(more=[(9, 2**63 - 1)]), "7 in 2"),
    "time: before 1970": (instead(more=[(9, -1)]), "7 in 2"),
}


@pytest.mark.parametrize("name", CLASSES)
def test_hostile_profile_gives_what_protobuf_gives(name: str) -> None:
    """Counts or a refusal with its sentence, the same from a reader that met it before and from plain decoding."""
    data, expected = CLASSES[name]
    reader = make_reader(LIMITS)
    first = outcome_of(reader.read("s", data))
    again = outcome_of(reader.read("s", data))
    said = f"{sum(n for _, n in first.counts)} in {len(first.counts)}"
    said += f", {first.unlocated} without" if first.unlocated else ""
    told = first.problem or said
    assert (told[: len(expected)], again) == (expected, first)
    assert first == outcome_of_oracle(data, LIMITS)
