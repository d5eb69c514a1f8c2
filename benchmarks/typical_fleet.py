"""Profiles of the typical size, as a fleet gives them: 300 stacks of 12 to 20 frames, two builds, one leak a service.

From scrape to scrape a sixth of the counts of an instance moves by one, and one stack leaks. Every instance changes to
the second build half-way, one after the other, and begins anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.encode import Build, Samples
from benchmarks.detection.nouns import SimStack
from schemas.model import ScrapedProfile

STACKS, FEWEST_FRAMES, MOST_FRAMES = 300, 12, 20
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
_MOVING = STACKS // 6
_LEAKED_PER_SLOT = 2
_PARKING = (
    ("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1"),
    ("runtime.gopark", "runtime.selectgo"),
    ("runtime.gopark", "runtime.semacquire1", "sync.runtime_SemacquireMutex", "sync.(*Mutex).lockSlow"),
)
_ENTRIES = ("net/http.(*conn).serve", "example.com/shop/worker.(*Pool).run", "example.com/shop/feed.(*Feed).follow")


Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fleet:
    """So many services of so many instances, scraped once a minute so many times."""

    services: int
    instances: int
    slots: int

    @property
    def profiles(self) -> int:
        """Give how many profiles that makes."""
        return self.services * self.instances * self.slots


def scrape_fleet(fleet: Fleet) -> Iterator[ScrapedProfile]:
    """Give every scrape, slot by slot."""
    services = [_Service(f"service-{number}", fleet, seed=number) for number in range(fleet.services)]
    for slot in range(fleet.slots):
        for service in services:
            yield from service.scrape(slot)


class _Service:
    """One service: its builds have other addresses and the same functions."""

    def __init__(self, name: str, fleet: Fleet, seed: int) -> None:
        self._name, self._fleet = name, fleet
        self._random = np.random.default_rng(seed)
        stacks = [self._draw_stack() for _ in range(STACKS)]
        self._builds = {version: Build(f"{name}@{version}", stacks) for version in ("v41", "v42")}
        self._counts = [self._draw_counts() for _ in range(fleet.instances)]

    def scrape(self, slot: int) -> Iterator[ScrapedProfile]:
        """Give one slot of all instances."""
        at = BEGIN + timedelta(minutes=slot)
        for instance in range(self._fleet.instances):
            change = self._fleet.slots // 2 + instance
            if slot == change:
                self._counts[instance] = self._draw_counts()
            version = "v41" if slot < change else "v42"
            samples: Samples = [
                (stack, count, {}) for stack, count in enumerate(self._move(instance).tolist()) if count
            ]
            body = self._builds[version].encode(samples, int(at.timestamp() * 1e9))
            address = f"10.0.{instance // 250}.{instance % 250 + 1}:6060"
            yield ScrapedProfile(self._name, address, at, at, 60.0, 0.01, {"version": version}, body)

    def _draw_counts(self) -> Counts:
        """Draw the counts of a process that begins."""
        return self._random.integers(1, 41, STACKS)

    def _move(self, instance: int) -> Counts:
        """Give the next counts of an instance."""
        counts = self._counts[instance]
        moving = 1 + self._random.choice(STACKS - 1, _MOVING, replace=False)
        counts[moving] = np.maximum(0, counts[moving] + self._random.choice((-1, 1), _MOVING))
        counts[0] += _LEAKED_PER_SLOT
        return counts

    def _draw_stack(self) -> SimStack:
        """Draw a stack: parked at the leaf, functions of a few packages above an entry."""
        parked = _PARKING[self._random.integers(len(_PARKING))]
        depth = int(self._random.integers(FEWEST_FRAMES, MOST_FRAMES + 1)) - len(parked) - 1
        own = [
            f"example.com/shop/package{number % 23}.(*Type{number % 61}).Method{number % 13}"
            for number in self._random.integers(720, size=depth).tolist()
        ]
        return SimStack((*parked, *own, _ENTRIES[self._random.integers(len(_ENTRIES))]))
