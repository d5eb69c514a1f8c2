"""Leakstream itself as a detector of the exam: the pipeline on counts, without bytes of profiles.

A stack is named once; then every scrape is a reading of counts. What the pipeline decides is the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from benchmarks.detection.answer_requests import Collector
from benchmarks.detection.corpus import draw_plan
from benchmarks.detection.nouns import Scenario, SimScrape
from benchmarks.detection.score import Report
from processors.ask_evidence import AskPolicy, policy_of_evidence
from processors.judge import Policy, policy_of
from processors.memory import ServiceMemory
from processors.pipeline import Step, advance, finish, identify
from processors.reading import Reading, Way
from processors.slots import slot_at, slot_number
from processors.take_evidence import remember
from schemas.model import Anomaly, FailureReason, Fingerprint, LogPosition, ScrapedProfile, State
from schemas.raw_stack import RawStack, make_frames
from schemas.settings import DetectionSettings
from schemas.settings_evidence import EvidenceSettings

POLICY = policy_of(DetectionSettings())
ASKING = policy_of_evidence(EvidenceSettings())


def leakstream(
    scenario: Scenario, scrapes: Iterator[SimScrape], policy: Policy = POLICY, asking: AskPolicy | None = ASKING
) -> list[Report]:
    """Take scrapes through the pipeline; what begins to fire is a report. Without `asking` no evidence is taken."""
    names = [identify(RawStack(make_frames(stack.frames), 1)) for stack in scenario.stacks]
    stacks: dict[int, set[int]] = defaultdict(set)
    for index, name in enumerate(names):
        stacks[name.value].add(index)
    return [
        _report(anomaly, frozenset(stacks[anomaly.fingerprint.value]))
        for anomaly in judge_scenario(scenario, names, scrapes, policy, asking)
        if anomaly.state is State.FIRING
    ]


def judge_scenario(
    scenario: Scenario,
    names: list[Fingerprint],
    scrapes: Iterable[SimScrape],
    policy: Policy,
    asking: AskPolicy | None,
) -> Iterator[Anomaly]:
    """Give every change of state; what a suspect is asked for is answered before the next scrape."""
    memory, reader = ServiceMemory(draw_plan(scenario.klass, scenario.seed)[0].service), CountReader(names)
    collector = Collector(scenario, [name.value for name in names])
    for number, scrape in enumerate(scrapes):
        scraped = attempt_of(scenario, scrape)
        step = advance(memory, scraped, LogPosition(0, number), policy, read=reader, asking=asking)
        if isinstance(step, Step):
            yield from step.anomalies
            if step.requests:
                remember(memory, list(collector.take(step.requests, scrape.time)))
    yield from finish(memory, policy)


class CountReader:
    """Reads counts that were packed by `attempt_of`; several stacks may have one name."""

    def __init__(self, names: list[Fingerprint]) -> None:
        self._names = {name.value: name for name in names}
        values = np.array([name.value for name in names], dtype=np.uint64)
        self._distinct, self._places = np.unique(values, return_inverse=True)

    def __call__(self, _service: str, data: bytes) -> Reading:
        """Add up the goroutines of each name."""
        stacks, counts = np.frombuffer(data, dtype=np.int64).reshape(2, -1)
        totals = np.bincount(self._places[stacks], weights=counts, minlength=len(self._distinct))
        present = np.flatnonzero(totals)
        return Reading(self._distinct[present], totals[present].astype(np.uint64), self._names, Way.KNOWN_BUILD)


def attempt_of(scenario: Scenario, scrape: SimScrape) -> ScrapedProfile:
    """Make what a collector would have made of a scrape, with the counts in place of the profile."""
    slot = slot_at(slot_number(scrape.time, scenario.interval_seconds), scenario.interval_seconds)
    packed = None
    if scrape.counts is not None:
        packed = np.array([list(scrape.counts), list(scrape.counts.values())], dtype=np.int64).tobytes()
    return ScrapedProfile(
        scrape.service,
        scrape.instance,
        slot,
        scrape.time,
        scenario.interval_seconds,
        0.01,
        {"version": scrape.version},
        packed,
        None if packed is not None else FailureReason.REFUSED,
        scrape.error,
        scrape.process_start,
    )


def _report(anomaly: Anomaly, stacks: frozenset[int]) -> Report:
    """Make a report of an anomaly; what doubled is told again, and is an update."""
    growth = anomaly.growth
    again = anomaly.previous is State.FIRING
    return Report(
        anomaly.service, stacks, anomaly.slot, growth.growth_per_hour, growth.growth_low, growth.growth_high, again
    )
