"""The end of a window -> answers: which stacks rise like a leak at one scale, and what says so.

Series are asked by themselves, and once more as the sum over all lives that are complete: a slow leak on many instances
shows in the sum alone. A sum must rise on many lives and in many steps, or a staggered change of settings would look
like a leak everywhere.
"""

from dataclasses import dataclass

import numpy as np

from processors.growth.answer import Answer
from processors.growth.describe import (
    Bools,
    Numbers,
    Span,
    State,
    describe_rows,
    describe_sums,
    learn_maturity,
    measure_span,
)
from processors.growth.measure import Rate, rate
from processors.growth.narrow import narrow
from processors.growth.questions import DUMP_TELLS, QUESTIONS, Asked, Asking, Movers, ask_birth, ask_dumped_noise
from processors.growth.series import Closed
from schemas.model import Finding

_SUM_FROM_SCALE = 1
_ENTRY_SHARE = 0.6
_SUM_PASSING_SHARE = 0.7
_SUM_RISING_SHARE = 0.5
_SUM_STEP_SHARE = 0.75
_LIFE_RISES = 3
_MATURE_SCALE = 3
_WORTH_TELLING = 3.0
"""A rise of so many standard deviations is kept as an answer although it is no candidate."""

_MOST_RISEN = 8
"""A dump is taken of the life that rises fastest; which that is may change while it is on its way."""

_NEVER_DOUBTFUL = frozenset(("", "entry"))
_NOBODY = -1
_SCORE = next(at for at, question in enumerate(QUESTIONS) if question.name == "noise")


@dataclass(frozen=True, slots=True)
class Moment:
    """The slot that is being closed, by its number, and how long slots are."""

    number: int
    interval_seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Hearing:
    """Movers with the answers to all questions; `items` are rows of the series or numbers of the roster.

    `doubtful` are those that pass every question but some that a dump can answer.
    """

    items: Numbers
    movers: Movers
    asked: list[Asked]
    passes: Bools
    doubtful: Bools

    @property
    def scores(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Give growth over its noise."""
        return self.asked[_SCORE].value


def evaluate_scale(state: State, closed: Closed, moment: Moment, asking: Asking) -> dict[int, Answer]:
    """Ask every series that rises at this scale; then let the noise of the windows count for the future."""
    span = measure_span(state, closed, moment.number, moment.interval_seconds)
    rising = span.valid & (span.floors[:, 0] - span.floors[:, -1] >= asking.minimum_growth)
    rows = np.flatnonzero(rising)
    sums = np.flatnonzero(span.sums[:, 0] - span.sums[:, -1] >= asking.minimum_growth)
    answers: dict[int, Answer] = {}
    if "noise" not in asking.without:
        rows, sums = narrow(state, span, rows, sums, _WORTH_TELLING)
    if len(rows) or len(sums):
        own = _hear(rows, describe_rows(state, span, rows, asking.minimum_growth), asking.without)
        total = _hear(sums, describe_sums(state, span, sums, asking.minimum_growth), asking.without)
        answers = _answer_all(state, span, own, total, asking.without)
    _learn(state, span)
    if span.scale >= _MATURE_SCALE:
        learn_maturity(state, span)
    return answers


def _hear(items: Numbers, movers: Movers, without: frozenset[str]) -> _Hearing:
    """Ask all questions of all movers; one that is left out passes."""
    asked = [question.ask(movers) for question in QUESTIONS]
    passes, doubtful = np.ones(len(items), dtype=np.bool_), ask_dumped_noise(movers).passes
    for question, answer in zip(QUESTIONS, asked, strict=True):
        if question.name not in without:
            passes &= answer.passes
            doubtful = doubtful if question.name in DUMP_TELLS else doubtful & answer.passes
    return _Hearing(items, movers, asked, passes, np.asarray(doubtful & ~passes))


def _learn(state: State, span: Span) -> None:
    """Let what was measured count as the past from now on."""
    known = np.flatnonzero(span.valid)
    state.noise.learn(span.scale, state.series.ids[known], span.floors[known], len(state.roster))
    moving = np.flatnonzero((span.sums != span.sums[:, :1]).any(axis=1))
    state.crests.learn(span.scale, state.series.ids[known], span.floors[known], len(state.roster))
    state.crests_of_sums.learn(span.scale, moving.astype(np.int32), span.sums[moving], len(state.roster))
    state.noise_of_sums.learn(span.scale, moving.astype(np.int32), span.sums[moving], len(state.roster))


def _answer_all(state: State, span: Span, own: _Hearing, total: _Hearing, without: frozenset[str]) -> dict[int, Answer]:
    """Answer for the stacks that pass or that are worth telling."""
    ids = state.series.ids
    worth = np.union1d(
        ids[own.items[own.passes | own.doubtful | (own.scores >= _WORTH_TELLING)]],
        total.items[total.passes | total.doubtful | (total.scores >= _WORTH_TELLING)],
    )
    order = np.argsort(ids[own.items], kind="stable")
    ranked = ids[own.items][order]
    answers = {}
    for number in worth.tolist():
        if state.roster.names[number] is None:
            continue
        mine = order[np.searchsorted(ranked, number) : np.searchsorted(ranked, number, "right")]
        answers[number] = _answer(state, span, number, (own, mine, total), without)
    return answers


def _answer(
    state: State, span: Span, number: int, heard: tuple[_Hearing, Numbers, _Hearing], without: frozenset[str]
) -> Answer:
    """Put together what single lives and the sum say of one stack; one life that passes is enough."""
    own, mine, total = heard
    at = int(np.searchsorted(total.items, number))
    summed = at < len(total.items) and int(total.items[at]) == number
    passing = mine[own.passes[mine]]
    if "entry" not in without:
        passing = passing[[_entry_rises(state, span, int(own.items[item])) for item in passing.tolist()]]
    refused_sum = _refuse_sum(state, span, number, (total, at), without) if summed else "size"
    if len(passing) or (refused_sum and len(mine)):
        chosen = passing if len(passing) else mine
        hearing, item = own, int(chosen[np.argmax(own.scores[chosen])])
        refused = "" if len(passing) else _name_refusal(hearing, item, without) or "entry"
    else:
        hearing, item, refused = total, at, refused_sum
    sums, entry = span.sums[number], int(state.roster.entry_of[number])
    speed = _measure_rate(state, span, number)
    whole = speed if entry == _NOBODY else _measure_rate(state, span, entry)
    return Answer(
        scale=span.scale,
        refused=refused,
        findings=_find(hearing, item),
        score=float(hearing.scores[item]),
        growth=float(hearing.movers.growth[item]),
        rate=speed.value,
        half_width=speed.half_width,
        whole_rate=whole.value,
        whole_half_width=whole.half_width,
        growing=len(passing) or _count_rising(state, span, number),
        risen=_find_risen(state, span, number),
        steps=tuple((sums[:-1] - sums[1:]).tolist()),
        doubtful=refused not in _NEVER_DOUBTFUL and _is_doubtful(state, span, number, (*heard, at), without),
    )


def _measure_rate(state: State, span: Span, number: int) -> Rate:
    """Measure how fast the sum of one number over all lives rises."""
    sums = span.sums[number]
    spread = state.noise_of_sums.spread(span.scale, np.array([number], dtype=np.int32), sums[-1:])
    return rate(sums, float(spread.white[0]), float(spread.walk[0]))


def _name_refusal(hearing: _Hearing, item: int, without: frozenset[str]) -> str:
    """Name the first question that a mover does not pass; empty when it passes all."""
    pairs = zip(QUESTIONS, hearing.asked, strict=True)
    return next((q.name for q, a in pairs if q.name not in without and not a.passes[item]), "")


def _find(hearing: _Hearing, item: int) -> tuple[Finding, ...]:
    """Give the findings of one mover."""
    return tuple(
        Finding(question.name, bool(answer.passes[item]), float(answer.value[item]), float(answer.limit[item]))
        for question, answer in zip(QUESTIONS, hearing.asked, strict=True)
    )


def _rows_of(state: State, span: Span, number: int) -> Numbers:
    """Give the rows of a stack in complete lives."""
    return np.flatnonzero((state.series.ids[: state.series.rows] == number) & span.valid)


def _count_rising(state: State, span: Span, number: int) -> int:
    """Count the lives in which a stack rises at all."""
    rows = _rows_of(state, span, number)
    return int((span.floors[rows, 0] > span.floors[rows, -1]).sum())


def _find_risen(state: State, span: Span, number: int) -> tuple[tuple[int, float], ...]:
    """Give the places of the lives in which a stack rises fastest, with their rises, the fastest first."""
    rows = _rows_of(state, span, number)
    rises = span.floors[rows, 0] - span.floors[rows, -1]
    fastest = np.argsort(-rises, kind="stable")[:_MOST_RISEN]
    return tuple((int(state.series.places[rows[at]]), float(rises[at])) for at in fastest.tolist())


def _entry_rises(state: State, span: Span, row: int) -> bool:
    """Say whether all stacks that came in through the same function rise together with this one."""
    series = state.series
    entry = int(state.roster.entry_of[series.ids[row]])
    if entry == _NOBODY:
        return True
    total = int(series.row_of[series.places[row], entry])
    growth = span.floors[row, 0] - span.floors[row, -1]
    return total >= 0 and bool(span.floors[total, 0] - span.floors[total, -1] >= _ENTRY_SHARE * growth)


def _refuse_sum(state: State, span: Span, number: int, heard: tuple[_Hearing, int], without: frozenset[str]) -> str:
    """Name what the sum over all lives does not pass; empty for a candidate."""
    total, at = heard
    if span.scale < _SUM_FROM_SCALE or "sum" in without:
        return "sum"
    if not total.passes[at]:
        return _name_refusal(total, at, without)
    return _refuse_lives(state, span, number, without)


def _refuse_lives(state: State, span: Span, number: int, without: frozenset[str]) -> str:
    """Name what the lives that make a sum rise do not pass together; empty where they rise as those of a leak."""
    rows = _rows_of(state, span, number)
    growth = span.floors[rows, 0] - span.floors[rows, -1]
    rows, growth = rows[growth > 0], growth[growth > 0]
    lives = describe_rows(state, span, rows, 0)
    if "birth" not in without and growth[ask_birth(lives).passes].sum() < _SUM_PASSING_SHARE * growth.sum():
        return "birth"
    if growth[(lives.rises > 0).sum(axis=1) >= _LIFE_RISES].sum() < _SUM_RISING_SHARE * growth.sum():
        return "persistence"
    if np.maximum(lives.rises.max(axis=1, initial=0), 0).sum() > _SUM_STEP_SHARE * growth.sum():
        return "steps"
    entry = int(state.roster.entry_of[number])
    risen = span.sums[:, 0] - span.sums[:, -1]
    return "entry" if entry != _NOBODY and risen[entry] < _ENTRY_SHARE * risen[number] else ""


def _is_doubtful(
    state: State, span: Span, number: int, heard: tuple[_Hearing, Numbers, _Hearing, int], without: frozenset[str]
) -> bool:
    """Say of a stack that is refused whether a dump may tell that it is a leak."""
    own, mine, total, at = heard
    if own.doubtful[mine].any():
        return True
    summed = at < len(total.items) and int(total.items[at]) == number
    asked = summed and "sum" not in without and bool(total.doubtful[at] or total.passes[at])
    return asked and not _refuse_lives(state, span, number, without)
