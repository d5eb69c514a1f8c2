"""Measures what each kind of evidence buys: the exam again, each time without one of them.

`python -m benchmarks.detection.ablation` takes every third seed of the untouched half and writes RESULTS.md; a kind is
worth what precision or recall lose without it.
"""

import argparse
import time
from dataclasses import replace

from benchmarks.detection.leakstream_detector import ASKING, POLICY
from benchmarks.detection.scenario import HELD_OUT, TUNING
from benchmarks.detection.variants import LEGEND, Variant, choose, compare, write_rows
from benchmarks.results import machine, publish
from processors.growth.questions import QUESTIONS
from schemas.model import Kind

NOTHING = "nothing"
_PROFILES = {"dump": frozenset((Kind.TEXT,)), "proof": frozenset((Kind.LEAK,)), "dump and proof": frozenset(Kind)}
KINDS: tuple[str, ...] = (NOTHING, *(question.name for question in QUESTIONS), "entry", "sum", *_PROFILES)
_EVERY = 3


def leave_out(kind: str) -> Variant:
    """Judge by all evidence but one kind: what is left out of questions passes, a profile is never taken."""
    left_out = _PROFILES.get(kind, frozenset())
    asking = replace(ASKING, kinds=tuple(wanted for wanted in ASKING.kinds if wanted not in left_out))
    without: frozenset[str] = frozenset() if kind in (NOTHING, *_PROFILES) else frozenset((kind,))
    return Variant(replace(POLICY, without=without), asking)


def main() -> None:
    """Run and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=(TUNING, HELD_OUT), default=HELD_OUT)
    parser.add_argument("--every", type=int, default=_EVERY, help="every so many seeds of a class")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    chosen = choose(given.half, given.every)
    started = time.monotonic()
    sums = compare({kind: leave_out(kind) for kind in KINDS}, chosen, given.jobs)
    made = (
        f"{len(chosen)} simulated scenarios of the half `{given.half}`, {time.monotonic() - started:,.0f} s on"
        f" {machine()}. `python -m benchmarks.detection.ablation --half {given.half} --every {given.every}`."
    )
    title = "## benchmarks/detection/ablation.py: what does each kind of evidence buy?"
    publish("\n".join([title, "", made, "", LEGEND, "", *write_rows(sums, "without")]) + "\n")


if __name__ == "__main__":
    main()
