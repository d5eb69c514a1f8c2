"""What a processor remembers of one service.

Observations wait until their slot is closed (close_slots.py), so within the allowance the order of their arrival
changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from processors.ask_evidence import Asked
from processors.growth.lookup import UNKNOWN, Lookup, Places, Values
from processors.growth.service import Growing
from processors.judge import Watch
from processors.reading import Tally
from processors.seen import Met, Seen
from processors.slots import slot_number
from schemas.evidence import Taken, Weighed
from schemas.model import Fingerprint
from schemas.say import BenignEntry, PersonalVerdict


@dataclass(frozen=True, slots=True)
class KnownStack:
    """A stack that this service has shown, and where it was first seen."""

    fingerprint: Fingerprint
    first_seen: datetime
    first_version: str
    first_instance: str


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """The counts of one instance in one slot: goroutines per fingerprint, in no order.

    `stacks` are the places of the fingerprints among those that the service has shown.
    """

    instance: str
    slot: datetime
    interval_seconds: float
    labels: Mapping[str, str]
    process_start: datetime | None
    values: Values
    goroutines: NDArray[np.uint64]
    stacks: Places

    @property
    def version(self) -> str:
        """Give the label `version`, empty where there is none."""
        return self.labels.get("version", "")


@dataclass(slots=True)
class ServiceMemory:
    """`closed` is the number of the newest slot that was closed, in intervals of the service; -1 before the first.

    `numbers` are those of `stacks` in the roster, and one more that is UNKNOWN, as are those that it did not meet yet.
    `waiting` is the newest of the pending observations of an instance, with the number of its slot. `places` says where
    the life of an instance lies among the series, `leaders` under which stack another is reported. `asked_heap` is
    what readings of memory were asked for, `asked` what other evidence; `taken` is what came of both within a day,
    `evidence` what it says of a stack. `verdicts` are people's newest, by fingerprint; `benign` what the table of
    harmless growth holds of this service.
    """

    name: str
    interval_seconds: float = 0.0
    first_slot: datetime | None = None
    closed: int = -1
    growing: Growing = field(default_factory=Growing)
    places: dict[str, int] = field(default_factory=dict)
    stacks: dict[int, KnownStack] = field(default_factory=dict)
    lookup: Lookup = field(default_factory=Lookup)
    numbers: Places = field(default_factory=lambda: np.full(1, UNKNOWN, dtype=np.intp))
    watches: dict[int, Watch] = field(default_factory=dict)
    leaders: dict[int, int] = field(default_factory=dict)
    pending: dict[int, list[Observation]] = field(default_factory=dict)
    waiting: dict[str, tuple[int, Observation]] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    asked: Asked = field(default_factory=Asked)
    asked_heap: Asked = field(default_factory=Asked)
    taken: list[Taken] = field(default_factory=list)
    evidence: dict[int, Weighed] = field(default_factory=dict)
    verdicts: dict[int, PersonalVerdict] = field(default_factory=dict)
    benign: tuple[BenignEntry, ...] = ()

    def watched(self) -> frozenset[int]:
        """Give the fingerprints that must be judged even when they do not move."""
        return frozenset(value for value, watch in self.watches.items() if watch.open)

    def meet(self, instance: str, slot: datetime, interval_seconds: float) -> Met:
        """Say whether this slot of an instance is new, and remember it."""
        seen = self.seen.get(instance)
        if seen is None:
            seen = self.seen[instance] = Seen()
        return seen.meet(slot_number(slot, interval_seconds))

    def begin(self, slot: datetime, interval_seconds: float) -> None:
        """Note that an attempt to scrape belongs to this slot; the first one sets the interval of the service."""
        self.interval_seconds = self.interval_seconds or interval_seconds
        self.first_slot = min(self.first_slot or slot, slot)

    def wait(self, observation: Observation) -> None:
        """Let an observation wait until its slot is closed."""
        number = self.number(observation.slot)
        self.pending.setdefault(number, []).append(observation)
        other = self.waiting.get(observation.instance)
        if other is None or other[0] <= number:
            self.waiting[observation.instance] = number, observation

    def take_pending(self, number: int) -> list[Observation]:
        """Give the observations of a slot in the order of their instances; they wait no more."""
        observed = sorted(self.pending.pop(number, ()), key=lambda item: item.instance)
        for item in observed:
            if self.waiting[item.instance][1] is item:
                del self.waiting[item.instance]
        return observed

    def find(self, values: Values) -> Places:
        """Give the places of fingerprints among those that the service has shown; UNKNOWN for others."""
        return self.lookup.find(self.stacks, values)

    def number_stacks(self, item: Observation) -> Places | None:
        """Give the numbers of an observation's fingerprints in the roster; None where it must meet some first."""
        more = len(self.stacks) + 1 - len(self.numbers)
        if more:
            self.numbers = np.concatenate([self.numbers, np.full(more, UNKNOWN, dtype=np.intp)])
        found = self.numbers.take(item.stacks)
        return None if found.min(initial=0) == UNKNOWN else found

    def meet_stacks(self, item: Observation) -> Places:
        """Let the roster meet an observation's fingerprints; give their numbers."""
        found = self.growing.meet(item.values, item.goroutines, lambda value: self.stacks[value].fingerprint)
        self.numbers[item.stacks] = found
        return found

    def life_of(self, instance: str, slot: datetime) -> datetime:
        """Give the begin of the life that an instance lives, as far as is known; a new one begins with this slot."""
        place = self.places.get(instance)
        life = None if place is None else self.growing.series.lives[place]
        return slot if life is None else min(life.begin, slot)

    def number(self, slot: datetime) -> int:
        """Number a slot in the intervals of the service."""
        return slot_number(slot, self.interval_seconds)

    def find_gone(self, instance: str, stacks: Places) -> Values:
        """Give the fingerprints that an instance showed last and that are not among these stacks of the service."""
        if instance in self.waiting:
            observation = self.waiting[instance][1]
            values, before = observation.values, observation.stacks
        else:
            values = self.newest(instance).values
            before = self.find(values)
        present = np.zeros(len(self.stacks) + 1, dtype=np.bool_)
        present[stacks] = True
        gone: Values = values[~present.take(before)]
        return gone

    def newest(self, instance: str) -> Tally:
        """Give the newest counts of an instance, without zeros; empty before the first."""
        if instance in self.waiting:
            observation = self.waiting[instance][1]
            return Tally(observation.values, observation.goroutines)
        place = self.places.get(instance)
        layout = self.growing.roster.layout
        if place is None:
            return Tally(layout.values[:0], layout.values[:0])
        counts = self.growing.series.latest(place, layout.wide).take(layout.stacks)
        present = counts.nonzero()[0]
        return Tally(layout.values.take(present), counts.take(present).astype(np.uint64))
