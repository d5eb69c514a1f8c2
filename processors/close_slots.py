"""observations -> judged stacks: the slots of a service are closed one after the other.

A slot is closed when an attempt arrives that is later than it by more than the allowance. Then its observations count,
in the order of their instances; when windows end with it, every stack that rises or is watched is judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from processors.growth.answer import Answer
from processors.growth.group import Candidate, find_leaders
from processors.growth.questions import QUESTIONS
from processors.growth.series import Life
from processors.growth.windows import FIRST_WINDOW_SLOTS, WINDOWS, count_closing, window_slots
from processors.judge import Evaluation, Policy, Watch, judge
from processors.judge import Event as JudgeEvent
from processors.life import Began, find_collapse, find_restart
from processors.memory import Observation, ServiceMemory
from processors.slots import slot_at
from schemas.model import Fingerprint, Growth

_ABSENT_SLOTS = 240
_SECONDS_PER_HOUR = 3600
_LONGEST_GAP_SLOTS = 100_000
_SENTENCES = {question.name: question for question in QUESTIONS}
_OTHER_REFUSALS = {
    "entry": "the stacks that came in through the same function do not rise together",
    "sum": "it rises within the noise of single instances only",
    "demand": "it waits for the peer of an accepted connection: this is demand",
    "group": "it grows together with another stack, which is reported",
}


@dataclass(frozen=True, slots=True)
class NewLife:
    """A life that began with an observation."""

    observation: Observation
    how: Began


@dataclass(frozen=True, slots=True)
class Judged:
    """One stack at the end of a slot: its growth, the memory before and after, and what changed the state, if so."""

    growth: Growth
    before: Watch
    watch: Watch
    event: JudgeEvent | None


@dataclass(frozen=True, slots=True)
class Closing:
    """What the end of one slot brought."""

    slot: datetime
    lives: tuple[NewLife, ...]
    judged: tuple[Judged, ...]


def close_slots(memory: ServiceMemory, before: int, policy: Policy) -> Iterator[Closing]:
    """Close every slot with a smaller number; a gap of months is stepped over."""
    if memory.closed < 0:
        memory.closed = min(memory.pending, default=before) - 1
    if before - memory.closed > _LONGEST_GAP_SLOTS:
        memory.closed = before - _LONGEST_GAP_SLOTS
    while memory.closed + 1 < before:
        number = memory.closed = memory.closed + 1
        observed = sorted(memory.pending.pop(number, ()), key=lambda item: item.instance)
        if not observed and not count_closing(number):
            continue
        lives = tuple(life for item in observed if (life := observe(memory, item, number)) is not None)
        judged: tuple[Judged, ...] = ()
        if memory.growing.close(number, policy.minimum_growth, policy.without):
            _let_absent_go(memory, number)
            judged = tuple(_judge_all(memory, number, policy))
        yield Closing(slot_at(number, memory.interval_seconds), lives, judged)


def observe(memory: ServiceMemory, item: Observation, number: int) -> NewLife | None:
    """Let one observation count; give the life that began with it, None when the process is the one known."""
    growing = memory.growing
    ids = growing.meet(item.values, lambda value: memory.stacks[value].fingerprint)
    place = memory.places.get(item.instance)
    life = None if place is None else growing.series.lives[place]
    spacing = item.interval_seconds / memory.interval_seconds
    how = Began.FIRST_SEEN
    if place is not None and life is not None and life.spacing == spacing:
        known = _find_new_life(memory, item, place, life)
        if known is None:
            growing.observe(place, ids, item.goroutines)
            life.newest = number
            return None
        how = known
    if place is not None:
        growing.series.end(place)
    begun = Life(item.instance, item.slot, item.version, item.process_start, spacing, number, number)
    memory.places[item.instance] = growing.begin(begun, ids, item.goroutines)
    return NewLife(item, how)


def _find_new_life(memory: ServiceMemory, item: Observation, place: int, life: Life) -> Began | None:
    """Say whether an observation comes from another process than the last one of its instance."""
    if life.version != item.version:
        return Began.VERSION
    if life.process_start and item.process_start:
        return find_restart(life.process_start, item.process_start)
    roster = memory.growing.roster
    before = memory.growing.series.latest(place, len(roster))
    after = np.zeros(len(roster), dtype=np.int64)
    after[np.array([roster.ids[value] for value in item.values.tolist()], dtype=np.int64)] = item.goroutines
    stacks = np.array([name is not None for name in roster.names], dtype=np.bool_)
    return find_collapse(before[stacks], after[stacks])


def _let_absent_go(memory: ServiceMemory, number: int) -> None:
    """Let go of processes that were not scraped for hours."""
    for instance, place in list(memory.places.items()):
        life = memory.growing.series.lives[place]
        if life is not None and number - life.newest >= _ABSENT_SLOTS * max(1.0, life.spacing):
            memory.growing.series.end(place)
            del memory.places[instance]
            memory.seen.pop(instance, None)


def _judge_all(memory: ServiceMemory, number: int, policy: Policy) -> Iterator[Judged]:
    """Judge the stacks that rise and those that are watched, in a stable order."""
    roster = memory.growing.roster
    watched = {roster.ids[value] for value in memory.watched() if value in roster.ids}
    concerned = sorted(memory.growing.answers.keys() | watched)
    if not concerned:
        return
    led = _lead(memory)
    for at in concerned:
        name = roster.names[at]
        if name is None:
            continue
        growth, youngest = _measure(memory, number, at, name, led)
        known = number - memory.number(memory.first_slot) + 1 if memory.first_slot else 0
        before = memory.watches.get(name.value, Watch())
        after, event = judge(before, Evaluation(growth, known, youngest, FIRST_WINDOW_SLOTS), policy)
        if after == Watch():
            memory.watches.pop(name.value, None)
            if event is not None:
                memory.leaders.pop(name.value, None)
        else:
            memory.watches[name.value] = after
        if event is not None or growth.candidate or after.open or growth.growth_low > 0:
            yield Judged(growth, before, after, event)


def _lead(memory: ServiceMemory) -> dict[int, int]:
    """Give the leader of each candidate; one that was led stays so while its leader is open."""
    roster, answers = memory.growing.roster, memory.growing.answers
    candidates = {
        at: Candidate(at, name, scales)
        for at, scales in answers.items()
        if (name := roster.names[at]) is not None and any(not answer.refused for answer in scales.values())
    }
    opened = {roster.ids[value] for value in memory.watched() if value in roster.ids and value not in memory.leaders}
    led: dict[int, int] = {}
    for at in list(candidates):
        leader = memory.leaders.get(roster.names[at].value)  # type: ignore[union-attr]  # candidates have names
        if leader is not None and memory.watches.get(leader, Watch()).open:
            led[at] = roster.ids[leader]
    free = [candidate for at, candidate in candidates.items() if at not in led]
    leaders = find_leaders(free, roster, opened, answers)
    for at, leader in leaders.items():
        if at != leader:
            led[at] = leader
            memory.leaders[roster.names[at].value] = roster.names[leader].value  # type: ignore[union-attr]
    return led


def _measure(
    memory: ServiceMemory, number: int, at: int, name: Fingerprint, led: dict[int, int]
) -> tuple[Growth, int]:
    """Say how one stack grows now, and how old the youngest life is that was judged; 0 when none could be."""
    growing, series = memory.growing, memory.growing.series
    scales = growing.answers.get(at, {})
    answer = max(scales.values(), key=lambda item: (not item.refused, item.score), default=None)
    slot = slot_at(number, memory.interval_seconds)
    fresh = [place for place, life in enumerate(series.lives) if life and number - life.newest <= FIRST_WINDOW_SLOTS * max(1.0, life.spacing)]
    wide = len(growing.roster)
    counts = {place: int(series.latest(place, wide)[at]) for place in fresh}
    leader = led.get(at)
    demand = bool(growing.roster.demand[at])
    refused = answer.refused if answer else "size"
    if answer and not refused and leader is not None:
        refused = "group"
    elif answer and not refused and demand and "demand" not in ():
        refused = "demand"
    per_hour = 0.0 if answer is None else _SECONDS_PER_HOUR / (window_slots(answer.scale) * memory.interval_seconds)
    worst = series.lives[answer.place] if answer and answer.place >= 0 else None
    growth = Growth(
        service=memory.name,
        fingerprint=name,
        slot=slot,
        goroutines=sum(counts.values()),
        instances=len(fresh),
        growing_instances=answer.growing if answer else 0,
        worst_instance=worst.instance if worst else "",
        floor=sum(series.newest_floor(place, at) for place in fresh),
        growth_per_hour=answer.rate * per_hour if answer else 0.0,
        growth_low=(answer.rate - answer.half_width) * per_hour if answer else 0.0,
        growth_high=(answer.rate + answer.half_width) * per_hour if answer else 0.0,
        scale_slots=window_slots(answer.scale) * WINDOWS if answer else 0,
        score=answer.score if answer else 0.0,
        candidate=answer is not None and not refused,
        reason=_explain(refused),
    )
    ages = [number + 1 - life.birth for place in fresh if (life := series.lives[place])]
    return growth, min(ages, default=0)


def _explain(refused: str) -> str:
    """Say in one sentence why a stack is a candidate, or why not."""
    if not refused:
        return "the floor rises in both halves of the span and is still rising"
    return _OTHER_REFUSALS.get(refused) or _SENTENCES[refused].fails
