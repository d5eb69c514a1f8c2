"""floors -> growth: maths only, for many series at once.

A floor is the smallest count in a window; leaks raise floors, load raises peaks. Six floors, newest first, are judged
at two scales counted in slots, so that a 1 s interval works as a 60 s one does. Shapes: `floors` is (series, 6).

Sources: robust slope by Theil (1950) and Sen (1968), its interval by the order statistics of Gilbert (1987), 16.4.2;
the limits were found on a few hundred simulated fleets of labelled leaks and harmless growth.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

WINDOWS = 6
WINDOW_SLOTS = (5, 40)
"""Slots per window at each scale: spans of 30 and 240 slots."""

_SCORE = 5.5
"""Growth in standard deviations of its noise; about 30 leaked goroutines of a quiet series reach it."""

_RELATIVE_GROWTH = 0.1
_LARGEST_RISE = 0.6
_SMALLER_HALF = 0.25
_YOUNG_HALF = 0.85
_EXCESS_HALF = 0.55
_RISES = 4
_LOAD_EXPONENT = 1.4
"""Stacks follow load with powers of 0.3 to 1.3."""

_BIRTH_SLOPE = 0.7

_PAIRS = tuple(combinations(range(WINDOWS), 2))
_LOW_RANK, _HIGH_RANK = 2, 12
"""Of the 15 sorted slopes, the 90 % interval for n = 6: C = 1.645 sqrt(n(n-1)(2n+5)/18) = 8.8, (15 -+ C)/2."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Shape(IntEnum):
    """What six floors look like; the order is the order of the questions."""

    GROWING = 0
    FLAT = 1
    NOISE = 2
    LOAD = 3
    STEP = 4
    SLOWING = 5
    WARMING_UP = 6


SENTENCES: dict[Shape, str] = {
    Shape.GROWING: "the floor rises in both halves of the span and is still rising",
    Shape.FLAT: "the floor does not rise enough to matter",
    Shape.NOISE: "the rise is within the noise of the series",
    Shape.LOAD: "requests rise as much: this follows load",
    Shape.STEP: "one step makes most of the rise: a new plateau",
    Shape.SLOWING: "the rise slows down: a warm-up or a plateau",
    Shape.WARMING_UP: "the process is young and grows slower than it did since its start",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What else is known of a span: load now over load at its begin (and from its middle), and the life's youth.

    `young`: the span begins within the first span of the life. `risen` and `age_windows`: growth since the life was
    first seen and how many windows ago that was; None when that is no longer remembered.
    """

    load_ratio: Floats
    load_ratio_half: Floats
    young: bool
    risen: Floats | None
    age_windows: float
    minimum_growth: float


@dataclass(frozen=True, slots=True)
class Judged:
    """Per series: its shape, growth over noise, and slopes per window (median, low, high of 90 %)."""

    shape: NDArray[np.int64]
    score: Floats
    slope: Floats
    slope_low: Floats
    slope_high: Floats


def judge_floors(floors: Floats, context: Context) -> Judged:
    """Judge the shape of the floors and measure their slope; no series in, no series out."""
    slope, low, high = theil_sen(floors)
    score = score_growth(floors, context)
    return Judged(name_shapes(floors, context, score, slope), score, slope, low, high)


def theil_sen(floors: Floats) -> tuple[Floats, Floats, Floats]:
    """Give the median of all pairwise slopes per window, and the ends of its 90 % interval."""
    slopes = np.stack([(floors[:, newer] - floors[:, older]) / (older - newer) for newer, older in _PAIRS], axis=1)
    slopes.sort(axis=1)
    middle = slopes[:, len(_PAIRS) // 2]
    return middle, slopes[:, _LOW_RANK], slopes[:, _HIGH_RANK]


def score_growth(floors: Floats, context: Context) -> Floats:
    """Give the growth beyond load over its noise.

    The noise of a floor is what its second differences show (white noise s^2 gives them 6 s^2), with a prior for quiet
    series; arrivals of a leak are Poisson, so growth g has at least the variance g.
    """
    bends = floors[:, :-2] - 2 * floors[:, 1:-1] + floors[:, 2:]
    white = np.maximum(np.mean(bends**2, axis=1) / 6, 0.25 + 0.02 * floors[:, -1])
    excess = _excess(floors, context.load_ratio)
    return np.asarray(excess / np.sqrt(2 * white + np.maximum(excess, 0) + 1))


def name_shapes(floors: Floats, context: Context, score: Floats, slope: Floats) -> NDArray[np.int64]:
    """Ask the questions in the order of Shape; the first that refuses a series names it."""
    newest, oldest = floors[:, 0], floors[:, -1]
    middle = (floors[:, 2] + floors[:, 3]) / 2
    growth, first_half, second_half = newest - oldest, middle - oldest, newest - middle
    rises = floors[:, :-1] - floors[:, 1:]
    excess = _excess(floors, context.load_ratio)
    excess_half = newest - middle * np.maximum(1, context.load_ratio_half) ** _LOAD_EXPONENT
    enough = np.maximum(context.minimum_growth, _RELATIVE_GROWTH * oldest)
    questions: list[tuple[Shape, Bools]] = [
        (Shape.FLAT, growth < enough),
        (Shape.LOAD, (excess < enough) | (excess_half < _EXCESS_HALF * np.minimum(first_half, second_half))),
        (Shape.NOISE, score < _SCORE),
        (Shape.STEP, rises.max(axis=1) > _LARGEST_RISE * growth),
        (Shape.SLOWING, _slowing(growth, first_half, second_half, young=context.young)),
        (Shape.SLOWING, (rises[:, 0] <= 0) | ((rises > 0).sum(axis=1) < _RISES)),
        (Shape.WARMING_UP, _warming_up(slope, context)),
    ]
    shapes = [int(shape) for shape, _ in questions]
    return np.asarray(np.select([refused for _, refused in questions], shapes, default=int(Shape.GROWING)))


def weighted_median(values: Floats, weights: Floats) -> float:
    """Give the value at half of the weight; 1 for no values (load that nothing shows is steady load)."""
    if not len(values):
        return 1.0
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) * 2 >= weights.sum()
    return float(values[order][np.argmax(reached)])


def _excess(floors: Floats, load_ratio: Floats) -> Floats:
    """Give the growth that the growth of load cannot explain."""
    return np.asarray(floors[:, 0] - floors[:, -1] * np.maximum(1, load_ratio) ** _LOAD_EXPONENT)


def _slowing(growth: Floats, first_half: Floats, second_half: Floats, *, young: bool) -> Bools:
    """Say which series rise in one half only; in a young life the second half may hardly be smaller."""
    slack = np.sqrt(np.maximum(growth, 0)) / 2
    uneven = np.minimum(first_half, second_half) < _SMALLER_HALF * growth
    return np.asarray(uneven | (second_half + slack < _YOUNG_HALF * first_half)) if young else np.asarray(uneven)


def _warming_up(slope: Floats, context: Context) -> Bools:
    """Say which series of a young life grow slower now than they did since its begin."""
    if context.risen is None or not context.young:
        return np.zeros(len(slope), dtype=np.bool_)
    return np.asarray(slope < _BIRTH_SLOPE * context.risen / max(context.age_windows, 1.0))
