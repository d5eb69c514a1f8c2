"""observations -> judged stacks: the slots of a service are closed one after the other.

A slot is closed when an attempt arrives that is later than it by more than the allowance. Then its observations count,
in the order of their instances; when windows end with it, every stack that rises or is watched is judged.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from processors.growth.batch import Batch
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
        lives = tuple(observe(memory, observed, number))
        judged: tuple[Judged, ...] = ()
        if memory.growing.close(Moment(number, memory.interval_seconds), policy.asking):
            _let_absent_go(memory, number)
            judged = tuple(judge_stacks(memory, number, policy))
        yield Closing(slot_at(number, memory.interval_seconds), lives, judged)


def observe(memory: ServiceMemory, observed: Iterable[Observation], number: int) -> Iterator[NewLife]:
    """Let the observations of a slot count; give the lives that began with them."""
    batch = Batch(memory.growing)
    for item in observed:
        ids = memory.number_stacks(item)
        if ids is None:
            batch.take_in()
            ids = memory.meet_stacks(item)
        place = memory.places.get(item.instance)
        if place in batch.places:
            batch.take_in()
        how = _find_new_life(memory, item, place, ids)
        if place is not None and how is None:
            batch.add(place, ids, item.goroutines)
        else:
            batch.take_in()
            yield _begin_life(memory, item, number, ids, how or Began.FIRST_SEEN)
            place = memory.places[item.instance]
        life = memory.growing.series.lives[place]
        if life is not None:
            life.newest, life.goroutines = number, int(item.goroutines.sum())
    batch.take_in()


def _begin_life(memory: ServiceMemory, item: Observation, number: int, ids: Places, how: Began) -> NewLife:
    """Begin a life, in the place of the one before."""
    growing = memory.growing
    before = memory.places.get(item.instance)
    if before is not None:
        growing.series.end(before)
    spacing = item.interval_seconds / memory.interval_seconds
    begun = Life(item.instance, item.slot, item.version, item.process_start, spacing, number, number)
    memory.places[item.instance] = growing.begin(begun, ids, item.goroutines)
    return NewLife(item, how)


def _find_new_life(memory: ServiceMemory, item: Observation, place: int | None, ids: Places) -> Began | None:
    """Say whether an observation comes from another process than the last one of its instance; `ids` number it."""
    series, layout = memory.growing.series, memory.growing.roster.layout
    life = None if place is None else series.lives[place]
    if place is None or life is None or life.spacing != item.interval_seconds / memory.interval_seconds:
        return Began.FIRST_SEEN
    if life.version != item.version:
        return Began.VERSION
    if life.process_start and item.process_start:
        return find_restart(life.process_start, item.process_start)
    if life.goroutines >= 0 and keeps_total(life.goroutines, int(item.goroutines.sum())):
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
