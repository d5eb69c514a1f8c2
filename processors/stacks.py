"""What is remembered of stacks: which fingerprint an identity has.

Two tables, a young one and an old one: when the young one is half full it becomes the old one, and what was not met
since is gone. So memory is bounded and the oldest go, without a note of each one's age.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from processors.kernel_stacks import remember
from processors.kernel_wire import Words
from processors.scratch import power_of_two, words
from schemas.model import Fingerprint

_FIRST = 2_048


@dataclass(slots=True)
class Stacks:
    """Identity -> fingerprint. `most` is how many each of both tables remembers, rounded up to a power of two."""

    most: int
    young: Words = field(init=False)
    old: Words = field(init=False)
    filled: int = 0
    evicted: int = 0
    named: dict[int, Fingerprint] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make both tables, small at first: what fits into the processor's caches is found sooner."""
        self.most = power_of_two(self.most)
        self.young, self.old = words(2 * min(self.most, _FIRST), 2), words(2, 2)

    def remember(self, met: Mapping[int, Fingerprint]) -> None:
        """Remember stacks by their identity, as many as there is place for."""
        if self.filled + len(met) > self.most:
            self._age()
        self._make_place(self.filled + len(met))
        identities = np.fromiter(met, np.uint64, len(met))
        values = np.fromiter((found.value for found in met.values()), np.uint64, len(met))
        self.filled += int(remember(self.young, np.uint64(self.filled), identities, values))
        self.named |= {found.value: found for found in met.values()}

    def note_moved(self, moved: int) -> None:
        """Take in that so many stacks of the old table were met again."""
        self.filled += moved

    def _make_place(self, entries: int) -> None:
        """Lengthen the young table, where it may be longer, so that so many entries are half of it."""
        rows = min(2 * power_of_two(max(1, entries)), 2 * self.most)
        if rows > len(self.young):
            taken = self.young[self.young[:, 0] != 0]
            self.young = words(rows, 2)
            remember(self.young, np.uint64(0), np.ascontiguousarray(taken[:, 0]), np.ascontiguousarray(taken[:, 1]))

    def _age(self) -> None:
        """Make the young table the old one, and forget what only the old one knew."""
        gone = np.setdiff1d(self.old[:, 0], self.young[:, 0])
        self.evicted += int(np.count_nonzero(gone))
        self.young, self.old = words(len(self.young), 2), self.young
        self.filled = 0
        alive = set(self.old[self.old[:, 0] != 0, 1].tolist())
        self.named = {value: found for value, found in self.named.items() if value in alive}
