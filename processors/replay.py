"""Recorded attempts -> changes of state, by the code of the live pipeline with the clock of the data.

Memory is the services' as in a processor, without a store. The last slot of a service is closed when the recording
ends. What one attempt brings is given before the next one is taken, so a recording of any length needs no more memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from processors.memory import ServiceMemory
from processors.pipeline import WEIGHER, Step, advance, finish, read_unremembered
from processors.policy_for import PolicyFor
from processors.reading import Read
from processors.take_evidence import EvidenceStep, Weigher
from schemas.model import Anomaly, LogPosition, ScrapedProfile
from schemas.outcomes import Dropped


@dataclass(slots=True)
class Replay:
    """What a replay remembers, and what it met: profiles that were counted, attempts that failed, and left out ones.

    `evidence` counts dumps and goroutineleak profiles that were weighed.
    """

    policy_for: PolicyFor
    read: Read = read_unremembered
    weigher: Weigher = WEIGHER
    services: dict[str, ServiceMemory] = field(default_factory=dict)
    profiles: int = 0
    failed: int = 0
    dropped: int = 0
    problems: int = 0
    evidence: int = 0

    def run(self, attempts: Iterable[ScrapedProfile]) -> Iterator[Anomaly]:
        """Give every change of state, in the order in which the pipeline decides."""
        for number, scraped in enumerate(attempts):
            memory = self._memory(scraped.service)
            policy = self.policy_for(scraped.service)
            step = advance(
                *(memory, scraped, LogPosition(0, number), policy),
                read=self.read,
                weigher=self.weigher,
                snapshots=False,
            )
            self._count(step)
            if isinstance(step, Step):
                yield from step.anomalies
        for name in sorted(self.services):
            yield from finish(self.services[name], self.policy_for(name))

    def _memory(self, service: str) -> ServiceMemory:
        """Give the memory of a service, empty where it is met for the first time."""
        memory = self.services.get(service)
        if memory is None:
            memory = self.services[service] = ServiceMemory(service)
        return memory

    def _count(self, step: Step | EvidenceStep | Dropped) -> None:
        """Count what became of an attempt."""
        if isinstance(step, Dropped):
            self.dropped += 1
            return
        if isinstance(step, EvidenceStep):
            self.evidence += step.scraped.failure is None
            self.failed += step.scraped.failure is not None
            self.problems += step.summary.problems
            return
        self.problems += len(step.counted.problems)
        self.profiles += step.counted.scraped.failure is None
        self.failed += step.counted.scraped.failure is not None
