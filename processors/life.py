"""counts -> whether a process began anew: a count is never differenced across two lives of a process.

Another process start says so, or another version label, or, where no start is known, a collapse: within one scrape the
goroutines fall below three quarters and over 30 % of the stacks (by the square root of their count, 4 at least) fall
below half. On recorded fleets the collapse found the same lives as the process start did.
"""

from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

_TOTAL_LEFT = 0.75
_STACK_LEFT = 0.5
_STACKS_FALLEN = 0.30
_SMALLEST_COUNT = 4


class Began(StrEnum):
    """How the start of a life was recognised."""

    FIRST_SEEN = "first_seen"
    PROCESS_START = "process_started"
    VERSION = "version_changed"
    COLLAPSE = "counts_collapsed"


def find_restart(before: datetime | None, after: datetime | None) -> Began | None:
    """Say whether two scrapes name different process starts; None when they do not, or when one does not say."""
    return Began.PROCESS_START if before and after and before != after else None


def keeps_total(before: int, after: int) -> bool:
    """Say whether too many goroutines are left of so many for a collapse, whatever became of each stack."""
    return not after < _TOTAL_LEFT * before


def find_collapse(before: NDArray[np.int64], after: NDArray[np.int64]) -> Began | None:
    """Say whether the counts of two neighbouring scrapes, stack by stack, look like a restart; None when not."""
    if keeps_total(int(before.sum()), int(after.sum())):
        return None
    counted = before >= _SMALLEST_COUNT
    weights = np.sqrt(before[counted])
    fallen = weights[after[counted] < _STACK_LEFT * before[counted]].sum()
    return Began.COLLAPSE if fallen > _STACKS_FALLEN * weights.sum() > 0 else None
