"""What a process says of its memory, and what is no such word."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.read_heap import read_heap
from schemas.heap import MemStats
from schemas.limits import ProfileLimits
from schemas.model import Problem

HEAPS = Path(__file__).parents[1] / "golden" / "heaps"
LIMITS = ProfileLimits(inflated_bytes=100_000)
TEXT = gzip.decompress((HEAPS / "go1.27.3.heap.txt.gz").read_bytes())


@pytest.mark.parametrize(
    ("version", "stats"),
    [
        ("1.23.9", MemStats(31170296, 31784960, 4259840, 42554632, 31322448, 54721264, 4, 0, 2568065)),
        ("1.27.3", MemStats(31429840, 32022528, 4259840, 46835992, 31584040, 54677106, 4, 0, 4338413)),
    ],
)
def test_counters_of_real_programs_are_read(version: str, stats: MemStats) -> None:
    """Of old and new Go alike, gzip or not."""
    packed = (HEAPS / f"go{version}.heap.txt.gz").read_bytes()
    assert (read_heap(packed, LIMITS), read_heap(gzip.decompress(packed), LIMITS)) == (stats, stats)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem("byte 0", "not a heap profile as text (debug=1)", "b''")),
        (b"<html>", Problem("byte 0", "not a heap profile as text (debug=1)", "b'<html>'")),
        (
            TEXT[:900],
            Problem("byte 900", "cut off: no counters of runtime.MemStats at the end"),
        ),
        (
            TEXT[: TEXT.index(b"# NumGC")],
            Problem(f"byte {TEXT.index(b'# NumGC')}", "cut off: runtime.MemStats without NumGC, NumForcedGC"),
        ),
        (TEXT[:-1], Problem(f"byte {len(TEXT) - 1}", "cut off: runtime.MemStats without an end")),
        (TEXT + b"x" * 100_000, Problem("byte 0", "larger than 100000 bytes")),
        (gzip.compress(bytes(200_000)), Problem("byte 0", "the profile inflates to more than 100000 bytes")),
        (gzip.compress(TEXT)[:-9], Problem("byte 0", "the gzip stream is cut off")),
        (
            TEXT.replace(b"# Sys = 46835992", b"# Sys = 7"),
            Problem(f"byte {TEXT.index(b'# runtime') - 1}", "runtime.MemStats with 32022528 of 7 bytes in use"),
        ),
        (
            TEXT.replace(b"# Sys = 46835992", b"# Sys = " + b"9" * 21),
            Problem(f"byte {len(TEXT) + 13}", "cut off: runtime.MemStats without Sys"),
        ),
    ],
)
def test_what_is_no_heap_profile_is_a_problem(data: bytes, problem: Problem) -> None:
    """A web page, a text that is cut off, one without an end, and one that lies."""
    assert read_heap(data, LIMITS) == problem


@pytest.mark.parametrize(
    ("records", "least"),
    [
        (b"400: 419430400 [400: 419430400] @ 0x1", 461_000_000),
        (b"400: 6553600 [400: 6553600] @ 0x1", 181_200_000),
        (b"9: 9437184 [9: 9437184] @ 0x1", 6_900_000),
        (b"4: 65536 [9: 147456] @ 0x1", 0),
        (b"0: 0 [9: 147456] @ 0x1", 0),
        (b"999999999999999: 1 [0: 0] @ 0x1", 900_000_000),
    ],
)
def test_samples_say_what_lived_at_least(records: bytes, least: int) -> None:
    """Scaled as pprof scales them, less three deviations; few of them say nothing."""
    start, end = TEXT.index(b"\n") + 1, TEXT.index(b"# runtime") - 1
    counters = TEXT[end:].replace(b"# Sys = 4", b"# Sys = 400").replace(b"Alloc = 31429840", b"Alloc = 900000000")
    counters = counters.replace(b"# TotalAlloc = 3", b"# TotalAlloc = 300")
    stats = read_heap(TEXT[:start] + records + counters, LIMITS)
    assert isinstance(stats, MemStats)
    assert stats.sampled_least == pytest.approx(least, rel=0.01)


def test_profile_without_sampling_says_nothing_by_samples() -> None:
    """`runtime.MemProfileRate` is 0 then."""
    stats = read_heap(TEXT.replace(b"@ heap/1048576", b"@ heap/0"), LIMITS)
    assert isinstance(stats, MemStats)
    assert stats.sampled_least == 0


@given(st.binary(max_size=40), st.integers(0, len(TEXT)))
def test_no_bytes_raise(noise: bytes, at: int) -> None:
    """Neither alone, nor anywhere in a profile."""
    assert isinstance(read_heap(noise, LIMITS), Problem)
    assert isinstance(read_heap(TEXT[:at] + noise + TEXT[at + len(noise) :], LIMITS), MemStats | Problem)
