"""READ FIRST: the way of one record, in the data's order.

    record -> scraped profile -> stacks -> normalised -> fingerprints -> counts -> growth -> anomalies

No I/O: what the outside must do with it is given back as values, in `Step`. `now` is the slot of the record.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from processors.ask_evidence import AskPolicy
from processors.count_labels import LabelPolicy, count_labels
from processors.decode import decode
from processors.evaluate import Service, evaluate
from processors.fingerprint import fingerprint
from processors.history import HISTORY_SLOTS, Life
from processors.judge import TRANSITIONS, Event, Policy, Watch, judge, verdict_of
from processors.life import Began, find_collapse
from processors.memory import KnownStack, ServiceMemory
from processors.normalise import normalise
from processors.reading import Read, Reading, read_plainly
from processors.rewrite import BUILTIN, Rules
from processors.suspects import ask_for_suspects
from processors.take_evidence import EvidenceStep, Weigher, take_evidence
from schemas.evidence import EvidenceRequest
from schemas.limits import ProfileLimits
from schemas.model import (
    Anomaly,
    Count,
    FailureReason,
    Fingerprint,
    Growth,
    Kind,
    LabelCount,
    LogPosition,
    Problem,
    ScrapedProfile,
    State,
)
from schemas.outcomes import Dropped, Invalid, Reason
from schemas.raw_stack import Frame, RawStack


@dataclass(frozen=True, slots=True)
class Counted:
    """A profile as counts, or the failure it became. `labels` is empty unless keys are kept."""

    scraped: ScrapedProfile
    counts: tuple[Count, ...]
    problems: tuple[Problem, ...]
    labels: tuple[LabelCount, ...] = ()


@dataclass(frozen=True, slots=True)
class NewLife:
    """A life that began with this record."""

    life: Life
    how: Began


@dataclass(frozen=True, slots=True)
class Watched:
    """An evaluation worth a row: the growth and the memory after it."""

    growth: Growth
    watch: Watch


@dataclass(frozen=True, slots=True)
class Step:
    """All that one record leads to. `watched` and `anomalies` belong to slots that this record closed."""

    counted: Counted
    position: LogPosition
    life: datetime
    began: NewLife | None
    stored: dict[int, int]
    new_stacks: tuple[KnownStack, ...]
    watched: tuple[Watched, ...]
    anomalies: tuple[Anomaly, ...]
    requests: tuple[EvidenceRequest, ...] = ()


def identify(raw: RawStack, rules: Rules = BUILTIN) -> Fingerprint:
    """Normalise and name a stack; `rules` are the users' own."""
    return fingerprint(normalise(raw, rules))


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
        return Counted(scraped, (), ())
    reading = read(scraped.service, scraped.profile)
    if not len(reading.fingerprints) and reading.problems:
        return Counted(_fail(scraped, reading.problems[0]), (), reading.problems)
    kept = _count_labels(scraped.profile, labels) if labels else ()
    return Counted(scraped, reading.counts(), reading.problems, kept)


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
) -> Step | EvidenceStep | Dropped:
    """Take one attempt to scrape through the whole line and change the memory accordingly.

    Without `asking` no evidence is asked for; what comes is weighed.
    """
    if scraped.kind is not Kind.GOROUTINE:
        return take_evidence(memory, scraped, position, weigher)
    refused = _refuse(memory, scraped)
    if refused is not None:
        return refused
    watched, anomalies = close_slot(memory, scraped.slot, policy)
    requests = ask_for_suspects(memory, ((one.growth, one.watch) for one in watched), asking)
    counted = count_profile(scraped, read, labels)
    memory.meet_slot(scraped.slot)
    if counted.scraped.failure is not None:
        return Step(counted, position, scraped.slot, None, {}, (), watched, anomalies, requests)
    began = _begin_life(memory, counted)
    life = memory.lives[scraped.instance]
    before = life.latest()
    observed = {item.fingerprint.value: item.goroutines for item in counted.counts}
    life.observe(scraped.slot, observed)
    gone = {value: 0 for value, goroutines in before.items() if goroutines and value not in observed}
    if life.newest % HISTORY_SLOTS == 0:
        life.forget_idle(memory.watched())
    new_stacks = _meet_stacks(memory, counted)
    return Step(counted, position, life.begin, began, observed | gone, new_stacks, watched, anomalies, requests)


def refuse_malformed(step: Step, where: str) -> Invalid | None:
    """Say why a profile that came as bytes is a failed scrape now; None for every other step."""
    counted = step.counted
    if counted.scraped.failure is not FailureReason.MALFORMED or not counted.problems:
        return None
    problem = counted.problems[0]
    return Invalid(Reason.MALFORMED_PROFILE, replace(problem, where=f"{where}: {problem.where}"))


def close_slot(
    memory: ServiceMemory, slot: datetime, policy: Policy
) -> tuple[tuple[Watched, ...], tuple[Anomaly, ...]]:
    """Evaluate the open slot when the first attempt of a later one arrives; else nothing."""
    if memory.open_slot is None or memory.first_slot is None or slot <= memory.open_slot:
        return (), ()
    _forget_absent(memory)
    fingerprints = {value: stack.fingerprint for value, stack in memory.stacks.items()}
    lives = tuple(memory.lives[instance] for instance in sorted(memory.lives))
    service = Service(memory.name, lives, fingerprints, memory.watched(), memory.first_slot, policy.minimum_growth)
    watched, anomalies = [], []
    for evaluation in evaluate(service, memory.open_slot):
        growth = evaluation.growth
        before = memory.watches.get(growth.fingerprint.value, Watch())
        after, event = judge(before, evaluation, policy)
        memory.watches[growth.fingerprint.value] = after
        if event is not None:
            anomalies.append(_anomaly(memory, before, growth, event))
        if event is not None or growth.candidate or after.open or growth.growth_low > 0:
            watched.append(Watched(growth, after))
    return tuple(watched), tuple(anomalies)


def _forget_absent(memory: ServiceMemory) -> None:
    """Let go of processes that were not scraped for the length of the history."""
    slot = memory.open_slot
    for instance, life in list(memory.lives.items()):
        if slot is not None and life.number(slot) - life.newest >= HISTORY_SLOTS:
            del memory.lives[instance]


def _refuse(memory: ServiceMemory, scraped: ScrapedProfile) -> Dropped | None:
    """Drop what was observed already or lies before what is remembered."""
    life = memory.lives.get(scraped.instance)
    if life is None:
        return None
    if life.interval_seconds == scraped.interval_seconds and life.holds(scraped.slot):
        return Dropped(Reason.DUPLICATE_SLOT, f"{scraped.instance} {scraped.slot.isoformat()}")
    if scraped.slot < life.begin:
        return Dropped(Reason.EXPIRED, f"{scraped.instance} {scraped.slot.isoformat()}")
    if life.interval_seconds == scraped.interval_seconds and life.expired(scraped.slot):
        return Dropped(Reason.EXPIRED, f"{scraped.instance} {scraped.slot.isoformat()}")
    return None


def _fail(scraped: ScrapedProfile, problem: Problem) -> ScrapedProfile:
    """Make a failed scrape of a profile that could not be read."""
    return replace(scraped, failure=FailureReason.MALFORMED, error=str(problem), profile=None)


def _begin_life(memory: ServiceMemory, counted: Counted) -> NewLife | None:
    """Begin a new life where the counts or the version say that the process is another one."""
    scraped = counted.scraped
    version = scraped.labels.get("version", "")
    life = memory.lives.get(scraped.instance)
    how: Began | None = None
    if life is None or life.interval_seconds != scraped.interval_seconds:
        how = Began.FIRST_SEEN
    elif life.version != version:
        how = Began.VERSION
    elif life.newest < life.number(scraped.slot):
        how = find_collapse(life.latest(), {item.fingerprint.value: item.goroutines for item in counted.counts})
    if how is None:
        return None
    begun = Life(scraped.instance, scraped.slot, scraped.interval_seconds, version)
    memory.lives[scraped.instance] = begun
    return NewLife(begun, how)


def _meet_stacks(memory: ServiceMemory, counted: Counted) -> tuple[KnownStack, ...]:
    """Remember stacks that this service never showed before."""
    scraped = counted.scraped
    version = scraped.labels.get("version", "")
    new = tuple(
        KnownStack(item.fingerprint, scraped.slot, version, scraped.instance)
        for item in counted.counts
        if item.fingerprint.value not in memory.stacks
    )
    memory.stacks.update({stack.fingerprint.value: stack for stack in new})
    return new


def _anomaly(memory: ServiceMemory, before: Watch, growth: Growth, event: Event) -> Anomaly:
    """Say what changed, with the growth that carried it."""
    known = memory.stacks[growth.fingerprint.value]
    state = TRANSITIONS[before.state][event]
    return Anomaly(
        service=memory.name,
        fingerprint=growth.fingerprint,
        slot=growth.slot,
        state=state,
        previous=before.state,
        verdict=verdict_of(before.state if state is State.RESOLVED else state),
        reason=f"{event.value}: {growth.reason}" if growth.candidate else event.value,
        since=before.since or growth.slot,
        growth=growth,
        first_version=known.first_version,
        first_seen=known.first_seen,
    )
