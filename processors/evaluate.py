"""history -> growth of every stack that moves or is watched, at the end of one slot.

Floors are taken per process life, never across; the lives of a service are then put together: rates add up, and the
shapes of the lives and of their sum decide whether the stack is a candidate. The cost is kept to what can grow: a
stack whose newest count is below the least growth is not looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

import numpy as np

from processors.growth import (
    SENTENCES,
    WINDOW_SLOTS,
    WINDOWS,
    Context,
    Floats,
    Judged,
    Shape,
    judge_floors,
    weighted_median,
)
from processors.history import HISTORY_SLOTS, Life
from processors.judge import Evaluation
from schemas.model import Fingerprint, Growth

_SECONDS_PER_HOUR = 3600
_SERVING_ORIGINS = (
    "net/http.(*conn).serve",
    "net/http/internal/http2.(*serverConn).runHandler",
    "google.golang.org/grpc.(*Server).serveStreams.func",
)
"""Beginnings of the entry functions of goroutines that serve an accepted request."""

_DEMAND_ORIGINS = (*_SERVING_ORIGINS, "net/http/internal/http2.(*serverConn).readFrames")
_DEMAND_SENTENCE = "it waits for the peer of an accepted connection: this is demand"


@dataclass(frozen=True, slots=True)
class Service:
    """What is asked of a service: its lives, the names of its stacks, which of them are watched.

    `first_slot` is the slot since which it is known; a stack of fewer than `minimum_growth` goroutines is not judged.
    """

    name: str
    lives: tuple[Life, ...]
    fingerprints: Mapping[int, Fingerprint]
    watched: frozenset[int]
    first_slot: datetime
    minimum_growth: float


@dataclass(frozen=True, slots=True)
class _Span:
    """Floors of one life at one scale: a line per fingerprint in `values`, and their judgement."""

    life: Life
    window: int
    index: Mapping[int, int]
    floors: Floats
    judged: Judged


def evaluate(service: Service, slot: datetime) -> tuple[Evaluation, ...]:
    """Judge the growth of a service at the end of a slot; only stacks that may grow or are watched are given."""
    fresh = tuple(life for life in service.lives if _fresh(life, slot))
    if not fresh:
        return ()
    latest = {life.instance: life.latest() for life in fresh}
    values = _find_movers(latest, service)
    scales = [_judge_scale(service, fresh, values, (slot, window)) for window in WINDOW_SLOTS]
    return tuple(
        _put_together(service, service.fingerprints[value], slot, latest, scales)
        for value in values
        if value in service.fingerprints
    )


def _fresh(life: Life, slot: datetime) -> bool:
    """Say whether a life was scraped in this slot or the one before."""
    return 0 <= life.number(slot) - life.newest <= 1 or life.newest > life.number(slot)


def _find_movers(latest: Mapping[str, Mapping[int, int]], service: Service) -> tuple[int, ...]:
    """Find the stacks worth looking at, in a stable order."""
    totals: dict[int, int] = {}
    for counts in latest.values():
        for value, goroutines in counts.items():
            totals[value] = totals.get(value, 0) + goroutines
    movers = {value for value, total in totals.items() if total >= service.minimum_growth}
    return tuple(sorted(movers | service.watched))


def _judge_scale(
    service: Service, lives: tuple[Life, ...], values: tuple[int, ...], span: tuple[datetime, int]
) -> tuple[_Span, ...]:
    """Judge all movers of all lives at one scale; lives that are too young at this scale are left out."""
    slot, window = span
    taken = [(life, *_take_floors(life, values, slot, window)) for life in lives]
    complete = [(life, index, floors) for life, index, floors in taken if floors is not None]
    load = _measure_load(service, complete)
    spans = []
    for life, index, floors in complete:
        context = _context(life, index, span, load, service.minimum_growth)
        spans.append(_Span(life, window, index, floors, judge_floors(floors, context)))
    return tuple(spans)


def _take_floors(
    life: Life, values: tuple[int, ...], slot: datetime, window: int
) -> tuple[dict[int, int], Floats | None]:
    """Take the floors of those movers that this life knows, and where each stands among them."""
    known = [value for value in values if value in life.rows]
    rows = np.array([life.rows[value] for value in known], dtype=np.int64)
    floors = life.floors(rows, life.number(slot), window, WINDOWS)
    index = {value: position for position, value in enumerate(known)}
    return index, None if floors is None else floors.astype(np.float64)


def _measure_load(
    service: Service, complete: list[tuple[Life, dict[int, int], Floats]]
) -> dict[int, tuple[float, float]]:
    """Measure how load changed over the span and over its second half, once for each mover without its own share.

    Load shows in the stacks that serve accepted requests. The weighted median keeps one leaking handler from looking
    like load; a stack never explains itself. Key 0 is the answer for stacks that serve nothing.
    """
    serving: dict[int, Floats] = {}
    for _, index, floors in complete:
        for value, position in index.items():
            fingerprint = service.fingerprints.get(value)
            if fingerprint is not None and fingerprint.origin.startswith(_SERVING_ORIGINS):
                serving[value] = serving.get(value, np.zeros(WINDOWS)) + floors[position]
    answers = {0: _ratios(list(serving.values()))}
    for value in serving:
        answers[value] = _ratios([levels for other, levels in serving.items() if other != value])
    return answers


def _ratios(levels: list[Floats]) -> tuple[float, float]:
    """Give load now over load at the begin and at the middle of the span."""
    if not levels:
        return 1.0, 1.0
    table = np.array(levels)
    weights = np.sqrt(table.max(axis=1) + 1)
    newest, middle, oldest = table[:, 0] + 1, (table[:, 2] + table[:, 3]) / 2 + 1, table[:, -1] + 1
    return weighted_median(newest / oldest, weights), weighted_median(newest / middle, weights)


def _context(
    life: Life,
    index: Mapping[int, int],
    span: tuple[datetime, int],
    load: Mapping[int, tuple[float, float]],
    minimum_growth: float,
) -> Context:
    """Collect what is known of one life's span besides its floors."""
    slot, window = span
    age = life.number(slot) - life.number(life.begin)
    rows = np.array([life.rows[value] for value in index], dtype=np.int64)
    begin = life.count_at_begin(rows) if age < HISTORY_SLOTS else None
    latest = life.latest()
    now = np.array([latest[value] for value in index], dtype=np.float64)
    ratios = np.array([load.get(value, load[0]) for value in index], dtype=np.float64).reshape(-1, 2)
    return Context(
        load_ratio=ratios[:, 0],
        load_ratio_half=ratios[:, 1],
        young=age < HISTORY_SLOTS,
        risen=None if begin is None else now - begin,
        age_windows=age / window,
        minimum_growth=minimum_growth,
    )


def _put_together(
    service: Service,
    fingerprint: Fingerprint,
    slot: datetime,
    latest: Mapping[str, Mapping[int, int]],
    scales: list[tuple[_Span, ...]],
) -> Evaluation:
    """Put the lives of one stack together: the shorter scale speaks unless only the longer one finds a candidate."""
    value = fingerprint.value
    answers = [_add_lives(fingerprint, spans) for spans in scales]
    best = next((answer for answer in answers if answer.shape is Shape.GROWING), answers[0])
    counts = [counts.get(value, 0) for counts in latest.values()]
    growth = Growth(
        service=service.name,
        fingerprint=fingerprint,
        slot=slot,
        goroutines=sum(counts),
        instances=len(latest),
        growing_instances=best.growing,
        worst_instance=best.worst,
        floor=best.floor,
        growth_per_hour=best.rate,
        growth_low=best.low,
        growth_high=best.high,
        scale_slots=best.window * WINDOWS,
        score=best.score,
        candidate=best.shape is Shape.GROWING,
        reason=best.sentence,
    )
    known = max(life.number(slot) - life.number(service.first_slot) for life in service.lives) + 1
    return Evaluation(growth, known, best.age_slots)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One stack over all lives at one scale. Rates in goroutines per hour."""

    shape: Shape
    sentence: str
    window: int
    growing: int
    worst: str
    floor: int
    rate: float
    low: float
    high: float
    score: float
    age_slots: int


def _add_lives(fingerprint: Fingerprint, spans: tuple[_Span, ...]) -> _Answer:
    """Add up one stack over the lives that are complete at one scale; half widths of intervals add in squares."""
    value = fingerprint.value
    members = [(span, span.index[value]) for span in spans if value in span.index]
    if not members:
        age = min((_age(span.life) for span in spans), default=0)
        return _Answer(Shape.FLAT, SENTENCES[Shape.FLAT], 0, 0, "", 0, 0.0, 0.0, 0.0, 0.0, age)
    hours = np.array([span.window * span.life.interval_seconds / _SECONDS_PER_HOUR for span, _ in members])
    slopes = np.array([span.judged.slope[at] for span, at in members]) / hours
    down = slopes - np.array([span.judged.slope_low[at] for span, at in members]) / hours
    up = np.array([span.judged.slope_high[at] for span, at in members]) / hours - slopes
    shapes = [Shape(int(span.judged.shape[at])) for span, at in members]
    scores = np.array([span.judged.score[at] for span, at in members])
    shape = Shape.GROWING if Shape.GROWING in shapes else shapes[int(np.argmax(scores))]
    demand = shape is Shape.GROWING and _is_demand(fingerprint, members[0][0].window)
    rate = float(slopes.sum())
    return _Answer(
        shape=Shape.LOAD if demand else shape,
        sentence=_DEMAND_SENTENCE if demand else SENTENCES[shape],
        window=members[0][0].window,
        growing=sum(s is Shape.GROWING for s in shapes),
        worst=members[int(np.argmax(slopes))][0].life.instance,
        floor=int(sum(span.floors[at, 0] for span, at in members)),
        rate=rate,
        low=rate - sqrt(float((down**2).sum())),
        high=rate + sqrt(float((up**2).sum())),
        score=float(scores.max()),
        age_slots=min(_age(span.life) for span, _ in members),
    )


def _age(life: Life) -> int:
    """Give the age of a life in its slots, at least 1."""
    return max(1, life.newest - life.number(life.begin))


def _is_demand(fingerprint: Fingerprint, window: int) -> bool:
    """Say whether a stack waits for the peer of an accepted connection; only the long scale may call that a leak."""
    waits = fingerprint.operation == "io wait" and fingerprint.origin.startswith(_DEMAND_ORIGINS)
    return waits and window == WINDOW_SLOTS[0]
