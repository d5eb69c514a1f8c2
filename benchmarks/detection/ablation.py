"""Measures what each kind of evidence buys: the exam again, each time without one of them.

`python -m benchmarks.detection.ablation` takes every third seed of the untouched half and writes RESULTS.md; a kind is
worth what precision or recall lose without it.
"""

import argparse
import math
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

from benchmarks.detection.figures import Figures, sum_up
from benchmarks.detection.leakstream_detector import ASKING, POLICY, leakstream
from benchmarks.detection.nouns import SimScrape
from benchmarks.detection.scenario import HELD_OUT, TUNING, Scenario, play, scenarios
from benchmarks.detection.score import Outcome, Report, examine
from benchmarks.results import machine, publish
from processors.growth.questions import QUESTIONS
from schemas.model import Kind

NOTHING = "nothing"
_PROFILES = {"dump": frozenset((Kind.TEXT,)), "proof": frozenset((Kind.LEAK,)), "dump and proof": frozenset(Kind)}
KINDS: tuple[str, ...] = (NOTHING, *(question.name for question in QUESTIONS), "entry", "sum", *_PROFILES)
_EVERY = 3

_LEGEND = (
    "Precision counts each leak once; false alarms are those of harmless scenarios for 1,000 instance-days; delay is in"
    " scrapes. What is left out of questions passes; without a profile it is never taken."
)


def detect_without(kind: str, scenario: Scenario, scrapes: Iterator[SimScrape]) -> list[Report]:
    """Detect with all evidence but one kind."""
    left_out = _PROFILES.get(kind, frozenset())
    asking = replace(ASKING, kinds=tuple(wanted for wanted in ASKING.kinds if wanted not in left_out))
    without: frozenset[str] = frozenset() if kind in (NOTHING, *_PROFILES) else frozenset((kind,))
    return leakstream(scenario, scrapes, replace(POLICY, without=without), asking)


def look(scenario: Scenario) -> Mapping[str, Outcome]:
    """Examine one scenario without each kind."""
    scrapes = list(play(scenario))
    return {kind: examine(scenario, partial(detect_without, kind), iter(scrapes)) for kind in KINDS}


def write_section(sums: Mapping[str, Figures], half: str, number: int, seconds: float) -> str:
    """Write what is published."""
    made = (
        f"{number} simulated scenarios of the half `{half}`, {seconds:,.0f} s on {machine()}."
        f" `python -m benchmarks.detection.ablation --half {half}`."
    )
    head = (
        "## benchmarks/detection/ablation.py: what does each kind of evidence buy?",
        "",
        made,
        "",
        _LEGEND,
        "",
        "| without | precision | recall | false | false alarms | delay median |",
        "|---|" + "---:|" * 5,
    )
    return "\n".join([*head, *(_row(kind, figures) for kind, figures in sums.items())]) + "\n"


def _row(kind: str, sums: Figures) -> str:
    delay = "" if math.isnan(sums.delay_median) else f"{sums.delay_median:.0f}"
    alarms = f"{sums.false_per_1000_instance_days:.0f}"
    return f"| {kind} | {sums.precision:.3f} | {sums.recall:.3f} | {sums.false} | {alarms} | {delay} |"


def main() -> None:
    """Run and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=(TUNING, HELD_OUT), default=HELD_OUT)
    parser.add_argument("--every", type=int, default=_EVERY, help="every so many seeds of a class")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    chosen = [one for one in scenarios(given.half) if one.seed // 2 % given.every == 0]
    started = time.monotonic()
    outcomes: dict[str, list[Outcome]] = {kind: [] for kind in KINDS}
    with ProcessPoolExecutor(given.jobs, get_context("spawn")) as pool:
        for answers in pool.map(look, chosen):
            for kind, outcome in answers.items():
                outcomes[kind].append(outcome)
    sums = {kind: sum_up(members) for kind, members in outcomes.items()}
    publish(write_section(sums, given.half, len(chosen), time.monotonic() - started))


if __name__ == "__main__":
    main()
