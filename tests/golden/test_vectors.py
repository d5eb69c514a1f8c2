"""Version 1 of the fingerprint never changes: a stored history hangs on each."""

import json
from pathlib import Path

from processors.fingerprint import fingerprint
from processors.normalise import normalise
from schemas.model import Stack
from schemas.raw_stack import RawStack, make_frames

VECTORS = Path(__file__).parent / "fingerprints.jsonl"


def test_fingerprints_of_version_1_never_change() -> None:
    """Each committed stack has the committed name; another algorithm is version 2 and gets vectors of its own."""
    vectors = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    named = {str(fingerprint(Stack(tuple(vector["frames"]), 1, vector["operation"]))): vector for vector in vectors}
    assert {name: vector["fingerprint"] for name, vector in named.items()} == {name: name for name in named}
    assert len(named) == len(vectors)


def test_deep_stack_is_named_by_its_leaf_end() -> None:
    """Past 80 frames the root end is shown and does not count, because debug=0 has lost it."""
    leaf = tuple(f"main.f{index}" for index in range(40))
    ways = [(*leaf, *(f"main.{way}" for _ in range(60))) for way in ("a", "b")]
    whole = [normalise(RawStack(make_frames(names), 1)) for names in ways]
    cut = normalise(RawStack(make_frames((*leaf, "main.c")), 1, elided=7))
    assert whole[0].frames == (*leaf, "...", *("main.a",) * 10)
    assert len({fingerprint(stack).value for stack in (*whole, cut)}) == 1


def test_stack_of_eighty_frames_counts_whole() -> None:
    """Another entry function is another fingerprint."""
    leaf = tuple(f"main.f{index}" for index in range(79))
    stacks = [normalise(RawStack(make_frames((*leaf, entry)), 1)) for entry in ("main.a", "main.b")]
    assert len({fingerprint(stack).value for stack in stacks}) == 2


def test_inside_of_the_standard_library_fills_the_leaf_end_of_a_deep_stack() -> None:
    """Which frames lie before the gap is decided before any is left out, so both formats have the same ones."""
    inside = ("net/http.(*Client).do", "net/http.(*Client).Get", "main.get") * 40
    profile = normalise(RawStack(make_frames(inside), 1))
    dump = normalise(RawStack(make_frames((*inside[:50], *inside[-50:])), 1, elided=20))
    assert fingerprint(profile) == fingerprint(dump)
