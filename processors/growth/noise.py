"""What a stack's past says about its noise, free of drift.

Floors f_0, f_1, … of equal windows, newest first, have the second differences e = f_0 - 2 f_1 + f_2, and e' the same
one window earlier. White noise s^2 gives mean(e^2) = 6 s^2 and -mean(e e') = 4 s^2; a random walk of steps r^2 gives
2 r^2 and r^2. So both come out of two sums, and a straight leak adds to neither: its e is near zero. The sums are
pooled over all lives of the service and fade with a half-life; a prior worth three windows speaks for what was never
seen.
(The difference estimator of Rice, 1984, carried to two kinds of noise.)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.growth.windows import SCALES, window_slots

_HALF_LIFE_SLOTS = 7 * 24 * 60
_PRIOR_WINDOWS = 3.0
_WALK_OF_TWICE = 1.5
_PRIOR_WHITE, _PRIOR_WHITE_SHARE = 0.25, 0.02
_PRIOR_WALK, _PRIOR_WALK_SHARE = 0.05, 0.005
_NEEDED_WINDOWS = 4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Variances per window of a length: `white` of each floor by itself, `walk` of the step from one to the next."""

    white: Floats
    walk: Floats


class Noise:
    """Sums per scale and number of the roster: windows, e^2, e e'."""

    def __init__(self) -> None:
        self.sums: Floats = np.zeros((SCALES, 0, 3))

    def learn(self, scale: int, numbers: NDArray[np.int32], floors: NDArray[np.float64], wide: int) -> None:
        """Take in floors (rows, 6) of one scale; `numbers` says whose they are, `wide` how many there may be."""
        self._fit(wide)
        later = floors[:, 0] - 2 * floors[:, 1] + floors[:, 2]
        earlier = floors[:, 1] - 2 * floors[:, 2] + floors[:, 3]
        table = self.sums[scale, :wide]
        table *= 0.5 ** (window_slots(scale) / _HALF_LIFE_SLOTS)
        for column, weights in enumerate((np.ones(len(numbers)), later * later, later * earlier)):
            table[:, column] += np.bincount(numbers, weights=weights, minlength=wide)

    def spread(self, scale: int, numbers: NDArray[np.int32], level: Floats) -> Spread:
        """Give the noise of some numbers of the roster.

        The prior grows with their level; what is known of shorter windows is the prior of longer ones, of which there
        are few: a walk takes twice the variance in twice the time. What few windows say of the walk is taken at one
        standard error less: of a stack that is new they are the arrivals of the very leak that is judged.
        """
        if not len(numbers):
            return Spread(np.zeros(0), np.zeros(0))
        self._fit(int(numbers.max()) + 1)
        white, walk = _PRIOR_WHITE + _PRIOR_WHITE_SHARE * level, _PRIOR_WALK + _PRIOR_WALK_SHARE * level
        usual = walk
        for lower in range(scale + 1):
            found = _estimate(self.sums[lower, numbers], white, np.maximum(usual, walk))
            usual = _WALK_OF_TWICE * found.walk
        seen = self.sums[scale, numbers, 0] + _PRIOR_WINDOWS
        return Spread(found.white, found.walk * (1 - 1 / np.sqrt(seen)))

    def _fit(self, wide: int) -> None:
        """Make room."""
        if wide > self.sums.shape[1]:
            more = max(64, wide * 3 // 2) - self.sums.shape[1]
            self.sums = np.concatenate([self.sums, np.zeros((SCALES, more, 3))], axis=1)


def _estimate(sums: Floats, white: Floats, walk: Floats) -> Spread:
    """Tell both kinds of noise apart; `white` and `walk` are the prior."""
    seen, squares, products = sums.T
    total = seen + _PRIOR_WINDOWS
    a = (squares + _PRIOR_WINDOWS * (6 * white + 2 * walk)) / total
    b = (-products + _PRIOR_WINDOWS * (4 * white + walk)) / total
    found = np.maximum(0, (2 * b - a) / 2)
    return Spread(found, np.maximum(0, (a - 6 * found) / 2))
