"""answers of one stack -> its growth: the scale that speaks, the rate over all instances, the reason in a sentence."""

from processors.growth.answer import Answer
from processors.growth.questions import QUESTIONS
from processors.growth.windows import FIRST_WINDOW_SLOTS, WINDOWS, window_slots
from processors.memory import ServiceMemory
from processors.slots import slot_at
from schemas.model import Fingerprint, Growth

_SECONDS_PER_HOUR = 3600
_GROWS = "the floor rises in both halves of the span and is still rising"
_REFUSALS = {question.name: question.fails for question in QUESTIONS} | {
    "entry": "the stacks that came in through the same function do not rise together",
    "sum": "it rises within the noise of single instances only",
    "demand": "it waits for the peer of an accepted connection: this is demand",
    "group": "it grows together with another stack, which is reported",
}
_NOTHING = Answer(
    scale=0, refused="size", findings=(), score=0.0, floor=0, growth=0.0, rate=0.0, half_width=0.0, growing=0, place=-1,
    youngest=0, steps=(), summed=True,
)  # fmt: skip


def measure_stack(
    memory: ServiceMemory, number: int, at: int, name: Fingerprint, *, leader: int | None
) -> tuple[Growth, int]:
    """Say how one stack grows at the end of a slot, and how old the youngest life is; 0 when none was scraped."""
    series, roster = memory.growing.series, memory.growing.roster
    answer = choose_answer(memory, at) or _NOTHING
    refused = answer.refused or _refuse(demand=bool(roster.demand[at]), led=leader is not None)
    fresh = [place for place, life in enumerate(series.lives) if life and _is_fresh(number, life.newest, life.spacing)]
    ages = [number + 1 - life.birth for place in fresh if (life := series.lives[place])]
    per_hour = _SECONDS_PER_HOUR / (window_slots(answer.scale) * memory.interval_seconds)
    worst = series.lives[answer.place] if answer.place >= 0 else None
    growth = Growth(
        service=memory.name,
        fingerprint=name,
        slot=slot_at(number, memory.interval_seconds),
        goroutines=sum(series.count(place, at) for place in fresh),
        instances=len(fresh),
        growing_instances=answer.growing,
        worst_instance=worst.instance if worst else "",
        floor=sum(series.newest_floor(place, at) for place in fresh),
        growth_per_hour=answer.rate * per_hour,
        growth_low=(answer.rate - answer.half_width) * per_hour,
        growth_high=(answer.rate + answer.half_width) * per_hour,
        scale_slots=window_slots(answer.scale) * WINDOWS if answer is not _NOTHING else 0,
        score=answer.score,
        candidate=not refused,
        reason=_REFUSALS[refused] if refused else _GROWS,
    )
    return growth, min(ages, default=0)


def choose_answer(memory: ServiceMemory, at: int) -> Answer | None:
    """Give the answer that speaks for a stack: a candidate's before all others, then the highest score."""
    scales = memory.growing.answers.get(at, {})
    return max(scales.values(), key=lambda answer: (not answer.refused, answer.score), default=None)


def _refuse(*, demand: bool, led: bool) -> str:
    """Name why a candidate is not reported."""
    if led:
        return "group"
    return "demand" if demand else ""


def _is_fresh(number: int, newest: int, spacing: float) -> bool:
    """Say whether a life was scraped within the newest window."""
    return number - newest < FIRST_WINDOW_SLOTS * max(1.0, spacing)
