"""Requests for evidence -> what a collector would have taken of the simulated target, weighed.

The guard is the collectors' own, with its ceilings, cool-down and budget. What is taken is there at once: the way
through the log takes seconds, and a slot is judged a slot after its end.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.detection.ask import Dumped, dump, proves
from benchmarks.detection.nouns import Scenario
from collectors.guard_evidence import Guard, Refused, policy_of_guard
from processors.weigh_dump import Clock, count_minutes
from schemas.evidence import EvidenceRequest, StackWeight, Summary, Taken, Waits
from schemas.model import Kind
from schemas.settings_evidence import EvidenceSettings


@dataclass(slots=True)
class Collector:
    """Serves the requests of one scenario; `values` are the fingerprints of its stacks, by index."""

    scenario: Scenario
    values: Sequence[int]
    guard: Guard = field(default_factory=lambda: Guard(policy_of_guard(EvidenceSettings())))

    def take(self, requests: Iterable[EvidenceRequest], now: datetime) -> Iterator[Taken]:
        """Take what may be taken."""
        for request in requests:
            if isinstance(self.guard.begin(request, now, now), Refused):
                continue
            for kind in request.kinds:
                if kind is Kind.HEAP:
                    continue  # says nothing of a leak but what it costs
                if isinstance(self.guard.charge(request, kind, now), Refused):
                    continue
                summary = self._weigh_leaks(request, now) if kind is Kind.LEAK else self._weigh_dump(request, now)
                if summary is None:
                    self.guard.note_missing(request)
                else:
                    yield Taken(now, request.instance, kind, request.fingerprint, summary)

    def _weigh_leaks(self, request: EvidenceRequest, now: datetime) -> Summary | None:
        """Weigh what the runtime proves; None where it has no such profile."""
        said = proves(self.scenario, request.instance, now)
        if said is None:
            return None
        return Summary(
            tuple(StackWeight(self.values[stack], count, leaked=count) for stack, count in said.items()), whole=True
        )

    def _weigh_dump(self, request: EvidenceRequest, now: datetime) -> Summary:
        """Weigh a dump as the processor weighs its text."""
        goroutines = dump(self.scenario, request.instance, now)
        clock = Clock.read([(one.number, one.minutes) for one in goroutines])
        by_value: Mapping[int, list[Dumped]] = defaultdict(list)
        for one in goroutines:
            by_value[self.values[one.stack]].append(one)
        weights = (
            StackWeight(
                value,
                len(members),
                waits=Waits(
                    waited=count_minutes([one.minutes for one in members]),
                    aged=count_minutes([age for one in members if (age := clock.age_minutes(one.number)) is not None]),
                    clock_minutes=clock.longest_minutes,
                ),
            )
            for value, members in by_value.items()
        )
        return Summary(tuple(weights))
