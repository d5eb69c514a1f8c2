"""Examines Leakstream in several variants on some scenarios, in parallel processes."""

import argparse
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from benchmarks.detection.figures import Figures, sum_up
from benchmarks.detection.leakstream_detector import ASKING, POLICY, leakstream
from benchmarks.detection.nouns import SimScrape
from benchmarks.detection.scenario import HELD_OUT, TUNING, Scenario, play, scenarios
from benchmarks.detection.score import Outcome, Report, examine
from benchmarks.results import machine, publish
from processors.ask_evidence import AskPolicy
from processors.judge import Policy


@dataclass(frozen=True, slots=True)
class Variant:
    """How to judge, and what evidence to ask for."""

    policy: Policy = POLICY
    asking: AskPolicy = ASKING


def choose(half: str, every: int) -> list[Scenario]:
    """Give every so many scenarios of each class of a half."""
    return [scenario for scenario in scenarios(half) if scenario.seed // 2 % every == 0]


def compare(variants: Mapping[str, Variant], chosen: list[Scenario], jobs: int) -> dict[str, Figures]:
    """Give the figures of each variant, by its name, in order."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in variants}
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for answers in pool.map(partial(_look, variants), chosen):
            for name, outcome in answers.items():
                outcomes[name].append(outcome)
    return {name: sum_up(members) for name, members in outcomes.items()}


def _look(variants: Mapping[str, Variant], scenario: Scenario) -> Mapping[str, Outcome]:
    """Examine one scenario in all variants."""
    scrapes = list(play(scenario))
    return {name: examine(scenario, partial(_detect, variant), iter(scrapes)) for name, variant in variants.items()}


def _detect(variant: Variant, scenario: Scenario, scrapes: Iterator[SimScrape]) -> list[Report]:
    return leakstream(scenario, scrapes, variant.policy, variant.asking)


def write_rows(sums: Mapping[str, Figures], what: str) -> Iterator[str]:
    """Write a table, a row for each variant; `what` heads the first column."""
    yield f"| {what} | precision | recall | false | false alarms | delay median |"
    yield "|---|" + "---:|" * 5
    for name, figures in sums.items():
        cells = (
            f"{figures.precision:.3f}",
            f"{figures.recall:.3f}",
            str(figures.false),
            f"{figures.false_per_1000_instance_days:.0f}",
            f"{figures.delay_median:.0f}",
        )
        yield f"| {name} | {' | '.join(cells)} |"


def run(variants: Mapping[str, Variant], module: str, question: str, what: str) -> None:
    """Compare variants as the command line says, and publish under a question; `what` heads the first column."""
    parser = argparse.ArgumentParser(description=question)
    parser.add_argument("--half", choices=(TUNING, HELD_OUT), default=HELD_OUT)
    parser.add_argument("--every", type=int, default=_EVERY, help="every so many seeds of a class")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    chosen = choose(given.half, given.every)
    started = time.monotonic()
    sums = compare(variants, chosen, given.jobs)
    made = (
        f"{len(chosen)} simulated scenarios of the half `{given.half}`, {time.monotonic() - started:,.0f} s on"
        f" {machine()}. `python -m benchmarks.detection.{module} --half {given.half} --every {given.every}`."
    )
    title = f"## benchmarks/detection/{module}.py: {question}"
    publish("\n".join([title, "", made, "", _LEGEND, "", *write_rows(sums, what)]) + "\n")


_EVERY = 3
_LEGEND = (
    "Precision counts each leak once; false alarms are those of harmless scenarios for 1,000 instance-days; delay is in"
    " scrapes."
)
