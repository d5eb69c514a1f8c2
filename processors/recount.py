"""Counts of scrapes -> changes of state, by the code of the live pipeline behind its decoding; the clock is the data's.

For what has counts and no profiles: scenarios that people write, and what the store holds.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from processors.close_slots import close_slots
from processors.memory import KnownStack, Observation, ServiceMemory
from processors.pipeline import finish, sum_up
from processors.policy_for import PolicyFor
from processors.seen import Met
from schemas.model import Anomaly, Fingerprint


@dataclass(frozen=True, slots=True)
class CountedScrape:
    """One attempt to scrape: goroutines by fingerprint, None when it failed."""

    service: str
    instance: str
    slot: datetime
    interval_seconds: float
    labels: Mapping[str, str]
    process_start: datetime | None
    counts: Mapping[int, int] | None


@dataclass(slots=True)
class Recount:
    """What is remembered. `names` must know every fingerprint that is counted."""

    policy_for: PolicyFor
    names: Mapping[int, Fingerprint]
    services: dict[str, ServiceMemory] = field(default_factory=dict)
    scrapes: int = 0

    def run(self, scrapes: Iterable[CountedScrape]) -> Iterator[Anomaly]:
        """Give every change of state, in the order in which it is decided; then close all slots."""
        for scrape in scrapes:
            yield from self.take(scrape)
        yield from self.finish()

    def finish(self) -> Iterator[Anomaly]:
        """Close all slots: nothing more will come."""
        for name in sorted(self.services):
            yield from finish(self.services[name], self.policy_for(name))

    def take(self, scrape: CountedScrape) -> tuple[Anomaly, ...]:
        """Take in one attempt; the same slot of an instance again changes nothing."""
        memory = self.services.get(scrape.service)
        if memory is None:
            memory = self.services[scrape.service] = ServiceMemory(scrape.service)
        if memory.meet(scrape.instance, scrape.slot, scrape.interval_seconds) is not Met.NEW:
            return ()
        self.scrapes += 1
        policy = self.policy_for(scrape.service)
        memory.begin(scrape.slot, scrape.interval_seconds)
        if scrape.counts is not None:
            self._meet_stacks(memory, scrape)
            if memory.number(scrape.slot) > memory.closed:
                memory.wait(_observe(memory, scrape, scrape.counts))
        before = memory.number(scrape.slot) - policy.lateness_slots
        return sum_up(memory, close_slots(memory, before, policy))[2]

    def _meet_stacks(self, memory: ServiceMemory, scrape: CountedScrape) -> None:
        """Remember stacks that are new to the service."""
        version = scrape.labels.get("version", "")
        for value in scrape.counts or ():
            if value not in memory.stacks:
                memory.stacks[value] = KnownStack(self.names[value], scrape.slot, version, scrape.instance)


def _observe(memory: ServiceMemory, scrape: CountedScrape, counts: Mapping[int, int]) -> Observation:
    present = {value: goroutines for value, goroutines in counts.items() if goroutines}
    values = np.fromiter(present.keys(), np.uint64, len(present))
    return Observation(
        scrape.instance,
        scrape.slot,
        scrape.interval_seconds,
        scrape.labels,
        scrape.process_start,
        values,
        np.fromiter(present.values(), np.uint64, len(present)),
        memory.find(values),
    )
