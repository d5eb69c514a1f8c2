"""A scraped profile that is evidence -> what it says, in the memory of its service and as a row to store.

It is no scrape: it closes no slot, begins no life, counts nothing.
"""

from dataclasses import dataclass, replace

from processors.fold_evidence import fold_evidence, keep_newest
from processors.memory import ServiceMemory
from processors.place_reading import place_reading
from processors.read_heap import read_heap
from processors.reading import Identify
from processors.weigh_dump import weigh_dump
from processors.weigh_leaks import weigh_leaks
from schemas.evidence import StackWeight, Summary, Taken
from schemas.heap import HeapReading
from schemas.limits import ProfileLimits
from schemas.model import FailureReason, Kind, LogPosition, Problem, ScrapedProfile

MOST_STACKS = 300
"""A typical profile has so many; the one that was asked for is always among them."""


@dataclass(frozen=True, slots=True)
class Weigher:
    """How evidence is read: how stacks are named, and how much of a profile is read."""

    identify: Identify
    limits: ProfileLimits


@dataclass(frozen=True, slots=True)
class EvidenceStep:
    """All that one profile of evidence leads to. Where it failed, or nothing could be read, `summary` is empty.

    `profile` is what came, also when nothing could be read of it: it is kept for people.
    """

    scraped: ScrapedProfile
    position: LogPosition
    summary: Summary
    profile: bytes


def take_evidence(
    memory: ServiceMemory, scraped: ScrapedProfile, position: LogPosition, weigher: Weigher
) -> EvidenceStep:
    """Weigh one profile and change the memory accordingly; the same one again changes nothing."""
    profile = scraped.profile or b""
    if scraped.profile is None:
        return EvidenceStep(scraped, position, Summary(), profile)
    weighed = weigh(profile, scraped.kind, weigher)
    if isinstance(weighed, Problem):
        failed = replace(scraped, failure=FailureReason.MALFORMED, error=str(weighed), profile=None)
        return EvidenceStep(failed, position, Summary(), profile)
    heap = weighed.heap and place_reading(memory, scraped, weighed.heap)
    summary = replace(weighed, stacks=_keep_most(weighed, scraped.asked_for), heap=heap)
    remember(memory, [Taken(scraped.scraped_at, scraped.instance, scraped.kind, scraped.asked_for or 0, summary)])
    return EvidenceStep(scraped, position, summary, profile)


def weigh(profile: bytes, kind: Kind, weigher: Weigher) -> Summary | Problem:
    """Weigh a profile by its kind."""
    if kind is Kind.LEAK:
        return weigh_leaks(profile, weigher.identify, weigher.limits)
    if kind is Kind.HEAP:
        stats = read_heap(profile, weigher.limits)
        return stats if isinstance(stats, Problem) else Summary(heap=HeapReading(stats))
    return weigh_dump(profile, weigher.identify, weigher.limits)


def remember(memory: ServiceMemory, taken: list[Taken]) -> None:
    """Take weighed profiles into the memory of a service, live ones and restored ones alike."""
    memory.taken = keep_newest([*memory.taken, *taken])
    memory.evidence = fold_evidence(memory.taken)


def _keep_most(summary: Summary, asked_for: int | None) -> tuple[StackWeight, ...]:
    """Keep the stacks with the most goroutines, and the one that was asked for."""
    rest = summary.stacks[MOST_STACKS:]
    return (*summary.stacks[:MOST_STACKS], *(weight for weight in rest if weight.fingerprint == asked_for))
