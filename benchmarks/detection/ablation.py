"""Measures what each kind of evidence buys: the exam again, each time without one of them.

`python -m benchmarks.detection.ablation` takes every third seed of the untouched half and writes RESULTS.md; a kind is
worth what precision or recall lose without it.
"""

from dataclasses import replace

from benchmarks.detection.leakstream_detector import ASKING, POLICY
from benchmarks.detection.variants import Variant, run
from processors.growth.questions import QUESTIONS
from schemas.model import Kind

NOTHING = "nothing"
_PROFILES = {"dump": frozenset((Kind.TEXT,)), "proof": frozenset((Kind.LEAK,)), "dump and proof": frozenset(Kind)}
KINDS: tuple[str, ...] = (NOTHING, *(question.name for question in QUESTIONS), "entry", "sum", *_PROFILES)


def leave_out(kind: str) -> Variant:
    """Judge by all evidence but one kind: what is left out of questions passes, a profile is never taken."""
    left_out = _PROFILES.get(kind, frozenset())
    asking = replace(ASKING, kinds=tuple(wanted for wanted in ASKING.kinds if wanted not in left_out))
    without: frozenset[str] = frozenset() if kind in (NOTHING, *_PROFILES) else frozenset((kind,))
    return Variant(replace(POLICY, without=without), asking)


if __name__ == "__main__":
    run({kind: leave_out(kind) for kind in KINDS}, "ablation", "what does each kind of evidence buy?", "without")
