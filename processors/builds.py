"""What is remembered of builds: the meaning of their addresses.

A build is known by its service, its build id and the file offset of its mapping, never without a build id (builds made
with -buildid= have none, and would share one). A target may lie, so a build is keyed by service, is read whole again
every so many scrapes, and is not trusted any more once it contradicted itself. The oldest go when there are too many.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from processors.kernel_builds import learn, move
from processors.kernel_wire import MOST_CALLS, Words
from processors.scratch import Scratch, words

BuildKey = tuple[str, bytes, int]
"""Service, build id, file offset of the mapping."""

_FIRST_SLOTS = 2_048
_MOST_SLOTS = 2**17
"""Of one build: 65,536 addresses; a build of 950 stacks showed 3,363 in all its scrapes."""


@dataclass(slots=True)
class Build:
    """The addresses of one build. `most_calls` is the longest chain of inlined calls among its locations."""

    table: Words = field(default_factory=lambda: words(_FIRST_SLOTS, 2))
    filled: int = 0
    scrapes: int = 0
    most_calls: int = 1
    trusted: bool = True


@dataclass(slots=True)
class Builds:
    """All of them, the one that was met last at the end.

    `most_slots` bounds their memory, 16 bytes a slot; every `recheck_every`-th scrape of a build is read whole.
    """

    most_slots: int
    recheck_every: int
    slots: int = 0
    evicted: int = 0
    contradicted: int = 0
    known: OrderedDict[BuildKey, Build] = field(default_factory=OrderedDict)

    def meet(self, service: str, build_id: bytes, offset: int) -> Build:
        """Give a build, a new one where it is not known."""
        key = (service, build_id, offset)
        build = self.known.get(key)
        if build is None:
            build = self.known[key] = Build()
            self.slots += len(build.table)
            self._evict()
        self.known.move_to_end(key)
        build.scrapes += 1
        return build

    def believes(self, build: Build) -> bool:
        """Say whether a profile is to be read by addresses alone."""
        return build.trusted and build.filled > 0 and build.scrapes % self.recheck_every != 0

    def learn(self, build: Build, scratch: Scratch) -> None:
        """Remember what the addresses of a profile mean that was read whole."""
        if not build.trusted:
            return
        left = 1
        while left:
            new, other, left = self._learn(build, scratch)
            build.filled += new
            if other:
                self._distrust(build)
                return
            if left and not self._grow(build):
                return
        build.most_calls = max(build.most_calls, int(scratch.head[int(MOST_CALLS)]))

    def _learn(self, build: Build, scratch: Scratch) -> tuple[int, int, int]:
        """Let the kernel learn."""
        held = (build.table, np.uint64(build.filled))
        found = learn(scratch.head, scratch.locations, scratch.mappings[0], held, scratch.location_hash)
        return int(found[0]), int(found[1]), int(found[2])

    def _grow(self, build: Build) -> bool:
        """Make a table twice as long; False when it is as long as one may be."""
        if len(build.table) >= _MOST_SLOTS:
            return False
        larger = words(2 * len(build.table), 2)
        build.filled = int(move(build.table, larger))
        self.slots += len(build.table)
        build.table = larger
        self._evict()
        return True

    def _distrust(self, build: Build) -> None:
        """Forget what a build that contradicts itself taught; its profiles are read whole from now on."""
        self.contradicted += 1
        self.slots -= len(build.table)
        build.table, build.filled, build.trusted = words(2, 2), 0, False
        self.slots += len(build.table)

    def _evict(self) -> None:
        """Let the builds go that were not met for the longest time."""
        while self.slots > self.most_slots and len(self.known) > 1:
            _, oldest = self.known.popitem(last=False)
            self.slots -= len(oldest.table)
            self.evicted += 1
