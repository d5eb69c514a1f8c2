"""floors -> findings: each kind of evidence is one question, and the first that refuses a rise names what it is.

To add a question: a function of Movers that gives the value, the limit and whether the rise passes, and a line in
QUESTIONS. A question can be left out by name, which is how the ablation of the benchmark is made.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.growth.measure import LOAD_EXPONENT, excess, score, slope, variance
from processors.growth.noise import Spread
from processors.growth.windows import WINDOWS

_SCORE = 5.5
"""Growth in standard deviations of its noise; about 30 leaked goroutines of a quiet series reach it."""

_SCORE_DOUBTFUL = 7.0
"""The same for stacks without any frame of the service's own code, and in the first hour of a process."""

_SCORE_DUMPED = 4.0
"""The same where a dump shows that the goroutines stay; 16 leaked ones of a quiet series reach it."""

_QUIET_SHARE = 0.25
_PILE_UP = 1.5
_RELATIVE_GROWTH = 0.1
_LARGEST_RISE = 0.6
_SMALLER_HALF = 0.25
_YOUNG_HALF = 0.85
_EXCESS_HALF = 0.55
_RISES = 4
_USUAL = 2.0
_TURNOVER_SHARE = 0.5
_TELLING_GAP = 4
_TELLING_SAMPLES = 12
_BUSY_GAP = 2.5
_BUSY_GROWTH = 0.5
_BIRTH_SLOPE = 0.85
_BIRTH_SLACK = 0.5
_SLACK = 0.5
_REGROWTH = 1.15
_ABOVE_CREST = 1.3

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Movers:
    """Series that rise at one scale, one item of each array for each; windows are newest first.

    `floors` and `gaps` (series, 6): of each window its smallest count, and how far the largest lies above it. `load`
    and `load_half`: load now over load at the begin and in the middle of the span. `since_birth`: the growth per window
    since the life was first seen. `fresh`: the span begins within the life's first hour; `young`: the life is hardly
    older than the span, or than eight hours. `usual`: how much the last days rose at this time. `mature`: where the
    stack stood still in older processes. `crest`: from which level it came down before. `own`: the stack has a frame of
    the service's own. `samples`: how many scrapes a window has.
    """

    floors: Floats
    gaps: Floats
    spread: Spread
    load: Floats
    load_half: Floats
    since_birth: Floats
    usual: Floats
    mature: Floats
    crest: Floats
    fresh: Bools
    young: Bools
    own: Bools
    samples: int
    minimum_growth: float

    @property
    def growth(self) -> Floats:
        """Give the rise over the span."""
        return np.asarray(self.floors[:, 0] - self.floors[:, -1])

    @property
    def halves(self) -> tuple[Floats, Floats]:
        """Give the rise over the older and over the newer half of the span."""
        middle = (self.floors[:, 2] + self.floors[:, 3]) / 2
        return middle - self.floors[:, -1], self.floors[:, 0] - middle

    @property
    def rises(self) -> Floats:
        """Give the five rises from floor to floor, newest first."""
        return np.asarray(self.floors[:, :-1] - self.floors[:, 1:])

    @property
    def quiet(self) -> Bools:
        """Tell what hardly moved before, beside how far it rose."""
        noise = 2 * self.spread.white + (WINDOWS - 1) * self.spread.walk
        return np.asarray(noise <= _QUIET_SHARE * self.growth)

    @property
    def slack(self) -> Floats:
        """Give what noise alone may add to a half."""
        return np.asarray(_SLACK * np.sqrt(2 * self.spread.white + 2.5 * self.spread.walk))


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The answers to one question: a value for each series beside its limit, and which series pass."""

    value: Floats
    limit: Floats
    passes: Bools


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask: the least growth, in goroutines, that matters; the names of the questions to leave out."""

    minimum_growth: float
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """A kind of evidence. `holds` is said of a rise that passes, `fails` of one that does not."""

    name: str
    ask: Callable[[Movers], Asked]
    holds: str
    fails: str


def _at_least(value: Floats, limit: Floats | float) -> Asked:
    limits = np.broadcast_to(np.asarray(limit, dtype=np.float64), value.shape)
    return Asked(value, limits, np.asarray(value >= limits))


def ask_size(movers: Movers) -> Asked:
    """Ask whether the rise is large enough to matter."""
    return _at_least(movers.growth, np.maximum(movers.minimum_growth, _RELATIVE_GROWTH * movers.floors[:, -1]))


def ask_load(movers: Movers) -> Asked:
    """Ask whether the rise is larger than that of load."""
    least = np.maximum(movers.minimum_growth, _RELATIVE_GROWTH * movers.floors[:, -1])
    return _at_least(excess(movers.floors, movers.load), least)


def ask_waves(movers: Movers) -> Asked:
    """Ask whether the rise is larger than what the last days rose at this time."""
    return _at_least(movers.growth, np.where(movers.usual > 0, _USUAL * movers.usual, -np.inf))


def ask_turnover(movers: Movers) -> Asked:
    """Ask whether the counts fluctuate no more than before, as those of stuck goroutines do.

    The gap of counts that come and go is as their square root (a queue with many servers is Poisson), so the gap of a
    rise that is load widens as the root of the rise; half of that is taken for load. Of a stack that comes and goes a
    rise tells only when it is half of what was there. The drift within a window is no part of its gap.
    """
    drift = np.maximum(movers.rises, 0)
    newer = np.maximum(0, np.sort(movers.gaps[:, :3], axis=1)[:, 1] - np.sort(drift[:, :3], axis=1)[:, 1])
    older = np.maximum(0, np.sort(movers.gaps[:, 3:], axis=1)[:, 1] - np.sort(drift[:, 2:], axis=1)[:, 1])
    level, before = movers.floors[:, :3].mean(axis=1) + newer / 2, movers.floors[:, 3:].mean(axis=1) + older / 2
    limit = 1 + _TURNOVER_SHARE * (np.sqrt((level + 1) / (before + 1)) - 1)
    widened = (newer + 1) / (older + 1)
    base = movers.floors[:, -1] + movers.gaps[:, -1] / 2
    busy = older >= _BUSY_GAP * np.sqrt(base + 1)
    grown = movers.growth >= _BUSY_GROWTH * base
    tells = (older >= _TELLING_GAP) & (movers.samples >= _TELLING_SAMPLES)
    return Asked(widened, limit, np.asarray(~tells | ((widened <= limit) & (grown | ~busy))))


def ask_load_half(movers: Movers) -> Asked:
    """Ask whether the newer half rises beyond load, in keeping with the older half."""
    middle = (movers.floors[:, 2] + movers.floors[:, 3]) / 2
    newer = movers.floors[:, 0] - middle * np.maximum(1, movers.load_half) ** LOAD_EXPONENT
    older, _ = movers.halves
    return _at_least(newer + movers.slack, _EXCESS_HALF * older)


def ask_noise(movers: Movers) -> Asked:
    """Ask whether the rise is beyond the noise of the stack's own past."""
    return _at_least(
        score(movers.floors, movers.load, movers.spread), np.where(movers.own & ~movers.fresh, _SCORE, _SCORE_DOUBTFUL)
    )


def ask_steps(movers: Movers) -> Asked:
    """Ask whether the rise is made of more than one step."""
    largest = movers.rises.max(axis=1)
    limit = _LARGEST_RISE * movers.growth
    return Asked(largest, limit, np.asarray(largest <= limit))


def ask_halves(movers: Movers) -> Asked:
    """Ask whether it rises in both halves of the span."""
    return _at_least(np.minimum(*movers.halves) + movers.slack, _SMALLER_HALF * movers.growth)


def ask_persistence(movers: Movers) -> Asked:
    """Ask whether it rises in nearly every window, and still in the newest."""
    rising = (movers.rises > 0).sum(axis=1).astype(np.float64)
    rising = np.where(movers.rises[:, 0] > 0, rising, 0)
    return _at_least(rising, float(_RISES))


def ask_starting(movers: Movers) -> Asked:
    """Ask whether, in a young process, it does not slow down at all."""
    older, newer = movers.halves
    limit = np.where(movers.young, _YOUNG_HALF * older, -np.inf)
    return _at_least(newer + movers.slack, limit)


def ask_regrowth(movers: Movers) -> Asked:
    """Ask whether, in a young process, it is above where it stood still in older ones."""
    return _at_least(movers.floors[:, 0], np.where(movers.young, _REGROWTH * movers.mature, -np.inf))


def ask_crest(movers: Movers) -> Asked:
    """Ask whether it is above the level from which it came down before."""
    return _at_least(movers.floors[:, 0], np.where(movers.crest > 0, _ABOVE_CREST * movers.crest, -np.inf))


def ask_birth(movers: Movers) -> Asked:
    """Ask whether, in a young process, it grows as fast as it did since its begin."""
    slack = _BIRTH_SLACK * np.sqrt(variance(np.maximum(movers.growth, 0), movers.spread)) / (WINDOWS - 1)
    return _at_least(slope(movers.floors) + slack, np.where(movers.young, _BIRTH_SLOPE * movers.since_birth, -np.inf))


def ask_dumped_noise(movers: Movers) -> Asked:
    """Ask whether the rise is beyond the noise of the past, for stacks whose goroutines are seen to stay.

    A batch stays as well until it is done: who moved before must show more. What piles up while requests do is load.
    """
    usual = np.where(movers.own & ~movers.fresh & movers.quiet, _SCORE_DUMPED, _SCORE)
    limit = np.where(movers.load < _PILE_UP, usual, np.inf)
    return _at_least(score(movers.floors, np.ones(len(movers.load)), movers.spread), limit)


DUMP_TELLS = frozenset(("load", "load_half", "turnover", "noise"))
"""Questions that are about goroutines that come and go: a dump that shows that they stay answers them."""

QUESTIONS: tuple[Question, ...] = (
    Question("size", ask_size, "it rose by enough to matter", "it does not rise enough to matter"),
    Question("load", ask_load, "requests do not explain it", "requests rise as much: this follows load"),
    Question("waves", ask_waves, "other days did not rise so", "other days rose as much at this time: a usual wave"),
    Question(
        "crest",
        ask_crest,
        "it never came down from this level",
        "it stood at this level before and came down: one more wave",
    ),
    Question(
        "turnover",
        ask_turnover,
        "its goroutines do not come and go",
        "it fluctuates more as it rises: its goroutines come and go, this is load",
    ),
    Question("noise", ask_noise, "the noise of its own past does not explain it", "the rise is within its noise"),
    Question("steps", ask_steps, "it rises in many steps", "one step makes most of the rise: a new plateau"),
    Question("halves", ask_halves, "it rises in both halves of the span", "it rises in one half of the span only"),
    Question(
        "load_half",
        ask_load_half,
        "it keeps rising faster than requests do",
        "its newer half rises no faster than requests do: this follows load",
    ),
    Question("persistence", ask_persistence, "it rises in nearly every window", "it does not rise in every window"),
    Question(
        "starting",
        ask_starting,
        "it does not slow down after the start of the process",
        "it slows down after the start of the process: a warm-up",
    ),
    Question(
        "regrowth",
        ask_regrowth,
        "older processes did not stand still at this level",
        "the process is young, and older ones stood still at this level",
    ),
    Question(
        "birth",
        ask_birth,
        "it grows as fast as it did since the process began",
        "it grows slower than it did since the process began: a warm-up",
    ),
)
