"""The end of a window -> answers: which stacks rise like a leak at one scale, and what says so.

Series are asked by themselves, and once more as the sum over all lives that are complete: a slow leak on many instances
shows in the sum alone. A sum must rise on many lives and in many steps, or a staggered change of settings would look
like a leak everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from processors.growth.load import Load
from processors.growth.measure import half_width, score, slope
from processors.growth.noise import Noise, Spread
from processors.growth.questions import QUESTIONS, Asked, Movers
from processors.growth.roster import Roster
from processors.growth.series import Closed, Series
from processors.growth.windows import WINDOWS, window_slots

_SUM_FROM_SCALE = 1
_STARTING_SLOTS = 30
_YOUNG_SLOTS = 180
_YOUNG_SPANS = 2
_ENTRY_SHARE = 0.6
_SUM_PASSING_SHARE = 0.7
_SUM_RISING_SHARE = 0.5
_SUM_STEP_SHARE = 0.75
_LIFE_RISES = 3
_NO_PLACE = -1

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of evidence in one answer: what was found beside what was asked for."""

    name: str
    passed: bool
    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One stack at one scale. Rates are goroutines per window, over all lives, with half of the 90 % interval.

    `refused` names the first question that the rise did not pass; empty for a candidate. `steps` are the rises of the
    sum over all lives, newest first. `place` is the life with the fastest rise.
    """

    scale: int
    refused: str
    findings: tuple[Finding, ...]
    score: float
    floor: int
    growth: float
    rate: float
    half_width: float
    growing: int
    place: int
    youngest: int
    steps: tuple[float, ...]
    summed: bool


class State(Protocol):
    """What evaluation reads of a service."""

    roster: Roster
    series: Series
    load: Load
    noise: Noise
    noise_of_sums: Noise


@dataclass(frozen=True, slots=True, eq=False)
class _Scale:
    """One closed scale with what is computed for all of it once."""

    closed: Closed
    number: int
    floors: Floats
    valid: Bools
    sums: Floats


def evaluate_scale(
    state: State, closed: Closed, number: int, minimum_growth: float, without: frozenset[str]
) -> dict[int, Answer]:
    """Ask every series that rises at this scale; then let the noise of the windows count for the future."""
    series, wide = state.series, len(state.roster)
    end = series.rows
    valid = closed.complete[series.places[:end]]
    floors = closed.floors.astype(np.float64)
    sums = _add_up(series, closed, floors, valid, wide)
    scale = _Scale(closed, number, floors, valid, sums)
    found = _ask_all(state, scale, minimum_growth, without)
    known = np.flatnonzero(valid)
    state.noise.learn(closed.scale, series.ids[known], floors[known], wide)
    moving = np.flatnonzero((sums != sums[:, :1]).any(axis=1)).astype(np.int32)
    state.noise_of_sums.learn(closed.scale, moving, sums[moving], wide)
    return found


def _add_up(series: Series, closed: Closed, floors: Floats, valid: Bools, wide: int) -> Floats:
    """Add up floors over complete lives, for each number of the roster."""
    known = np.flatnonzero(valid)
    ids = series.ids[known]
    sums = np.stack(
        [np.bincount(ids, weights=floors[known, column], minlength=wide) for column in range(WINDOWS)], axis=1
    )
    return np.asarray(sums + series.sum_flat(closed.complete, wide)[:, None])


def _ask_all(state: State, scale: _Scale, minimum_growth: float, without: frozenset[str]) -> dict[int, Answer]:
    """Ask the series and the sums that rise by enough; put the answers of one stack together."""
    series = state.series
    rising = scale.valid & (scale.floors[:, 0] - scale.floors[:, -1] >= minimum_growth)
    rows = np.flatnonzero(rising)
    numbers = np.flatnonzero(scale.sums[:, 0] - scale.sums[:, -1] >= minimum_growth)
    concerned = np.union1d(series.ids[rows], numbers)
    if not len(concerned):
        return {}
    own = _describe_rows(state, scale, rows, minimum_growth)
    total = _describe_sums(state, scale, concerned, minimum_growth)
    of_rows, of_sums = _ask(own, without), _ask(total, without)
    answers = {}
    for position, number in enumerate(concerned.tolist()):
        if state.roster.names[number] is None:
            continue
        mine = np.flatnonzero(series.ids[rows] == number)
        answers[number] = _answer(state, scale, number, (rows[mine], mine, position), (own, of_rows), (total, of_sums), without)
    return answers


def _ask(movers: Movers, without: frozenset[str]) -> list[Asked]:
    """Ask all questions of all movers; one that is left out passes."""
    asked = []
    for question in QUESTIONS:
        answer = question.ask(movers)
        if question.name in without:
            answer = Asked(answer.value, answer.limit, np.ones(len(answer.value), dtype=np.bool_))
        asked.append(answer)
    return asked


def _describe_rows(state: State, scale: _Scale, rows: NDArray[np.int64], minimum_growth: float) -> Movers:
    """Collect what is known of series in single lives."""
    series, window = state.series, window_slots(scale.closed.scale)
    ids, floors = series.ids[rows], scale.floors[rows]
    births = np.array([life.birth if life else 0 for life in series.lives], dtype=np.int64)
    age = scale.number + 1 - births[series.places[rows]]
    load, half = _loads(state, window, ids)
    return Movers(
        floors=floors,
        spread=state.noise.spread(scale.closed.scale, ids, floors[:, -1]),
        load=load,
        load_half=half,
        risen=floors[:, 0] - series.first[rows],
        age_windows=age / window,
        starting=age - WINDOWS * window <= _STARTING_SLOTS,
        young=(age < _YOUNG_SLOTS) | (age < _YOUNG_SPANS * WINDOWS * window),
        own=state.roster.own[ids],
        minimum_growth=minimum_growth,
    )


def _describe_sums(state: State, scale: _Scale, numbers: NDArray[np.int64], minimum_growth: float) -> Movers:
    """Collect what is known of sums over lives."""
    window = window_slots(scale.closed.scale)
    floors = scale.sums[numbers]
    ids = numbers.astype(np.int32)
    load, half = _loads(state, window, ids)
    nothing = np.zeros(len(numbers))
    return Movers(
        floors=floors,
        spread=state.noise_of_sums.spread(scale.closed.scale, ids, floors[:, -1]),
        load=load,
        load_half=half,
        risen=nothing,
        age_windows=nothing + 1,
        starting=np.zeros(len(numbers), dtype=np.bool_),
        young=np.zeros(len(numbers), dtype=np.bool_),
        own=state.roster.own[ids],
        minimum_growth=minimum_growth,
    )


def _loads(state: State, window: int, ids: NDArray[np.int32]) -> tuple[Floats, Floats]:
    """Give the ratio of load over the span and over its newer half, for each number."""
    back, half = (WINDOWS - 1) * window, (WINDOWS - 1) * window / 2
    serving = state.roster.serving
    plain = (state.load.ratio(back, _NO_PLACE), state.load.ratio(half, _NO_PLACE))
    pairs = {
        number: (state.load.ratio(back, number), state.load.ratio(half, number)) if serving[number] else plain
        for number in set(ids.tolist())
    }
    table = np.array([pairs[number] for number in ids.tolist()], dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _answer(  # noqa: PLR0913 the parts of one answer
    state: State,
    scale: _Scale,
    number: int,
    at: tuple[NDArray[np.int64], NDArray[np.int64], int],
    rows: tuple[Movers, list[Asked]],
    sums: tuple[Movers, list[Asked]],
    without: frozenset[str],
) -> Answer:
    """Put together what single lives and the sum say of one stack; one life that passes is enough."""
    own_rows, mine, position = at
    own, of_rows = rows
    total, of_sums = sums
    passing = np.logical_and.reduce([asked.passes[mine] for asked in of_rows]) if len(mine) else np.zeros(0, np.bool_)
    entry_ok = np.array([_entry_rises(state, scale, row) for row in own_rows[passing]], dtype=np.bool_)
    if "entry" not in without and passing.any():
        passing[np.flatnonzero(passing)] = entry_ok
    life_scores = score(own.floors[mine], own.load[mine], Spread(own.spread.white[mine], own.spread.walk[mine]))
    sum_refused = _refuse_sum(state, scale, number, of_sums, position, without)
    if passing.any():
        best = int(mine[np.flatnonzero(passing)[np.argmax(life_scores[passing])]])
        refused, asked, at_item, summed = "", of_rows, best, False
    elif not sum_refused:
        refused, asked, at_item, summed = "", of_sums, position, True
    elif len(mine):
        best = int(mine[np.argmax(life_scores)])
        refused = next((q.name for q, a in zip(QUESTIONS, of_rows, strict=True) if not a.passes[best]), "entry")
        asked, at_item, summed = of_rows, best, False
    else:
        refused, asked, at_item, summed = sum_refused, of_sums, position, True
    findings = tuple(
        Finding(q.name, bool(a.passes[at_item]), float(a.value[at_item]), float(a.limit[at_item]))
        for q, a in zip(QUESTIONS, asked, strict=True)
    )
    steps = total.rises[position]
    chosen = own if not summed else total
    growing = int(passing.sum()) if passing.any() else int((scale.floors[own_rows, 0] > scale.floors[own_rows, -1]).sum())
    worst = own_rows[np.argmax(own.growth[mine])] if len(mine) else _fastest(state, scale, number)
    rate_floors = total.floors[position : position + 1]
    spread = Spread(total.spread.white[position : position + 1], total.spread.walk[position : position + 1])
    ages = [scale.number + 1 - life.birth for at_, life in enumerate(state.series.lives) if life and scale.closed.complete[at_]]
    return Answer(
        scale=scale.closed.scale,
        refused=refused,
        findings=findings,
        score=float(asked[2].value[at_item]),
        floor=int(total.floors[position, 0]),
        growth=float(chosen.growth[at_item]),
        rate=float(slope(rate_floors)[0]),
        half_width=float(half_width(rate_floors[:, 0] - rate_floors[:, -1], spread)[0]),
        growing=max(growing, 0),
        place=int(state.series.places[worst]) if worst is not None else _NO_PLACE,
        youngest=min(ages, default=0),
        steps=tuple(float(step) for step in steps),
        summed=summed,
    )


def _fastest(state: State, scale: _Scale, number: int) -> int | None:
    """Give the row of a stack that rises fastest."""
    rows = np.flatnonzero((state.series.ids[: state.series.rows] == number) & scale.valid)
    if not len(rows):
        return None
    return int(rows[np.argmax(scale.floors[rows, 0] - scale.floors[rows, -1])])


def _entry_rises(state: State, scale: _Scale, row: int) -> bool:
    """Say whether all stacks that came in through the same function rise together with this one."""
    series = state.series
    entry = int(state.roster.entry_of[series.ids[row]])
    if entry < 0:
        return True
    total = int(series.row_of[series.places[row], entry])
    growth = scale.floors[row, 0] - scale.floors[row, -1]
    return total >= 0 and bool(scale.floors[total, 0] - scale.floors[total, -1] >= _ENTRY_SHARE * growth)


def _refuse_sum(  # noqa: PLR0913 the parts of one decision
    state: State, scale: _Scale, number: int, asked: list[Asked], position: int, without: frozenset[str]
) -> str:
    """Name what the sum over all lives does not pass; empty for a candidate."""
    if scale.closed.scale < _SUM_FROM_SCALE or "sum" in without:
        return "sum"
    for question, answer in zip(QUESTIONS, asked, strict=True):
        if not answer.passes[position]:
            return question.name
    rows = np.flatnonzero((state.series.ids[: state.series.rows] == number) & scale.valid)
    growth = scale.floors[rows, 0] - scale.floors[rows, -1]
    rows, growth = rows[growth > 0], growth[growth > 0]
    lives = _describe_rows(state, scale, rows, 0)
    fresh = next(question for question in QUESTIONS if question.name == "birth").ask(lives).passes
    total = growth.sum()
    rising = (lives.rises > 0).sum(axis=1) >= _LIFE_RISES
    largest = np.maximum(lives.rises.max(axis=1), 0) if len(rows) else np.zeros(0)
    if growth[fresh].sum() < _SUM_PASSING_SHARE * total:
        return "birth"
    if growth[rising].sum() < _SUM_RISING_SHARE * total:
        return "persistence"
    if largest.sum() > _SUM_STEP_SHARE * total:
        return "steps"
    entry = int(state.roster.entry_of[number])
    if entry >= 0 and scale.sums[entry, 0] - scale.sums[entry, -1] < _ENTRY_SHARE * (scale.sums[number, 0] - scale.sums[number, -1]):
        return "entry"
    return ""
