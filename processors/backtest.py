"""What fired under some settings, held against what people said: precision, recall, and what two settings tell apart.

A leak counts once, by its (service, fingerprint). A stack that is reported under another of its group counts as
reported. Precision and recall are of what people gave verdicts on; what nobody judged is counted apart.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from processors.policy_for import PolicyFor
from processors.recount import CountedScrape, Recount
from schemas.model import Anomaly, Fingerprint, State
from schemas.say import Opinion

Leak: TypeAlias = tuple[str, int]
"""A service and a fingerprint."""

Opinions: TypeAlias = Mapping[Leak, Opinion]


@dataclass(slots=True)
class Trial:
    """What fired under one policy: when first, and which stacks were reported under others."""

    policy_for: PolicyFor
    fired: dict[Leak, datetime] = field(default_factory=dict)
    led: dict[Leak, Leak] = field(default_factory=dict)

    def note(self, anomalies: Iterable[Anomaly]) -> None:
        """Take in changes of state."""
        for anomaly in anomalies:
            if anomaly.state is State.FIRING:
                self.fired.setdefault((anomaly.service, anomaly.fingerprint.value), anomaly.slot)

    def reports(self, leak: Leak) -> bool:
        """Say whether a stack was reported, itself or as one of a group."""
        return leak in self.fired or self.led.get(leak) in self.fired


def play_trials(
    trials: Sequence[Trial], service: str, names: Mapping[int, Fingerprint], scrapes: Iterable[CountedScrape]
) -> frozenset[Leak]:
    """Play all scrapes of one service, in order, through each trial; give the stacks that they show."""
    recounts = [Recount(trial.policy_for, names) for trial in trials]
    seen: set[int] = set()
    for scrape in scrapes:
        seen |= {value for value, goroutines in (scrape.counts or {}).items() if goroutines}
        for trial, recount in zip(trials, recounts, strict=True):
            trial.note(recount.take(scrape))
    for trial, recount in zip(trials, recounts, strict=True):
        trial.note(recount.finish())
        for memory in recount.services.values():
            trial.led |= {(service, value): (service, leader) for value, leader in memory.leaders.items()}
    return frozenset((service, value) for value in seen)


@dataclass(frozen=True, slots=True)
class Score:
    """How a trial stands against the verdicts. Shares are None where there is nothing to divide by."""

    fired: int
    leaks_found: int
    leaks_missed: int
    false_alarms: int
    unjudged: int

    @property
    def precision(self) -> float | None:
        """Give the share of leaks among what fired and was judged by people."""
        judged = self.leaks_found + self.false_alarms
        return self.leaks_found / judged if judged else None

    @property
    def recall(self) -> float | None:
        """Give the share of what people call leaks that was reported."""
        leaks = self.leaks_found + self.leaks_missed
        return self.leaks_found / leaks if leaks else None


@dataclass(frozen=True, slots=True)
class Change:
    """An anomaly that fires under one of two settings only: `appears` under the second, else it goes."""

    leak: Leak
    appears: bool
    fired: datetime
    opinion: Opinion | None


def score_trial(trial: Trial, opinions: Opinions) -> Score:
    """Hold one trial against the verdicts."""
    leaks = [leak for leak, opinion in opinions.items() if opinion is Opinion.LEAK]
    found = sum(trial.reports(leak) for leak in leaks)
    benign = sum(trial.reports(leak) for leak, opinion in opinions.items() if opinion is Opinion.BENIGN)
    judged = {leak for leak in opinions if trial.reports(leak)}
    heads = judged | {trial.led[leak] for leak in judged if leak in trial.led}
    return Score(len(trial.fired), found, len(leaks) - found, benign, len(trial.fired.keys() - heads))


def compare_trials(before: Trial, after: Trial, opinions: Opinions) -> Iterator[Change]:
    """Give what appears and what goes, by service and by when it fired."""
    gone = {leak: False for leak in before.fired if not after.reports(leak)}
    come = {leak: True for leak in after.fired if not before.reports(leak)}
    moments = {**before.fired, **after.fired}
    for leak, appears in sorted({**gone, **come}.items(), key=lambda item: (item[0][0], moments[item[0]], item[0][1])):
        yield Change(leak, appears, moments[leak], opinions.get(leak))
