"""What decoding promises."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decode import Decoded, decode
from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import Frame, RawStack, make_frames
from tests.pprof_maker import make_profile

SEND = (("runtime.gopark", "runtime.chansend", "main.leak"), 7)
IDLE = (("runtime.gopark", "main.idle"), 2)


def as_read(sample: tuple[tuple[str, ...], int]) -> RawStack:
    """Give what is read of a sample."""
    names, count = sample
    return RawStack(make_frames(names), count)


@pytest.mark.parametrize("compress", [True, False])
def test_profile_gives_its_stacks_with_or_without_gzip(compress: bool) -> None:  # noqa: FBT001 a test parameter
    """Both forms that Go programs serve give the same stacks."""
    decoded = decode(make_profile([SEND, IDLE], compress=compress))
    assert decoded == Decoded((as_read(SEND), as_read(IDLE)), ())


def test_several_gzip_members_are_one_profile() -> None:
    """A gzip stream may consist of several members."""
    raw = make_profile([SEND], compress=False)
    assert decode(gzip.compress(raw[:20]) + gzip.compress(raw[20:])).stacks == (as_read(SEND),)


DUMP = b"goroutine 7 [select]:\nmain.work(0x1)\n\t/x.go:3 +0x1d\n"
COUNTS = b"goroutine profile: total 2\n2 @ 0x1 0x2\n#\t0x1\tmain.work+0x1d\t/x.go:3\n\n"
WORK = (Frame("main.work", "/x.go", 3),)


@pytest.mark.parametrize(
    ("text", "stack"), [(DUMP, RawStack(WORK, 1, "select")), (COUNTS, RawStack(WORK, 2))], ids=["debug=2", "debug=1"]
)
@pytest.mark.parametrize("wrap", ["", "gzip", "byte order mark"])
def test_text_is_told_from_its_content(text: bytes, stack: RawStack, wrap: str) -> None:
    """Packed or not, with the mark that editors write or without."""
    wrapped = {"": text, "gzip": gzip.compress(text, mtime=0), "byte order mark": b"\xef\xbb\xbf" + text}
    assert decode(wrapped[wrap]) == Decoded((stack,), ())


def test_large_dump_is_read_like_a_small_one() -> None:
    """Compiled code takes over from a quarter of a megabyte on; the result says nothing of it."""
    many = 10_000
    assert decode(b"\n".join([DUMP] * many)) == Decoded((RawStack(WORK, many, "select"),), ())


def test_sample_without_locations_is_counted_aside() -> None:
    """Go 1.27 writes a sample without locations for a main parked in select: it is no stack."""
    assert decode(make_profile([SEND, ((), 1)])) == Decoded((as_read(SEND),), (), unlocated=1)


def test_bad_sample_costs_itself_only() -> None:
    """A count that no store can hold is a problem with its place, the other stacks are read."""
    decoded = decode(make_profile([SEND, (("main.x",), 2**32)]))
    assert decoded == Decoded((as_read(SEND),), (Problem("sample 1", "has the count 4294967296"),))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the profile is empty"),
        (b"<html>", "not a profile: a web page"),
        (gzip.compress(b"x" * 100, mtime=0)[:-12], "the gzip stream is cut off"),
        (gzip.compress(b"x", mtime=0) + b"tail", "4 bytes follow the gzip stream"),
        (
            make_profile([SEND], duration_nanos=5),
            "a delta profile (taken with ?seconds=): counts of one moment are needed",
        ),
        (
            make_profile([SEND, (("main.x",), -3)]),
            "a delta profile (it has negative counts): counts of one moment are needed",
        ),
    ],
)
def test_refusal_says_what_is_wrong(data: bytes, what: str) -> None:
    """What is no profile gives no stacks and one problem that says why."""
    decoded = decode(data)
    assert (decoded.stacks, [problem.what for problem in decoded.problems]) == ((), [what])


def test_bomb_is_refused_before_it_is_inflated() -> None:
    """A small body that inflates beyond the limit is refused."""
    bomb = gzip.compress(bytes(10_000_000))
    assert decode(bomb, ProfileLimits(inflated_bytes=1_000_000)).problems[0].what == (
        "the profile inflates to more than 1000000 bytes"
    )


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data: bytes) -> None:
    """Any bytes give stacks or problems, never an exception."""
    decoded = decode(data)
    assert decoded.stacks or decoded.problems or decoded.unlocated >= 0


@given(st.integers(0, 400), st.integers(0, 255))
def test_damaged_profile_never_raises(place: int, value: int) -> None:
    """A profile with one byte changed gives stacks or problems."""
    raw = bytearray(make_profile([SEND, IDLE], compress=False))
    raw[place % len(raw)] = value
    decode(bytes(raw))
    decode(zlib.compress(bytes(raw)))
