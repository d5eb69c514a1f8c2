"""Times of scrapes -> the interval they were taken at, and the slot of each.

Exists because a recording says when a scrape was taken and not when it was due. Scrapes are late by a little, and some
are missing; the interval is the median of the gaps without a missing one, made exact over the whole span, and slots are
counted from the usual place in the interval, so that a scrape a moment early or late keeps its slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import atan2, cos, floor, sin, tau
from statistics import median

DEFAULT_SECONDS = 60.0
_UNITS = (60.0, 10.0, 5.0, 1.0, 0.5, 0.1, 0.05, 0.01)
_NEAR = 0.002
_SINGLE = 1.5
"""Gaps up to so many of a short one (a fifth is shorter) are one interval; in longer ones scrapes are missing."""
_FEW_GAPS = 20
_NEAR_OF_FEW = 0.02
_LATE_PHASE = 0.98
"""Scrapes on the full interval, a moment early or late, belong to the slot that begins there."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How one instance was scraped. `phase_seconds` is the usual place of a scrape in its interval."""

    interval_seconds: float
    phase_seconds: float

    def slot_of(self, moment: datetime) -> datetime:
        """Give the slot whose usual instant is nearest."""
        seconds = (moment - _EPOCH).total_seconds() - self.phase_seconds
        number = floor(seconds / self.interval_seconds + 0.5)
        return _EPOCH + number * timedelta(milliseconds=round(self.interval_seconds * 1000))


def find_rhythm(moments: Sequence[datetime], default_seconds: float = DEFAULT_SECONDS) -> Rhythm:
    """Find the rhythm of one instance's scrapes, in any order; a single one tells no interval."""
    seconds = sorted({(moment - _EPOCH).total_seconds() for moment in moments})
    interval = _find_interval(seconds) or default_seconds
    angles = [tau * (second % interval) / interval for second in seconds]
    turn = atan2(sum(map(sin, angles)), sum(map(cos, angles))) / tau % 1.0
    return Rhythm(interval, interval * (turn - 1.0 if turn > _LATE_PHASE else turn))


def _find_interval(seconds: Sequence[float]) -> float | None:
    """Give the interval between sorted instants, None where there are no two."""
    gaps = [after - before for before, after in zip(seconds, seconds[1:], strict=False)]  # noqa: RUF007 the idiom reads
    if not gaps:
        return None
    single = sorted(gaps)[len(gaps) // 5]
    usual = median(gap for gap in gaps if gap <= _SINGLE * single)
    exact = (seconds[-1] - seconds[0]) / sum(max(1, round(gap / usual)) for gap in gaps)
    return _snap(exact, _NEAR if len(gaps) >= _FEW_GAPS else _NEAR_OF_FEW)


def _snap(seconds: float, near: float) -> float:
    """Give the rounder interval that is meant, at least a millisecond.

    Example input: 59.97
    Example output: 60.0
    """
    for unit in _UNITS:
        rounded = round(seconds / unit) * unit
        if rounded > 0 and abs(rounded - seconds) <= near * seconds:
            return round(rounded, 3)
    return max(0.001, round(seconds, 3))
