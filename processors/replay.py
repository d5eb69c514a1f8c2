"""Recorded attempts -> changes of state, by the code of the live pipeline with the clock of the data.

Memory is the services' as in a processor, without a store. The last slot of a service is closed when the recording
ends. What one attempt brings is given before the next one is taken, so a recording of any length needs no more memory.

Services know nothing of each other, so a recording may be replayed in parts, some services each: every change says
after which attempt it came, and by that the parts merge into what one replay would have given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from processors.limit_fingerprints import FINGERPRINTS
from processors.memory import ServiceMemory
from processors.pipeline import WEIGHER, Step, advance, finish, read_unremembered
from processors.policy_for import PolicyFor
from processors.reading import Read
from processors.take_evidence import EvidenceStep, Weigher
from schemas.model import Anomaly, LogPosition, ScrapedProfile
from schemas.outcomes import Dropped

Numbered: TypeAlias = tuple[int, ScrapedProfile]
"""An attempt and its number in the recording, from 0."""
Told: TypeAlias = tuple[tuple[int, str], Anomaly]
"""The number of the attempt that decided it (END when the recording's end did) and the service; what changed."""
END = 2**63 - 1


@dataclass(slots=True)
class Totals:
    """What a replay met: profiles that were counted, attempts that failed, and left out ones.

    `evidence` counts dumps and goroutineleak profiles that were weighed.
    """

    profiles: int = 0
    failed: int = 0
    dropped: int = 0
    problems: int = 0
    evidence: int = 0

    def add(self, other: "Totals") -> None:
        """Add what another part met."""
        self.profiles += other.profiles
        self.failed += other.failed
        self.dropped += other.dropped
        self.problems += other.problems
        self.evidence += other.evidence


@dataclass(slots=True)
class Replay:
    """What a replay remembers, and what it met. `fingerprints` is how many a service may have."""

    policy_for: PolicyFor
    read: Read = read_unremembered
    weigher: Weigher = WEIGHER
    fingerprints: int = FINGERPRINTS
    services: dict[str, ServiceMemory] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)

    def run(self, attempts: Iterable[Numbered]) -> Iterator[Told]:
        """Give every change of state, in the order in which the pipeline decides."""
        for number, scraped in attempts:
            memory = self._memory(scraped.service)
            policy = self.policy_for(scraped.service)
            step = advance(
                *(memory, scraped, LogPosition(0, number), policy),
                read=self.read,
                weigher=self.weigher,
                fingerprints=self.fingerprints,
                snapshots=False,
            )
            self._count(step)
            if isinstance(step, Step):
                yield from (((number, scraped.service), anomaly) for anomaly in step.anomalies)
        for name in sorted(self.services):
            yield from (((END, name), anomaly) for anomaly in finish(self.services[name], self.policy_for(name)))

    def _memory(self, service: str) -> ServiceMemory:
        """Give the memory of a service, empty where it is met for the first time."""
        memory = self.services.get(service)
        if memory is None:
            memory = self.services[service] = ServiceMemory(service)
        return memory

    def _count(self, step: Step | EvidenceStep | Dropped) -> None:
        """Count what became of an attempt."""
        totals = self.totals
        if isinstance(step, Dropped):
            totals.dropped += 1
            return
        if isinstance(step, EvidenceStep):
            totals.evidence += step.scraped.failure is None
            totals.failed += step.scraped.failure is not None
            totals.problems += step.summary.problems
            return
        totals.problems += len(step.counted.problems)
        totals.profiles += step.counted.scraped.failure is None
        totals.failed += step.counted.scraped.failure is not None
