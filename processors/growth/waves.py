"""counts -> usual waves: how a stack rose at the same time of the last days.

Kept per stack: its mean over the instances in each of the last 192 hours. A rise that comes every day is no leak,
unless it stays: what a day adds for good is taken off first, so a leak is never its own excuse.
"""

import numpy as np
from numpy.typing import NDArray

_HOURS = 192
_DAY = 24
_SECONDS_PER_HOUR = 3600

Floats = NDArray[np.float64]


class Waves:
    """Hourly means per number of the roster. `hour` counts hours since 1970; -1 before the first slot."""

    def __init__(self) -> None:
        self.hour = -1
        self.first_hour = -1
        self.total: Floats = np.zeros(0)
        self.scrapes = 0
        self.past: NDArray[np.float32] = np.full((0, _HOURS), np.nan, dtype=np.float32)

    def add(self, counts: NDArray[np.uint32]) -> None:
        """Take in scrapes, a line each, with one count for each number of the roster."""
        wide = counts.shape[1]
        if wide > len(self.total):
            more = max(64, wide * 5 // 4)
            self.total = np.concatenate([self.total, np.zeros(more - len(self.total))])
            self.past = np.concatenate([self.past, np.zeros((more - len(self.past), _HOURS), dtype=np.float32)])
        self.total[:wide] += counts.sum(axis=0, dtype=np.uint64)
        self.scrapes += len(counts)

    def end_slot(self, hour: int) -> None:
        """Close a slot that lies in this hour."""
        if hour == self.hour:
            return
        if self.hour >= 0 and self.scrapes:
            self.past[:, self.hour % _HOURS] = self.total / self.scrapes
            self.first_hour = self.hour if self.first_hour < 0 else max(self.first_hour, self.hour - _HOURS + 1)
            for missed in range(self.hour + 1, min(hour, self.hour + _HOURS)):
                self.past[:, missed % _HOURS] = self.past[:, self.hour % _HOURS]
            self.total[:] = 0
            self.scrapes = 0
        self.hour = hour

    def usual_rise(self, numbers: NDArray[np.int32], hours: float) -> Floats:
        """Give the largest rise per instance over so many hours that one of the last days had at this time.

        What the day added for good is taken off; 0 where no whole day before the span is known.
        """
        found = np.zeros(len(numbers))
        span = max(1, round(hours))
        if self.hour < 0 or self.first_hour < 0 or span >= _DAY:
            return found
        past = self.past[numbers].astype(np.float64)
        for days in range(1, _HOURS // _DAY):
            end = self.hour - _DAY * days
            if end - span < self.first_hour:
                break
            after = past[:, min(end + _DAY, self.hour - 1) % _HOURS]
            rise, stayed = past[:, end % _HOURS] - past[:, (end - span) % _HOURS], after - past[:, end % _HOURS]
            found = np.maximum(found, rise - np.maximum(0, stayed) * span / _DAY)
        return found
