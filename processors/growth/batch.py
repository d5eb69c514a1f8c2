"""The scrapes of one slot -> one call: what is done for each life by itself is paid once for hundreds of them.

Rule: whatever else changes a service's growth comes after `take_in`, so that nothing depends on what was put together.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from processors.growth.lookup import Places
from processors.growth.service import Growing

_MOST = 256
"""Lives taken in at once: with a thousand stacks some megabytes."""


@dataclass(slots=True)
class Batch:
    """Scrapes of lives that go on, waiting to be taken in; of each life one."""

    growing: Growing
    places: dict[int, None] = field(default_factory=dict)
    numbers: list[Places] = field(default_factory=list)
    goroutines: list[NDArray[np.uint64]] = field(default_factory=list)

    def add(self, place: int, numbers: Places, goroutines: NDArray[np.uint64]) -> None:
        """Put a scrape in."""
        self.places[place] = None
        self.numbers.append(numbers)
        self.goroutines.append(goroutines)
        if len(self.places) >= _MOST:
            self.take_in()

    def take_in(self) -> None:
        """Let all of them count."""
        if self.places:
            self.growing.observe(np.fromiter(self.places, np.intp), self.numbers, self.goroutines)
            self.places, self.numbers, self.goroutines = {}, [], []
