"""What real programs of six Go versions wrote is read to the last goroutine."""

from collections import Counter
from pathlib import Path

import pytest

from processors.decode import decode
from processors.decode_dump import decode_dump
from processors.decoded import Decoded
from processors.scan_dump import scan_dump
from processors.split_dump import split_dump
from schemas.limits import ProfileLimits
from schemas.raw_stack import RawStack

DUMPS = Path(__file__).parents[1] / "golden" / "dumps"
GOROUTINES = 24
LEAKED = 20
LABELS = [{"kind": "job", "tenant": tenant} for tenant in ("acme", 'a "quoted", one]:', "é\0\\xff")]


def dump(name: str) -> bytes:
    """Give one file."""
    return (DUMPS / name).read_bytes()


def count_words(stacks: tuple[RawStack, ...]) -> Counter[str]:
    """Count the goroutines in each state."""
    words: Counter[str] = Counter()
    for stack in stacks:
        words[stack.state] += stack.count
    return words


@pytest.mark.parametrize("name", sorted(path.name for path in DUMPS.glob("*debug?.txt")))
def test_every_goroutine_is_read(name: str) -> None:
    """Without a problem, whatever the version and the form."""
    decoded = decode(dump(name))
    assert (sum(stack.count for stack in decoded.stacks), decoded.problems) == (GOROUTINES, ())


@pytest.mark.parametrize("name", sorted(path.name for path in DUMPS.glob("*2.txt")))
def test_both_ways_of_splitting_give_the_same(name: str) -> None:
    """Of each dump, whole and without its last bytes."""
    for text in (dump(name), dump(name)[:-9], dump(name).replace(b"\n", b"\r\n")):
        plain = decode_dump(text, ProfileLimits(), split_dump)
        assert plain == decode_dump(text, ProfileLimits(), scan_dump)


def test_words_of_the_newest_go_are_the_waits_of_the_program() -> None:
    """Each way of parking under the runtime's own words."""
    assert count_words(decode(dump("go1.27.3.debug2.txt")).stacks) == {
        "running": 1,
        "chan send": 3,
        "chan receive": 9,
        "chan receive (nil chan)": 1,
        "chan send (nil chan)": 1,
        "select": 1,
        "select (no cases)": 1,
        "sleep": 1,
        "IO wait": 1,
        "sync.Cond.Wait": 1,
        "sync.Mutex.Lock": 2,
        "sync.RWMutex.RLock": 1,
        "sync.WaitGroup.Wait": 1,
    }


@pytest.mark.parametrize("name", ["go1.27.3.debug1.txt", "go1.27.3.debug2.txt", "go1.27.3.leaked1.txt"])
def test_labels_come_back_as_they_were_set(name: str) -> None:
    """With quotes, brackets, NUL and a byte that is no UTF-8, in every form."""
    found = [stack.labels for stack in decode(dump(name)).stacks if stack.labels]
    assert sorted(map(str, found)) == sorted(map(str, LABELS))


def test_labels_within_the_brackets_are_read() -> None:
    """Go 1.26 writes them there, and loses a byte that is no UTF-8."""
    found = [stack.labels["tenant"] for stack in decode(dump("go1.26.6.leaked2.txt")).stacks if stack.labels]
    assert found == ["acme", 'a "quoted", one]:', "é\0\ufffd"]


def test_minutes_are_read() -> None:
    """Every goroutine but the running one waited for two minutes."""
    stacks = decode(dump("go1.27.3.debug2.txt")).stacks
    assert {stack.wait_minutes for stack in stacks if stack.state != "running"} == {2}


def leaked(name: str) -> Decoded:
    """Read a file and keep what the runtime calls leaked."""
    decoded = decode(dump(name))
    return Decoded(tuple(stack for stack in decoded.stacks if stack.leaked), decoded.problems)


def test_leaks_are_the_same_in_counts_and_in_the_dump() -> None:
    """The goroutineleak profile marks them in debug=2, and holds nothing else in debug=1."""
    counts, whole = leaked("go1.27.3.leaked1.txt"), leaked("go1.27.3.leaked2.txt")
    assert (sum(s.count for s in counts.stacks), sum(s.count for s in whole.stacks)) == (LEAKED, LEAKED)
    assert {s.frames[-1] for s in counts.stacks} == {s.frames[-1] for s in whole.stacks}


def test_pinned_goroutine_is_known() -> None:
    """It is locked to its thread."""
    (pinned,) = (stack for stack in decode(dump("go1.21.13.debug2.txt")).stacks if stack.locked_to_thread)
    assert (pinned.state, pinned.frames[0].function) == ("chan receive", "main.pinned")


@pytest.mark.parametrize("version", ["1.21.13", "1.23.9", "1.24.11", "1.25.5", "1.27.3"])
def test_deep_stack_keeps_its_ends(version: str) -> None:
    """Go writes fifty frames of each end and the number of the others."""
    (deep,) = (stack for stack in decode(dump(f"go{version}.debug2.txt")).stacks if stack.elided)
    assert (deep.elided, len(deep.frames), deep.frames[0].function) == (21, 100, "main.deep")
