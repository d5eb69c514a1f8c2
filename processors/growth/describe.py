"""A closed scale -> what the questions want to know of the series and the sums that rise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from processors.growth.answer import Answer
from processors.growth.crests import Crests
from processors.growth.gaps import decode
from processors.growth.load import Load
from processors.growth.noise import Noise
from processors.growth.questions import Movers
from processors.growth.roster import Roster
from processors.growth.series import Closed, Series
from processors.growth.waves import Waves
from processors.growth.windows import WINDOWS, window_slots

_FRESH_HOURS = 1
_YOUNG_HOURS = 8
_YOUNG_SPANS = 2
_STILL_SHARE = 0.15
_NOBODY = -1
_SECONDS_PER_HOUR = 3600

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class State(Protocol):
    """What evaluation reads of a service; `answers` are the latest by number of the roster and scale."""

    answers: dict[int, dict[int, Answer]]
    roster: Roster
    series: Series
    load: Load
    waves: Waves
    mature: NDArray[np.uint32]
    noise: Noise
    noise_of_sums: Noise
    crests: Crests
    crests_of_sums: Crests


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """One closed scale.

    Floors are (rows, 6); `valid` tells the rows of complete lives; sums are (numbers of the roster, 6). `hours` is how
    long the span is, from its oldest window to its newest.
    """

    closed: Closed
    number: int
    floors: Floats
    valid: Bools
    sums: Floats
    hours: float

    @property
    def scale(self) -> int:
        """Give the scale."""
        return self.closed.scale

    @property
    def window(self) -> int:
        """Give the length of a window in slots."""
        return window_slots(self.closed.scale)


def measure_span(state: State, closed: Closed, number: int, interval_seconds: float) -> Span:
    """Take the floors of a scale, and add them up over the lives that are complete."""
    series, wide = state.series, len(state.roster)
    valid = closed.complete[series.places[: series.rows]]
    floors = closed.floors.astype(np.float64)
    known = np.flatnonzero(valid)
    ids = series.ids[known]
    columns = [np.bincount(ids, weights=floors[known, column], minlength=wide) for column in range(WINDOWS)]
    moving: Floats = np.stack(columns, axis=1).astype(np.float64)
    sums = moving + series.sum_flat(closed.complete, wide)[:, None]
    hours = (WINDOWS - 1) * window_slots(closed.scale) * interval_seconds / _SECONDS_PER_HOUR
    return Span(closed, number, floors, valid, sums, hours)


def describe_rows(state: State, span: Span, rows: Numbers, minimum_growth: float) -> Movers:
    """Collect what is known of series in single lives."""
    series = state.series
    ids, floors = series.ids[rows], span.floors[rows]
    age = _ages(state, span)[series.places[rows]]
    load, half = _measure_loads(state, span.window, ids)
    return Movers(
        floors=floors,
        gaps=decode(span.closed.gaps[rows]).astype(np.float64),
        spread=state.noise.spread(span.scale, ids, floors[:, -1]),
        load=load,
        load_half=half,
        usual=state.waves.usual_rise(ids, span.hours),
        since_birth=(floors[:, 0] - series.first[rows]) / np.maximum(1, age / span.window),
        mature=_mature_of(state, ids),
        crest=state.crests.of(span.scale, ids),
        fresh=_are_fresh(age, span),
        young=_are_young(age, span),
        own=state.roster.own[ids],
        samples=span.window,
        minimum_growth=minimum_growth,
    )


def describe_sums(state: State, span: Span, numbers: Numbers, minimum_growth: float) -> Movers:
    """Collect what is known of sums over lives; one is young when most of its growth is in young lives."""
    floors, ids = span.sums[numbers], numbers.astype(np.int32)
    load, half = _measure_loads(state, span.window, ids)
    series, rows, wide = state.series, np.flatnonzero(span.valid), len(state.roster)
    age = _ages(state, span)[series.places[rows]]
    since = (span.floors[rows, 0] - series.first[rows]) / np.maximum(1, age / span.window)
    growth = np.maximum(span.floors[rows, 0] - span.floors[rows, -1], 0)
    of_young = np.bincount(series.ids[rows], weights=growth * _are_young(age, span), minlength=wide)
    of_fresh = np.bincount(series.ids[rows], weights=growth * _are_fresh(age, span), minlength=wide)
    of_all = np.bincount(series.ids[rows], weights=growth, minlength=wide)
    return Movers(
        floors=floors,
        gaps=_add_gaps(state, span)[numbers],
        spread=state.noise_of_sums.spread(span.scale, ids, floors[:, -1]),
        load=load,
        load_half=half,
        usual=state.waves.usual_rise(ids, span.hours) * span.closed.complete.sum(),
        since_birth=np.bincount(series.ids[rows], weights=since, minlength=wide)[numbers].astype(np.float64),
        mature=_mature_of(state, ids) * span.closed.complete.sum(),
        crest=state.crests_of_sums.of(span.scale, ids),
        fresh=(of_fresh * 2 > of_all)[numbers],
        young=(of_young * 2 > of_all)[numbers],
        own=state.roster.own[ids],
        samples=span.window,
        minimum_growth=minimum_growth,
    )


def _add_gaps(state: State, span: Span) -> Floats:
    """Add up the gaps of a stack over its lives, in squares: lives fluctuate each for itself."""
    rows, wide = np.flatnonzero(span.valid), len(state.roster)
    squares = decode(span.closed.gaps[rows]).astype(np.float64) ** 2
    ids = state.series.ids[rows]
    columns = [np.bincount(ids, weights=squares[:, column], minlength=wide) for column in range(WINDOWS)]
    return np.asarray(np.sqrt(np.stack(columns, axis=1)))


def _mature_of(state: State, ids: NDArray[np.int32]) -> Floats:
    """Give the level at which each stack stood still in processes that had been running for long; 0 where none did."""
    known = np.zeros(len(state.roster))
    known[: len(state.mature)] = state.mature[: len(known)]
    return known[ids]


def learn_maturity(state: State, span: Span) -> None:
    """Remember the levels at which stacks stand still over a long span."""
    wide = len(state.roster)
    if wide > len(state.mature):
        state.mature = np.concatenate([state.mature, np.zeros(wide - len(state.mature), dtype=np.uint32)])
    rows = np.flatnonzero(span.valid)
    newest, oldest = span.floors[rows, 0], span.floors[rows, -1]
    still = rows[(newest - oldest <= _STILL_SHARE * newest) & (oldest - newest <= _STILL_SHARE * oldest)]
    np.maximum.at(state.mature, state.series.ids[still], span.closed.floors[still, 0])
    flat = state.series.flat_of(span.closed.complete, wide)
    state.mature[:wide] = np.maximum(state.mature[:wide], flat.max(axis=0, initial=0))


def _ages(state: State, span: Span) -> Numbers:
    """Give the age of each place in slots."""
    births = np.array([life.birth if life else 0 for life in state.series.lives], dtype=np.int64)
    return np.asarray(span.number + 1 - births)


def _are_young(age: Numbers, span: Span) -> Bools:
    """Tell which lives are hardly older than the span."""
    hours = age * span.hours / ((WINDOWS - 1) * span.window)
    return np.asarray((hours < _YOUNG_HOURS) | (age < _YOUNG_SPANS * WINDOWS * span.window))


def _are_fresh(age: Numbers, span: Span) -> Bools:
    """Tell the lives in whose first hour the span begins."""
    hours = age * span.hours / ((WINDOWS - 1) * span.window)
    return np.asarray(hours - span.hours * WINDOWS / (WINDOWS - 1) < _FRESH_HOURS)


def _measure_loads(state: State, window: int, ids: NDArray[np.int32]) -> tuple[Floats, Floats]:
    """Give the ratio of load over the span and over its newer half, for each number."""
    back = (WINDOWS - 1) * window
    asked, places = np.unique(np.where(state.roster.serving[ids], ids, _NOBODY), return_inverse=True)
    leaking = [number for number, scales in state.answers.items() if _leaks_idle(state, number, scales)]
    return state.load.ratios(back, asked, leaking)[places], state.load.ratios(back / 2, asked, leaking)[places]


def _leaks_idle(state: State, number: int, scales: Mapping[int, Answer]) -> bool:
    """Tell idle connections that grow like a leak: those of a leaking client of the same process are no load."""
    idle = state.roster.demand[number] and not state.roster.own[number]
    return bool(idle) and any(not answer.refused for answer in scales.values())
