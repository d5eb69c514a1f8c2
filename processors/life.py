"""counts -> whether a process began anew: a count is never differenced across two lives of a process.

A change of the version label says so, and so does a collapse: within one scrape the goroutines fall below three
quarters and over 30 % of the stacks (by the square root of their count, 4 at least) fall below half. On recorded fleets
this found the same lives as the process start did.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import sqrt

_TOTAL_LEFT = 0.75
_STACK_LEFT = 0.5
_STACKS_FALLEN = 0.30
_SMALLEST_COUNT = 4


class Began(StrEnum):
    """How the start of a life was recognised."""

    FIRST_SEEN = "first_seen"
    VERSION = "version_changed"
    COLLAPSE = "counts_collapsed"


def find_collapse(before: Mapping[int, int], after: Mapping[int, int]) -> Began | None:
    """Say whether the counts of two neighbouring scrapes look like a restart; None when they do not."""
    total = sum(before.values())
    if total == 0 or sum(after.values()) >= _TOTAL_LEFT * total:
        return None
    weights = {value: sqrt(count) for value, count in before.items() if count >= _SMALLEST_COUNT}
    fallen = sum(weight for value, weight in weights.items() if after.get(value, 0) < _STACK_LEFT * before[value])
    return Began.COLLAPSE if fallen > _STACKS_FALLEN * sum(weights.values()) > 0 else None
