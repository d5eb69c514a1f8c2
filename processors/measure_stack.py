"""answers of one stack -> its growth: the scale that speaks, the rate over all instances, the reason in a sentence."""

from collections.abc import Collection
from datetime import datetime, timedelta

from processors.evidence_kinds import DUMP, KINDS
from processors.find_others import find_others
from processors.fuse_evidence import Fused, Rise, fuse_evidence
from processors.growth.answer import Answer
from processors.growth.group import LOCKS
from processors.growth.roster import Roster, is_calling
from processors.growth.windows import FIRST_WINDOW_SLOTS, WINDOWS, window_slots
from processors.judge import Evaluation, Hold, Watch
from processors.memory import ServiceMemory
from processors.slots import slot_at
from schemas.evidence import Stay
from schemas.model import Fingerprint, Growth

_SECONDS_PER_HOUR = 3600
_GROWS = "the floor rises in both halves of the span and is still rising"
_REFUSALS = {kind.name: kind.fails for kind in KINDS if kind.name != DUMP}
_NOTHING = Answer(
    scale=0,
    refused="size",
    findings=(),
    score=0.0,
    growth=0.0,
    rate=0.0,
    half_width=0.0,
    whole_rate=0.0,
    whole_half_width=0.0,
    growing=0,
    risen=(),
    steps=(),
)


def measure_stack(memory: ServiceMemory, number: int, at: int, name: Fingerprint, *, leader: int | None) -> Evaluation:
    """Say how one stack grows at the end of a slot, and whether silence would mean something."""
    series, roster = memory.growing.series, memory.growing.roster
    answer = choose_answer(memory, at) or _NOTHING
    slot = slot_at(number, memory.interval_seconds)
    fused = _fuse(memory, name.value, at, answer, slot)
    refused = _refuse(answer, fused, led=leader is not None)
    fresh = [place for place, life in enumerate(series.lives) if life and _is_fresh(number, life.newest, life.spacing)]
    ages = [number + 1 - life.birth for place in fresh if (life := series.lives[place])]
    per_hour = _SECONDS_PER_HOUR / (window_slots(answer.scale) * memory.interval_seconds)
    worst = series.lives[answer.place] if answer.place >= 0 else None
    hold = _hold(roster, at, name, fused)
    told = leader is None and (not refused or memory.watches.get(name.value, Watch()).open)
    rate, half_width = (answer.whole_rate, answer.whole_half_width) if told else (answer.rate, answer.half_width)
    growth = Growth(
        service=memory.name,
        fingerprint=name,
        slot=slot,
        goroutines=sum(series.count(place, at) for place in fresh),
        instances=len(fresh),
        growing_instances=answer.growing,
        worst_instance=worst.instance if worst else "",
        floor=sum(series.newest_floor(place, at) for place in fresh),
        growth_per_hour=rate * per_hour,
        growth_low=(rate - half_width) * per_hour,
        growth_high=(rate + half_width) * per_hour,
        scale_slots=window_slots(answer.scale) * WINDOWS if answer is not _NOTHING else 0,
        score=answer.score,
        candidate=not refused,
        reason=_explain(refused, fused),
        findings=(*answer.findings, *find_others(refused, fused, hold)),
        doubtful=bool(refused) and answer.doubtful,
    )
    return Evaluation(
        growth,
        number - memory.number(memory.first_slot) + 1 if memory.first_slot else 0,
        min(ages, default=0),
        FIRST_WINDOW_SLOTS,
        interval_seconds=memory.interval_seconds,
        proven=fused.proven if leader is None else 0,
        held=hold,
        shown=fused.stay is Stay.STUCK and hold is Hold.NO,
        unanswered=sum(series.newest_floor(place, at) for place in _find_unanswered(memory, fresh)),
    )


def _find_unanswered(memory: ServiceMemory, fresh: Collection[int]) -> list[int]:
    """Give the places of processes that are not known to have ended and were not scraped lately."""
    return [place for place, life in enumerate(memory.growing.series.lives) if life and place not in fresh]


def _fuse(memory: ServiceMemory, value: int, at: int, answer: Answer, slot: datetime) -> Fused:
    """Weigh the evidence on a stack, if there is any."""
    weighed = memory.evidence.get(value)
    place = None if weighed is None else memory.places.get(weighed.instance)
    if weighed is None or place is None:
        return Fused()
    since = memory.watches.get(value, Watch()).since or slot
    span = timedelta(seconds=(WINDOWS - 1) * window_slots(answer.scale) * memory.interval_seconds)
    series = memory.growing.series
    rise = Rise(since - span, dict(answer.risen).get(place), slot - span)
    return fuse_evidence(weighed, series.lives[place], series.count(place, at), rise, slot)


def _refuse(answer: Answer, fused: Fused, *, led: bool) -> str:
    """Name why a stack is not reported; empty when it is.

    What rises doubtfully needs a dump that shows that its goroutines stay.
    """
    if answer.refused and not (answer.doubtful and fused.stay is Stay.STUCK):
        return answer.refused
    if led:
        return "group"
    return "dump" if fused.stay is Stay.TURNING_OVER else ""


def _explain(refused: str, fused: Fused) -> str:
    """Say why a stack is a candidate, or why not."""
    if refused:
        return _REFUSALS.get(refused) or f"a dump says: {fused.sentence}"
    told = fused.stay in (Stay.STUCK, Stay.LOOPING)
    return f"{_GROWS}; a dump says: {fused.sentence}" if told else _GROWS


def choose_answer(memory: ServiceMemory, at: int) -> Answer | None:
    """Give the answer that speaks for a stack: a candidate's before all others, then the highest score."""
    scales = memory.growing.answers.get(at, {})
    return max(scales.values(), key=lambda answer: (not answer.refused, answer.doubtful, answer.score), default=None)


def _hold(roster: Roster, at: int, name: Fingerprint, fused: Fused) -> Hold:
    """Say for how long a stack stays a suspect because it may be demand.

    A dump that shows connections which stay ends their hold, and that of requests that queue for a lock. It does not
    end that of other requests and of calls: what piles up behind something slow stays as well, until it is fast again.
    """
    if roster.demand[at]:
        stays = fused.stay in (Stay.STUCK, Stay.LOOPING) and not roster.own[at]
        return Hold.NO if stays else Hold.DEMAND
    if roster.requests[at]:
        return Hold.NO if fused.stay is Stay.STUCK and name.operation in LOCKS else Hold.SERVING
    return Hold.CALLING if is_calling(name) else Hold.NO


def _is_fresh(number: int, newest: int, spacing: float) -> bool:
    """Say whether a life was scraped within the newest window."""
    return number - newest < FIRST_WINDOW_SLOTS * max(1.0, spacing)
