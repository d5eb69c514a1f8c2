"""floors -> how fast they rise and how much of that noise explains: maths only, for many series at once.

`floors` is (series, 6), newest first.
"""

from dataclasses import dataclass
from itertools import combinations
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from processors.growth.noise import Spread
from processors.growth.windows import WINDOWS

LOAD_EXPONENT = 1.4
"""Stacks follow load with powers of 0.3 to 1.3."""

_WIDTH = 2.6
"""Standard deviations on each side of a rate. A normal deviate of 90 % is 1.645; that a rate is measured where it is
largest, at the scale and the split that show it best, costs the rest: so many hold 90 % of the true rates of the tuning
half of the exam in benchmarks/detection."""

_SPLIT_GAIN = 3.84
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
    return np.sort(slopes, axis=1)[:, len(_PAIRS) // 2]


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate per window with half of its 90 % interval, and how many of the newest rises it rests on."""

    value: float
    half_width: float
    windows: int


def rate(floors: Floats, white: float, walk: float) -> Rate:
    """Measure how fast the newest part of a span rises; `floors` (6), newest first.

    A leak may have begun within the span. The rises are split where two Poisson rates explain them best, if that is
    better than one rate by more than chance would be (likelihood ratio, 5 % of chi-square with one degree), and the
    newer part is measured; the noise of both ends and of the arrivals between them makes the interval.
    """
    rises = np.maximum(floors[:-1] - floors[1:], 0)
    windows = _split(rises)
    growth = float(floors[0] - floors[windows])
    spread = 2 * white + max(windows * walk, growth, 1.0)
    return Rate(growth / windows, _WIDTH * sqrt(spread) / windows, windows)


def _split(rises: Floats) -> int:
    """Give how many of the newest rises belong to the present rate; at least two."""
    whole = _likelihood(rises.sum(), len(rises))
    best, found = _SPLIT_GAIN, len(rises)
    for windows in range(2, len(rises)):
        newer, older = rises[:windows].sum(), rises[windows:].sum()
        gain = 2 * (_likelihood(newer, windows) + _likelihood(older, len(rises) - windows) - whole)
        if gain > best and newer / windows > older / (len(rises) - windows):
            best, found = gain, windows
    return found


def _likelihood(total: float, windows: int) -> float:
    """Give the log likelihood of a Poisson rate, but for what does not depend on it."""
    return total * log(total / windows) if total > 0 else 0.0
