"""Measures which detector finds which leaks, and what it costs people in false alarms.

Every detector looks at the same simulated fleets (`benchmarks/detection/scenario.py`), scrape by scrape. One half of
them is for tuning, the other (`--half held_out`) for this table. `python -m benchmarks.detection.table` writes
RESULTS.md.
"""

import argparse
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from benchmarks.detection.baselines import BASELINES
from benchmarks.detection.figures import Figures, Promise, by_class, delays_by_rate, promise, sum_up
from benchmarks.detection.leakstream_detector import leakstream
from benchmarks.detection.scenario import HELD_OUT, TUNING, Scenario, play, scenarios
from benchmarks.detection.score import Detector, Outcome, examine
from benchmarks.results import machine, publish

OURS = "leakstream"
DETECTORS: Mapping[str, Detector] = {OURS: leakstream, **BASELINES}

Answers = Mapping[str, Outcome]

_LEGEND = (
    "Precision counts each leak once; duplicates are the share of reports that repeat an open leak; delay is in scrapes"
    " from the leak's begin; rate error is the median relative one and interval the share of true rates in the 90 %"
    " interval, of leaks whose rate does not change by itself; false alarms are those of harmless scenarios for 1,000"
    " instance-days."
)


def ask_all(names: Sequence[str], scenario: Scenario) -> Answers:
    """Let detectors look at one scenario."""
    scrapes = list(play(scenario))
    return {name: examine(scenario, DETECTORS[name], iter(scrapes)) for name in names}


def run(names: Sequence[str], chosen: Sequence[Scenario], jobs: int) -> Mapping[str, list[Outcome]]:
    """Ask all detectors about all scenarios; answers come in the order of the scenarios."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in names}
    for answers in _map(partial(ask_all, names), chosen, jobs):
        for name, outcome in answers.items():
            outcomes[name].append(outcome)
    return outcomes


def _map(ask: "partial[Answers]", chosen: Sequence[Scenario], jobs: int) -> Iterator[Answers]:
    """Ask in this process, or in several."""
    if jobs == 1:
        yield from map(ask, chosen)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        yield from pool.map(ask, chosen, chunksize=4)


def write_section(outcomes: Mapping[str, list[Outcome]], half: str, seconds: float) -> str:
    """Write what is published."""
    looked = next(iter(outcomes.values()))
    days = sum(outcome.instance_days for outcome in looked)
    looked_at = (
        f"{len(looked)} simulated scenarios of the half `{half}`, {days:,.0f} instance-days, {seconds:,.0f} s on"
        f" {machine()}. `python -m benchmarks.detection.table --half {half}`."
    )
    title = "## benchmarks/detection/table.py: which leaks are found, and at what price?"
    lines = [title, "", looked_at, "", _LEGEND, "", *write_totals(outcomes)]
    for name, members in outcomes.items():
        if name == OURS or len(outcomes) == 1:
            lines += ["", f"### {name}, class by class", "", *write_classes(members)]
            lines += ["", f"### {name}, delay by rate and instances", "", *write_delays(members)]
            lines += ["", *write_promise(promise(members))]
    return "\n".join(lines) + "\n"


def write_totals(outcomes: Mapping[str, list[Outcome]]) -> Iterator[str]:
    """Write a row for each detector."""
    yield (
        "| detector | precision | recall | duplicates | delay median | delay p90 | rate error | interval"
        " | silent when harmless | false alarms |"
    )
    yield "|---|" + "---:|" * 9
    for name, members in outcomes.items():
        sums = sum_up(members)
        cells = (
            _share(sums.precision),
            _share(sums.recall),
            _share(sums.repeated),
            _whole(sums.delay_median),
            _whole(sums.delay_p90),
            _share(sums.rate_error),
            _share(sums.covered),
            _share(sums.silent),
            _whole(sums.false_per_1000_instance_days),
        )
        yield f"| {name} | " + " | ".join(cells) + " |"


def write_classes(members: Sequence[Outcome]) -> Iterator[str]:
    """Write a row for each class."""
    yield "| class | leaks | found | false | duplicates | delay median | delay p90 | rate error | interval | silent |"
    yield "|---|" + "---:|" * 9
    for klass, sums in by_class(members).items():
        yield f"| {klass} | " + " | ".join(_class_cells(sums)) + " |"


def _class_cells(sums: Figures) -> tuple[str, ...]:
    """Write the figures of a class."""
    return (
        str(sums.leaks),
        str(sums.found),
        str(sums.false),
        str(sums.duplicates),
        _whole(sums.delay_median),
        _whole(sums.delay_p90),
        _share(sums.rate_error),
        _share(sums.covered),
        _share(sums.silent),
    )


def write_delays(members: Sequence[Outcome]) -> Iterator[str]:
    """Write the delays by rate and number of instances beside what counting noise allows."""
    yield "| a minute, on each instance | instances | leaks | delay median | limit |"
    yield "|---|---|---:|---:|---:|"
    for (rate, instances), (number, delay, limit) in delays_by_rate(members).items():
        yield f"| {rate} | {instances} | {number} | {_whole(delay)} | {_whole(limit)} |"


def write_promise(kept: Promise) -> Iterator[str]:
    """Write the delays that are promised."""
    yield "In services that were known when the leak began:"
    yield ""
    for where, (number, delay) in (("on each instance", kept.fast_each), ("over the service", kept.fast)):
        yield f"- {number} leaks of one a minute and faster {where}: median delay {_whole(delay)} scrapes"
    median, most = map(_whole, kept.added)
    yield f"- {kept.slow} slow leaks (leak_slow): {median} goroutines added over the service when told, {most} at most"


def _share(value: float) -> str:
    """Write a share."""
    return "" if math.isnan(value) else f"{value:.2f}"


def _whole(value: float) -> str:
    """Write a number of things."""
    return "" if math.isnan(value) else f"{value:,.0f}"


def list_faults(outcomes: Mapping[str, list[Outcome]]) -> Iterator[str]:
    """Say what was missed, falsely reported and repeated, a line each, for who wants to know why."""
    for name, members in outcomes.items():
        for outcome in members:
            where = f"{name}: {outcome.scenario.name} ({outcome.scenario.instances} instances)"
            for truth in outcome.missed:
                yield f"{where}: missed {truth.name}, {truth.rate_per_hour:.0f}/h since {truth.begin:%d %H:%M}"
            for what, reports in (("false", outcome.false), ("duplicate", outcome.duplicates)):
                for report in reports:
                    frames = outcome.scenario.stacks[min(report.stacks)].frames if report.stacks else ("the total",)
                    shown = f"{report.slot:%d %H:%M}, {report.rate_per_hour:.0f}/h, {frames[1 % len(frames)]}"
                    yield f"{where}: {what} at {shown} … {' < '.join(frames[-2:])}"


def main() -> None:
    """Run and print; publish the whole table only."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=(TUNING, HELD_OUT), default=HELD_OUT)
    parser.add_argument("--class", dest="klass", help="only this class")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", choices=DETECTORS, help="only this detector")
    parser.add_argument("--faults", action="store_true", help="list what was missed and what was false")
    given = parser.parse_args()
    chosen = [scenario for scenario in scenarios(given.half) if given.klass in (None, scenario.klass)]
    names = [given.only] if given.only else list(DETECTORS)
    started = time.monotonic()
    outcomes = run(names, chosen, given.jobs)
    section = write_section(outcomes, given.half, time.monotonic() - started)
    if given.faults:
        print("\n".join(list_faults(outcomes)))
    if given.klass or given.only or given.half != HELD_OUT:
        print(section)
    else:
        publish(section)


if __name__ == "__main__":
    main()
