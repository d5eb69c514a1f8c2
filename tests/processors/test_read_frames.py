"""What reading the frames of a goroutine promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.broken import Broken
from processors.read_frames import Body, FrameReader, TooManyFramesError
from schemas.limits import ProfileLimits
from schemas.raw_stack import Frame

LINES = st.sampled_from(
    [
        *(b"main.f(0x1)\n", b"main.f(...)\n", b"main.g({0x1, 0x2})\n", b"main.h\n", b"(0x1)\n", b"panic(0x1)\n", b"\n"),
        *(b"\t/x.go:3 +0x1\n", b"\t/x.go:3\n", b"\t/a b.go:4 +0x1d\n", b"\t/x.go:3 +0x1 +0x2\n", b"\t/x.go:3 +0xg\n"),
        *(b"\tpc=0x12\n", b"\tpc=\n", b"\t+0x1\n", b"\t/x.go:3 +0x1\r\n", b"\t/x.go:3 fp=0x1 pc=0x2\n", b"/x.go:3\n"),
        *(b"created by main.f in goroutine 1\n", b"created by main.f\n", b"created by main.f()\n", b"\t/x.go:3 +0x"),
        *(
            b"...3 frames elided...\n",
            b"[originating from goroutine 1]:\n",
            b"non-Go function at pc=0x1\n",
            b"exit status 2\n",
        ),
    ]
)
PAIRS = [one + two for one in (b"main.f(0x1)\n", b"main.g(...)\n") for two in (b"\t/x.go:3 +0x1\n", b"\t/a b.go:4\n")]
bodies = st.lists(st.one_of(LINES, st.sampled_from(PAIRS)), max_size=12).map(b"".join)


@given(st.lists(bodies, min_size=1, max_size=8), st.integers(2, 6))
def test_what_is_known_is_read_like_what_is_new(given_bodies: list[bytes], frames: int) -> None:
    """A reader that has seen frames before gives the same as a new one."""
    limits = ProfileLimits(frames=frames)
    used = FrameReader(limits)
    for body in (*given_bodies, *given_bodies):
        assert used.read(body) == FrameReader(limits).read(body)


def test_equal_frames_are_one_object() -> None:
    """A dump of a hundred thousand goroutines has some thousand frames."""
    reader = FrameReader(ProfileLimits())
    first, second = (reader.read(b"main.f(%d)\n\t/x.go:3 +0x1\n" % n) for n in (1, 2))
    assert isinstance(first, Body)
    assert isinstance(second, Body)
    assert first.frames[0] is second.frames[0]


def test_distinct_frames_are_bounded() -> None:
    """The next one is refused by the limit's name, the known ones are read."""
    reader = FrameReader(ProfileLimits(distinct_frames=1))
    body = Body((Frame("main.f", "/x.go", 3),), None, 0)
    assert (reader.read(PAIRS[0]), reader.read(PAIRS[0])) == (body, body)
    with pytest.raises(TooManyFramesError, match="too many distinct frames: at most 1 are read"):
        reader.read(PAIRS[1])


def test_what_is_wrong_is_said_with_its_line() -> None:
    """Trimmed, for argument words are not quoted either."""
    assert FrameReader(ProfileLimits()).read(b"main.f(0xc000)\nmain.g()\n") == Broken(
        "no file line follows the function", b"main.f("
    )
