"""floors -> crests: the levels from which a stack came down by itself, while its processes lived.

Leaked goroutines never leave their process, so who came down from a level did not leak up to it: a batch, a wave of
users, a walk. Until a rise is above its crest it may be one more of them. Crests fade with a half-life of a week.
"""

import numpy as np
from numpy.typing import NDArray

from processors.growth.windows import SCALES, window_slots

_HALF_LIFE_SLOTS = 7 * 24 * 60
_FALLEN_SHARE = 0.3
_FALLEN_GOROUTINES = 8

Floats = NDArray[np.float64]


class Crests:
    """Levels per scale and number of the roster; 0 where it never came down."""

    def __init__(self) -> None:
        self.levels: NDArray[np.float32] = np.zeros((SCALES, 0), dtype=np.float32)

    def learn(self, scale: int, numbers: NDArray[np.int32], floors: Floats, wide: int) -> None:
        """Take in floors (rows, 6) of one scale, newest first; `numbers` says whose, `wide` how many there may be."""
        self._fit(wide)
        table = self.levels[scale, :wide]
        table *= 0.5 ** (window_slots(scale) / _HALF_LIFE_SLOTS)
        highest = floors.max(axis=1, initial=0)
        fallen = highest - floors[:, 0] >= np.maximum(_FALLEN_GOROUTINES, _FALLEN_SHARE * highest)
        np.maximum.at(table, numbers[fallen], highest[fallen].astype(np.float32))

    def of(self, scale: int, numbers: NDArray[np.int32]) -> Floats:
        """Give the crests of windows at least as long: a short peak says little of a level that lasts."""
        self._fit(int(numbers.max(initial=-1)) + 1)
        return np.asarray(self.levels[scale:, numbers].max(axis=0), dtype=np.float64)

    def _fit(self, wide: int) -> None:
        """Make room."""
        more = wide - self.levels.shape[1]
        if more > 0:
            self.levels = np.concatenate([self.levels, np.zeros((SCALES, more + wide // 2), np.float32)], axis=1)
