"""Writes debug=2 dumps for tests, and reads them."""

import pytest

from processors.decode_dump import Splitter, decode_dump
from processors.decoded import Decoded
from processors.scan_dump import scan_dump
from processors.split_dump import split_dump
from schemas.limits import ProfileLimits
from schemas.raw_stack import Frame, RawStack

LIMITS = ProfileLimits()
BODY = "main.work(0xc000012345, {0x1?, 0x2})\n\t/src/main.go:20 +0x44\n"
CREATED = "created by main.start in goroutine 1\n\t/src/main.go:10 +0x1d\n"
FRAMES = (Frame("main.work", "/src/main.go", 20),)
START = Frame("main.start", "/src/main.go", 10)

split_ways = pytest.mark.parametrize("split", [split_dump, scan_dump])


def goroutine(words: str, number: int = 7, rest: str = BODY + CREATED) -> str:
    """Write one goroutine with these words behind its number."""
    return f"goroutine {number} {words}:\n{rest}"


def read(text: str, split: Splitter = split_dump, limits: ProfileLimits = LIMITS) -> Decoded:
    """Read a dump."""
    return decode_dump(text.encode(), limits, split)


def only(words: str, rest: str = BODY + CREATED) -> RawStack:
    """Read a dump of one goroutine, both ways."""
    decoded = read(goroutine(words, rest=rest))
    assert decoded == read(goroutine(words, rest=rest), scan_dump)
    assert decoded.problems == ()
    return decoded.stacks[0]


def stack(state: str, count: int = 1, **more: object) -> RawStack:
    """Give the stack that `goroutine` writes, with what its header adds."""
    return RawStack(FRAMES, count, state, created_by=START, **more)  # type: ignore[arg-type]  # fields by name
