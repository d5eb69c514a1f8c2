"""READ FIRST: the way of one record, in the data's order.

    record -> scraped profile -> stacks -> normalised -> fingerprints -> counts -> growth -> anomalies

No I/O: what the outside must do with it is given back as values, in `Step`. `now` is the slot of the record.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import numpy as np

from processors.ask_evidence import AskPolicy
from processors.close_slots import Closing, NewLife, close_slots
from processors.count_labels import LabelPolicy, count_labels
from processors.decode import decode
from processors.fingerprint import fingerprint
from processors.growth.lookup import UNKNOWN, Places, Values, order_of
from processors.judge import Policy, Watch
from processors.limit_fingerprints import FINGERPRINTS, limit_fingerprints
from processors.memory import KnownStack, Observation, ServiceMemory
from processors.normalise import normalise
from processors.reading import Read, Reading, Tally, Way, make_reading, read_plainly
from processors.rewrite import BUILTIN, Rules
from processors.seen import Met
from processors.snapshot import due, pack
from processors.suspects import ask_for_suspects
from processors.take_evidence import EvidenceStep, Weigher, take_evidence
from processors.tell import tell
from schemas.evidence import EvidenceRequest
from schemas.limits import ProfileLimits
from schemas.model import (
    Anomaly,
    FailureReason,
    Fingerprint,
    Growth,
    Kind,
    LabelCount,
    LogPosition,
    Problem,
    ScrapedProfile,
)
from schemas.outcomes import Dropped, Invalid, Reason
from schemas.raw_stack import Frame, RawStack
from schemas.say import Silence


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A profile as counts, or the failure it became. `labels` is empty unless keys are kept.

    `folded` says how many stacks are counted as the overflow of the service.
    """

    scraped: ScrapedProfile
    reading: Reading
    problems: tuple[Problem, ...]
    labels: tuple[LabelCount, ...] = ()
    folded: int = 0


@dataclass(frozen=True, slots=True)
class Watched:
    """A judgement worth a row: the growth, the memory after it, and why people want no alarm, if so."""

    growth: Growth
    watch: Watch
    silence: Silence | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """All that one record leads to. `lives`, `watched` and `anomalies` belong to slots that this record closed.

    `stored` are its counts, with a zero for each fingerprint that its instance showed last and does not show now.

    `life` is the begin of the life that the record seems to belong to; what counts is decided when its slot is closed.
    `late`: it came after that, so it is stored and never judged. `snapshot` is the memory after this record,
    where it is time for one.
    """

    counted: Counted
    position: LogPosition
    life: datetime
    stored: Tally
    new_stacks: tuple[KnownStack, ...]
    lives: tuple[NewLife, ...]
    watched: tuple[Watched, ...]
    anomalies: tuple[Anomaly, ...]
    late: bool = False
    snapshot: str = ""
    requests: tuple[EvidenceRequest, ...] = ()


def identify(raw: RawStack, rules: Rules = BUILTIN) -> Fingerprint:
    """Normalise and name a stack; `rules` are the users' own."""
    return fingerprint(normalise(raw, rules))


_NOTHING = make_reading({}, {}, Way.OTHER)
"""What is read of an attempt without a profile."""

WEIGHER = Weigher(identify, ProfileLimits())
"""Names stacks without rules of users."""


def read_unremembered(_service: str, data: bytes) -> Reading:
    """Read a profile by itself; read.py's Reader does it faster, because it remembers what it met."""
    return read_plainly(identify, data, ProfileLimits())


def count_profile(
    scraped: ScrapedProfile, read: Read = read_unremembered, labels: LabelPolicy | None = None
) -> Counted:
    """Read a profile to counts; a profile that nothing can be read of becomes a failed scrape with its reason."""
    if scraped.profile is None:
        return Counted(scraped, _NOTHING, ())
    reading = read(scraped.service, scraped.profile)
    if not len(reading.fingerprints) and reading.problems:
        return Counted(_fail(scraped, reading.problems[0]), _NOTHING, reading.problems)
    kept = _count_labels(scraped.profile, labels) if labels else ()
    return Counted(scraped, reading, reading.problems, kept)


def _limit(memory: ServiceMemory, counted: Counted, most: int) -> Counted:
    """Count what is new to a service that has its fullest of fingerprints as its overflow."""
    reading = counted.reading
    if len(memory.stacks) + len(reading.fingerprints) <= most or (memory.find(reading.fingerprints) != UNKNOWN).all():
        return counted
    limited = limit_fingerprints(reading.counts(), counted.labels, memory.stacks.keys(), most)
    if not limited.folded:
        return counted
    left = make_reading(
        {item.fingerprint.value: item.goroutines for item in limited.counts},
        {item.fingerprint.value: item.fingerprint for item in limited.counts},
        reading.way,
    )
    return replace(counted, reading=left, labels=limited.labels, folded=limited.folded)


def _count_labels(profile: bytes, policy: LabelPolicy) -> tuple[LabelCount, ...]:
    """Read a profile once more, for its labels: who keeps none pays nothing."""
    stacks = (raw for raw in decode(profile, policy.limits).stacks if raw.labels)
    named = ((_name(raw.frames, raw.state, raw.elided, policy.rules), raw) for raw in stacks)
    return count_labels(named, policy)


@lru_cache(maxsize=10_000)
def _name(frames: tuple[Frame, ...], state: str, elided: int, rules: Rules) -> Fingerprint:
    """Name a stack by all that matters to it; remembered: a stack stands in a profile once for each set of labels."""
    return identify(RawStack(frames, 0, state, elided=elided), rules)


def advance(  # noqa: PLR0913 what a record meets on its way, each by its name
    memory: ServiceMemory,
    scraped: ScrapedProfile,
    position: LogPosition,
    policy: Policy,
    *,
    read: Read = read_unremembered,
    labels: LabelPolicy | None = None,
    asking: AskPolicy | None = None,
    weigher: Weigher = WEIGHER,
    fingerprints: int = FINGERPRINTS,
    snapshots: bool = True,
) -> Step | EvidenceStep | Dropped:
    """Take one attempt to scrape through the whole line and change the memory accordingly.

    Without `asking` no evidence is asked for; what comes is weighed. `fingerprints` is how many a service may have.
    Without `snapshots` none is made.
    """
    if scraped.kind is not Kind.GOROUTINE:
        return take_evidence(memory, scraped, position, weigher)
    met = memory.meet(scraped.instance, scraped.slot, scraped.interval_seconds)
    if met is not Met.NEW:
        reason = Reason.DUPLICATE_SLOT if met is Met.REPEATED else Reason.EXPIRED
        return Dropped(reason, f"{scraped.instance} {scraped.slot.isoformat()}")
    counted = _limit(memory, count_profile(scraped, read, labels), fingerprints)
    memory.begin(scraped.slot, scraped.interval_seconds)
    number = memory.number(scraped.slot)
    late = number <= memory.closed
    tally = stored = counted.reading.tally()
    places, new_stacks = _meet_stacks(memory, counted)
    if counted.scraped.failure is None and not late:
        stored = _add_zeros(tally, memory.find_gone(scraped.instance, places))
        memory.wait(_observe(scraped, tally, places))
    closings = tuple(close_slots(memory, number - policy.lateness_slots, policy))
    judged = ((one.growth, one.watch) for closing in closings for one in closing.judged)
    requests = ask_for_suspects(memory, judged, asking)
    return Step(
        counted,
        position,
        memory.life_of(scraped.instance, scraped.slot),
        stored,
        new_stacks,
        *sum_up(memory, closings),
        late,
        pack(memory) if snapshots and any(due(memory, closing.slot) for closing in closings) else "",
        requests,
    )


def finish(memory: ServiceMemory, policy: Policy) -> tuple[Anomaly, ...]:
    """Close all slots that were met: nothing more will come."""
    last = max(memory.pending, default=memory.closed)
    return sum_up(memory, close_slots(memory, last + 1, policy))[2]


def sum_up(
    memory: ServiceMemory, closings: Iterable[Closing]
) -> tuple[tuple[NewLife, ...], tuple[Watched, ...], tuple[Anomaly, ...]]:
    """Put together what closed slots brought."""
    lives: list[NewLife] = []
    watched: list[Watched] = []
    anomalies: list[Anomaly] = []
    for closing in closings:
        lives += closing.lives
        watched += [Watched(judged.growth, judged.watch, judged.silence) for judged in closing.judged]
        anomalies += [tell(memory, judged) for judged in closing.judged if judged.event is not None]
    return tuple(lives), tuple(watched), tuple(anomalies)


def _observe(scraped: ScrapedProfile, tally: Tally, places: Places) -> Observation:
    """Give what growth needs of a scrape."""
    return Observation(
        scraped.instance,
        scraped.slot,
        scraped.interval_seconds,
        scraped.labels,
        scraped.process_start,
        tally.values,
        tally.goroutines,
        places,
    )


def _add_zeros(tally: Tally, gone: Values) -> Tally:
    """Add a zero for each fingerprint that is gone."""
    if not len(gone):
        return tally
    return Tally(
        np.concatenate([tally.values, gone]), np.concatenate([tally.goroutines, np.zeros(len(gone), np.uint64)])
    )


def refuse_malformed(step: Step, where: str) -> Invalid | None:
    """Say why a profile that came as bytes is a failed scrape now; None for every other step."""
    counted = step.counted
    if counted.scraped.failure is not FailureReason.MALFORMED or not counted.problems:
        return None
    problem = counted.problems[0]
    return Invalid(Reason.MALFORMED_PROFILE, replace(problem, where=f"{where}: {problem.where}"))


def _fail(scraped: ScrapedProfile, problem: Problem) -> ScrapedProfile:
    """Make a failed scrape of a profile that could not be read."""
    return replace(scraped, failure=FailureReason.MALFORMED, error=str(problem), profile=None)


def _meet_stacks(memory: ServiceMemory, counted: Counted) -> tuple[Places, tuple[KnownStack, ...]]:
    """Remember stacks that this service never showed before; give the places of all, and those that are new."""
    scraped, reading = counted.scraped, counted.reading
    places = memory.find(reading.fingerprints)
    if places.min(initial=0) != UNKNOWN:
        return places, ()
    unknown = places == UNKNOWN
    values, goroutines = reading.fingerprints[unknown], reading.goroutines[unknown]
    version = scraped.labels.get("version", "")
    new = tuple(
        KnownStack(reading.names[value], scraped.slot, version, scraped.instance)
        for value in values[order_of(values, goroutines)].tolist()
    )
    memory.stacks.update({stack.fingerprint.value: stack for stack in new})
    return memory.find(reading.fingerprints), new
