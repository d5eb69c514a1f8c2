"""Drives the pipeline with made-up services: a series of counts per stack becomes real profiles, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from processors.judge import Policy
from processors.memory import ServiceMemory
from processors.pipeline import Step, advance
from schemas.model import Anomaly, LogPosition, ScrapedProfile
from schemas.notation import Mark
from tests.pprof_maker import make_profile

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
POLICY = Policy(learning_slots=30, hold_slots=10, quiet_slots=60, minimum_growth=8)
PARKING = ("runtime.gopark", "runtime.chansend", "runtime.chansend1")

Series = Sequence[int | Mark]


@dataclass(slots=True)
class Fleet:
    """A service under observation: feed it series, read the steps and the anomalies."""

    interval_seconds: float = 60.0
    policy: Policy = POLICY
    memory: ServiceMemory = field(default_factory=lambda: ServiceMemory("checkout"))
    steps: list[Step] = field(default_factory=list)
    offset: int = 0

    def scrape(
        self, slot: int, counts: Mapping[str, int], *, instance: str = "a", version: str = "v1"
    ) -> ScrapedProfile:
        """Make one successful scrape; names are user functions, all of them blocked on a send under main.main."""
        samples = [((*PARKING, name, "main.main", "runtime.main"), count) for name, count in counts.items() if count]
        at = BEGIN + timedelta(seconds=slot * self.interval_seconds)
        return ScrapedProfile(
            "checkout", instance, at, at, self.interval_seconds, 0.01, {"version": version}, make_profile(samples)
        )

    def feed(self, scraped: ScrapedProfile) -> None:
        """Take one attempt through the pipeline."""
        step = advance(self.memory, scraped, LogPosition(0, self.offset), self.policy)
        self.offset += 1
        if isinstance(step, Step):
            self.steps.append(step)

    def play(self, series: Mapping[str, Series], *, instances: Sequence[str] = ("a",)) -> None:
        """Feed series slot by slot; a missing item anywhere is a missing scrape, R is a new version of the process."""
        version = 1
        for slot, items in enumerate(zip(*series.values(), strict=True)):
            version += Mark.RESTART in items
            counts = {name: item for name, item in zip(series, items, strict=True) if isinstance(item, int)}
            if len(counts) < len(items):
                continue
            for instance in instances:
                self.feed(self.scrape(slot, counts, instance=instance, version=f"v{version}"))

    def anomalies(self) -> list[Anomaly]:
        """Give the changes of state so far."""
        return [anomaly for step in self.steps for anomaly in step.anomalies]

    def story(self) -> list[tuple[int, str, str]]:
        """Give the changes of state as (slot, site, state), doublings left out."""
        return [
            (round((a.slot - BEGIN).total_seconds() / self.interval_seconds), a.fingerprint.site, a.state.value)
            for a in self.anomalies()
            if a.state is not a.previous
        ]
