"""floors -> how fast they rise and how much of that noise explains: maths only, for many series at once.

`floors` is (series, 6), newest first.
"""

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from processors.growth.noise import Spread
from processors.growth.windows import WINDOWS

LOAD_EXPONENT = 1.4
"""Stacks follow load with powers of 0.3 to 1.3."""

_Z90 = 1.645
_PAIRS = tuple(combinations(range(WINDOWS), 2))

Floats = NDArray[np.float64]


def excess(floors: Floats, load_ratio: Floats) -> Floats:
    """Give the growth over the span that the growth of load cannot explain."""
    return np.asarray(floors[:, 0] - floors[:, -1] * np.maximum(1, load_ratio) ** LOAD_EXPONENT)


def score(floors: Floats, load_ratio: Floats, spread: Spread) -> Floats:
    """Give the excess in standard deviations of its noise.

    Arrivals of a leak are Poisson: growth G has at least the variance G. The walk of the past may hold a leak's own
    arrivals, so the larger of both counts, not their sum.
    """
    growth = np.maximum(floors[:, 0] - floors[:, -1], 0)
    return np.asarray(excess(floors, load_ratio) / np.sqrt(variance(growth, spread) + 1))


def variance(growth: Floats, spread: Spread) -> Floats:
    """Give the variance of a difference of the two ends of a span."""
    return np.asarray(2 * spread.white + np.maximum((WINDOWS - 1) * spread.walk, growth))


def slope(floors: Floats) -> Floats:
    """Give the median of all pairwise slopes, per window (Theil 1950, Sen 1968)."""
    slopes = np.stack([(floors[:, newer] - floors[:, older]) / (older - newer) for newer, older in _PAIRS], axis=1)
    return np.asarray(np.median(slopes, axis=1))


def half_width(growth: Floats, spread: Spread) -> Floats:
    """Give half of the 90 % interval of a slope per window: the noise of the ends and of the arrivals between."""
    return np.asarray(_Z90 * np.sqrt(variance(np.maximum(growth, 0), spread) + 1) / (WINDOWS - 1))
