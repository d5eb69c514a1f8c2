"""observations -> judged stacks: the slots of a service are closed one after the other.

A slot is closed when an attempt arrives that is later than it by more than the allowance. Then its observations count,
in the order of their instances; when windows end with it, every stack that rises or is watched is judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from processors.growth.evaluate import Moment
from processors.growth.lookup import Places
from processors.growth.series import Life
from processors.growth.windows import count_closing
from processors.judge import Policy
from processors.judge_stacks import Judged, judge_stacks
from processors.life import Began, find_collapse, find_restart, keeps_total
from processors.memory import Observation, ServiceMemory
from processors.slots import slot_at

_ABSENT_SLOTS = 240
_LONGEST_GAP_SLOTS = 100_000


@dataclass(frozen=True, slots=True)
class NewLife:
    """A life that began with an observation."""

    observation: Observation
    how: Began


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
        observed = memory.take_pending(number)
        if not observed and not count_closing(number):
            continue
        lives = tuple(life for item in observed if (life := observe(memory, item, number)) is not None)
        judged: tuple[Judged, ...] = ()
        if memory.growing.close(Moment(number, memory.interval_seconds), policy.asking):
            _let_absent_go(memory, number)
            judged = tuple(judge_stacks(memory, number, policy))
        yield Closing(slot_at(number, memory.interval_seconds), lives, judged)


def observe(memory: ServiceMemory, item: Observation, number: int) -> NewLife | None:
    """Let one observation count; give the life that began with it, None when the process is the one known."""
    growing = memory.growing
    ids = memory.number_stacks(item)
    total = int(item.goroutines.sum())
    place = memory.places.get(item.instance)
    life = None if place is None else growing.series.lives[place]
    spacing = item.interval_seconds / memory.interval_seconds
    how = Began.FIRST_SEEN
    if place is not None and life is not None and life.spacing == spacing:
        known = _find_new_life(memory, item, life, (place, ids, total))
        if known is None:
            growing.observe(place, ids, item.goroutines)
            life.newest, life.goroutines = number, total
            return None
        how = known
    if place is not None:
        growing.series.end(place)
    begun = Life(item.instance, item.slot, item.version, item.process_start, spacing, number, number, total)
    memory.places[item.instance] = growing.begin(begun, ids, item.goroutines)
    return NewLife(item, how)


def _find_new_life(
    memory: ServiceMemory, item: Observation, life: Life, counted: tuple[int, Places, int]
) -> Began | None:
    """Say whether an observation comes from another process than the last one of its instance.

    `counted` is the place of the life, the numbers of the fingerprints, and how many goroutines there are.
    """
    place, ids, total = counted
    series, layout = memory.growing.series, memory.growing.roster.layout
    if life.version != item.version:
        return Began.VERSION
    if life.process_start and item.process_start:
        return find_restart(life.process_start, item.process_start)
    if life.goroutines >= 0 and keeps_total(life.goroutines, total):
        return None
    before = series.latest(place, layout.wide)
    after = np.zeros(layout.wide, dtype=np.int64)
    after[ids] = item.goroutines
    return find_collapse(before.take(layout.stacks), after.take(layout.stacks))


def _let_absent_go(memory: ServiceMemory, number: int) -> None:
    """Let go of processes that were not scraped for hours."""
    for instance, place in list(memory.places.items()):
        life = memory.growing.series.lives[place]
        if life is not None and number - life.newest >= _ABSENT_SLOTS * max(1.0, life.spacing):
            memory.growing.series.end(place)
            del memory.places[instance]
            memory.seen.pop(instance, None)
