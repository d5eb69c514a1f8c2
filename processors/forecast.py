"""growth + a limit -> when the limit is reached: a range of hours, and what it assumes.

Rule 1: no hour without its assumption.
Rule 2: growth that may be none gives no latest hour; growth that is none gives no hour at all.
"""

from dataclasses import dataclass
from math import floor, log10

_HOURS_PER_DAY = 24
_FARTHEST_HOURS = 24 * 365
"""Nobody knows a rate of today in a year."""
_MINUTES_ARE_FEW = 2


@dataclass(frozen=True, slots=True)
class Range:
    """The two ends of what is not known exactly, `low` at most `high`."""

    low: float
    high: float

    def times(self, other: "Range") -> "Range":
        """Multiply by a range, each end with each: a rate may be below zero."""
        ends = [mine * theirs for mine in (self.low, self.high) for theirs in (other.low, other.high)]
        return Range(min(ends), max(ends))


@dataclass(frozen=True, slots=True)
class Forecast:
    """When what is there `now` reaches `limit`, in hours from now.

    `soonest_hours` is None when it is not reached within a year even by the fastest growth, `latest_hours` when the
    slowest does not reach it. `sentence` says both for people, `assumption` what they rest on.
    """

    limit: float
    now: Range
    soonest_hours: float | None
    latest_hours: float | None
    sentence: str
    assumption: str


def forecast(limit: float, now: Range, per_hour: Range, assumption: str) -> Forecast:
    """Divide the least that is left by the fastest growth, and the most by the slowest."""
    soonest, latest = _hours(limit - now.high, per_hour.high), _hours(limit - now.low, per_hour.low)
    return Forecast(limit, now, soonest, latest, _say(soonest, latest), assumption)


def time_to_grow(amount: float, per_hour: Range) -> str:
    """Say how long it takes to grow by so much."""
    return _say(_hours(amount, per_hour.high), _hours(amount, per_hour.low))


def _hours(left: float, per_hour: float) -> float | None:
    """Give the hours; None where it is never, or farther away than anybody knows."""
    if left <= 0:
        return 0.0
    if per_hour <= 0 or left / per_hour > _FARTHEST_HOURS:
        return None
    return left / per_hour


def _say(soonest: float | None, latest: float | None) -> str:
    """Say a range of hours.

    Example input: 3.21, 26.0
    Example output: in 3.2 to 26 hours
    """
    if soonest is None:
        return "not within a year"
    if soonest == 0:
        return "reached"
    if latest is None:
        return f"not within {_duration(soonest)}, perhaps never"
    ends = _duration(soonest), _duration(latest)
    if ends[0] == ends[1]:
        return f"in {ends[0]}"
    same = ends[0].split()[1] == ends[1].split()[1]
    return f"in {ends[0].split()[0] if same else ends[0]} to {ends[1]}"


def _duration(hours: float) -> str:
    """Write hours in the unit that a person would use, to two digits.

    Example input: 0.51
    Example output: 31 minutes
    """
    if hours < _MINUTES_ARE_FEW:
        return f"{max(1, round(hours * 60))} minutes"
    if hours < 2 * _HOURS_PER_DAY:
        return f"{_two_digits(hours)} hours"
    return f"{_two_digits(hours / _HOURS_PER_DAY)} days"


def _two_digits(number: float) -> str:
    """Round to two digits.

    Example input: 123.4
    Example output: 120
    """
    return f"{round(number, 1 - floor(log10(number))):g}"
