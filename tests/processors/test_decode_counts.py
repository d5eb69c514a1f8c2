"""What reading debug=1 text promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.decode_counts import decode_counts
from processors.decoded import Decoded
from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import Frame, RawStack

LIMITS = ProfileLimits()
WORKER = b"3 @ 0x43a0d6 0x40c2cc\n#\t0x47b2c4\tmain.(*queue[...]).work+0x44\t\t/src/main.go:20\n\n"
NAMELESS = b'1 @ 0x43a0d6\n# labels: {"a \\"b":"\\x00}", "t":"acme"}\n#\t0x43a0d5\n\n'


def text(*groups: bytes, total: int = 4, name: bytes = b"goroutine") -> bytes:
    """Put groups under their total."""
    return name + b" profile: total %d\n" % total + b"".join(groups)


WORKERS = RawStack((Frame("main.(*queue[...]).work", "/src/main.go", 20),), 3)
NAMELESS_ONE = RawStack((Frame("0x43a0d5"),), 1, labels={'a "b': "\0}", "t": "acme"})


def test_groups_give_frames_counts_and_labels() -> None:
    """Labels are in Go's quoting, frames without a name keep their address."""
    assert decode_counts(text(WORKER, NAMELESS), LIMITS) == Decoded((WORKERS, NAMELESS_ONE), ())


def test_hidden_frames_leave_the_operation_unknown() -> None:
    """Go lists the addresses of frames that it hides, and that of goexit; who writes the profile runs."""
    waits = b"1 @ 0x43a0d6 0x40c2cc 0x47b2c5 0x46f0e1\n#\t0x47b2c4\tmain.work+0x44\t/src/main.go:20\n\n"
    runs = b"1 @ 0x43a0d6 0x47b2c5 0x46f0e1\n#\t0x47b2c4\truntime/pprof.write+0x44\t/src/pprof.go:20\n\n"
    spins = b"1 @ 0x47b2c5 0x46f0e1\n#\t0x47b2c4\tmain.spin+0x44\t/src/main.go:30\n\n"
    stacks = decode_counts(text(waits, runs, spins, total=3), LIMITS).stacks
    assert [stack.state for stack in stacks] == ["unknown", "", ""]


def test_windows_line_ends_change_nothing() -> None:
    """As a file from a Windows machine has them."""
    assert decode_counts(text(WORKER, NAMELESS).replace(b"\n", b"\r\n"), LIMITS).stacks == (WORKERS, NAMELESS_ONE)


def test_leak_profile_says_that_its_goroutines_leaked() -> None:
    """The runtime has proven each of them."""
    (stack,) = decode_counts(text(WORKER, total=3, name=b"goroutineleak"), LIMITS).stacks
    assert (stack.leaked, stack.count) == (True, 3)


def test_group_without_stack_is_counted_aside() -> None:
    """Go 1.27 writes one for a main that sits in select {}."""
    assert decode_counts(text(WORKER, b"1 @\n#\t0x0\n\n"), LIMITS) == Decoded((WORKERS,), (), unlocated=1)


def test_bad_group_costs_itself_only() -> None:
    """It is told with its line; the others are read."""
    bad = b"1 @ 0x1\n#\tbroken\n#\t0x43a0d5\n\n"
    problem = Problem("line 3", "neither an address nor a frame", "'#\\tbroken'")
    assert decode_counts(text(bad, WORKER), LIMITS) == Decoded((WORKERS,), (problem,))


def test_cut_text_is_told_by_its_total() -> None:
    """The group in which it is cut is lost, the ones before it are not."""
    cut = text(NAMELESS, WORKER[:40], b"", total=9)
    problem = Problem("line 7", "the text is cut off, 5 of its 9 goroutines are missing", "'#\\t0x47b2c4\\tmain.(*'")
    assert decode_counts(cut, LIMITS) == Decoded((NAMELESS_ONE,), (problem,))


def test_text_without_its_last_newline_is_read() -> None:
    """Pasting loses it; the total says that nothing is missing, the problem that the last line may be."""
    pasted = text(NAMELESS, WORKER).strip()
    problem = Problem("line 7", "the text ends within a line", repr(WORKER.split(b"\n")[1].decode()))
    assert decode_counts(pasted, LIMITS) == Decoded((NAMELESS_ONE, WORKERS), (problem,))


def test_limits_refuse_by_name() -> None:
    """Stacks, frames of one stack, distinct frames, bytes of a line."""
    whole = text(WORKER, NAMELESS)
    said = [
        decode_counts(whole, limits).problems[0].what
        for limits in (
            ProfileLimits(stacks=1),
            ProfileLimits(frames=0),
            ProfileLimits(distinct_frames=1),
            ProfileLimits(line_bytes=50),
        )
    ]
    assert said == [
        "too many stacks: more than 1",
        "a stack of more than 0 frames",
        "too many distinct frames: at most 1 are read",
        "a line of 56 bytes, at most 50 are read",
    ]


def test_problems_beyond_the_limit_are_counted() -> None:
    """So that a hostile text costs no memory."""
    decoded = decode_counts(text(*[b"1 @ 0x1\n#\tx\n\n"] * 30, total=30), ProfileLimits(problems=2))
    assert [problem.what for problem in decoded.problems] == [
        "neither an address nor a frame",
        "neither an address nor a frame",
        "28 more lines cannot be read",
    ]


@pytest.mark.parametrize("place", ["", "/x", "C:/My Files/a b.go:12", "/x.go:99999999999"])
def test_place_is_kept_when_it_names_no_line(place: str) -> None:
    """A file without a number is a file at line 0."""
    (stack,) = decode_counts(text(f"4 @ 0x1\n#\t0x1\tmain.f+0x2\t{place or '?'}\n\n".encode()), LIMITS).stacks
    file, line = ("C:/My Files/a b.go", 12) if "My" in place else (place or "?", 0)
    assert stack.frames == (Frame("main.f", file, line),)


@given(st.binary(max_size=300))
def test_random_text_never_raises(noise: bytes) -> None:
    """Any bytes below a total give stacks or problems."""
    decode_counts(text(noise), LIMITS)
    decode_counts(text(WORKER, noise, NAMELESS), LIMITS)
