"""counts -> load: how much a service is asked to do, read from the stacks that serve accepted requests.

Kept per serving stack: its mean over the instances, smoothed over fifteen slots, at every end of a shortest window, as
far back as the longest span. The ratio of two moments is the weighted median over the serving stacks, so that one
leaking handler does not look like load; a stack never explains itself.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from processors.growth.windows import FIRST_WINDOW_SLOTS, LONGEST_SPAN_SLOTS

_SMOOTHED_SLOTS = 15
_TICKS = LONGEST_SPAN_SLOTS // FIRST_WINDOW_SLOTS
_MOST_STACKS = 256
"""Serving stacks that are kept, in the order in which they were met."""

Floats = NDArray[np.float64]


class Load:
    """The serving stacks of one service over time. `numbers` are their numbers in the roster."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.total = np.zeros(0)
        self.lives = 0
        self.recent: Floats = np.full((0, _SMOOTHED_SLOTS), np.nan)
        self.past: NDArray[np.float32] = np.zeros((0, _TICKS), dtype=np.float32)
        self.ticks = 0

    def add(self, serving: NDArray[np.intp], counts: NDArray[np.uint32]) -> None:
        """Take in scrapes of the slot that is being closed, a line each; `serving` are all serving stacks' numbers."""
        kept = serving[:_MOST_STACKS]
        if len(self.numbers) < len(kept):
            self._widen(kept.tolist())
        self.total += counts.take(kept, axis=1).sum(axis=0, dtype=np.uint64)
        self.lives += len(counts)

    def end_slot(self) -> None:
        """Close a slot; one without any scrape changes nothing."""
        if not self.lives:
            return
        self.recent[:, 1:] = self.recent[:, :-1].copy()
        self.recent[:, 0] = self.total / self.lives
        self.total[:] = 0
        self.lives = 0

    def end_window(self) -> None:
        """Remember the smoothed load at the end of a shortest window."""
        if len(self.numbers):
            seen = ~np.isnan(self.recent)
            level = np.where(seen, self.recent, 0).sum(axis=1) / np.maximum(1, seen.sum(axis=1))
            self.past[:, self.ticks % _TICKS] = level
        self.ticks += 1

    def ratios(self, slots: float, without: NDArray[np.integer], leaking: Sequence[int] = ()) -> Floats:
        """Give load now over load so many slots ago, without one stack each; 1 where nothing serves or is known.

        Stacks that seem to be `leaking` are no load for anybody.
        """
        back = round(slots / FIRST_WINDOW_SLOTS)
        if not self.numbers or back >= min(self.ticks, _TICKS):
            return np.ones(len(without))
        now = self.past[:, (self.ticks - 1) % _TICKS].astype(np.float64)
        then = self.past[:, (self.ticks - 1 - back) % _TICKS].astype(np.float64)
        numbers = np.array(self.numbers)
        kept = (numbers != without[:, None]) & ~np.isin(numbers, leaking)
        weights = np.sqrt(np.maximum(now, then)) * kept
        return weighted_medians((now + 1) / (then + 1), weights)

    def _widen(self, numbers: list[int]) -> None:
        """Make room for serving stacks that were not met before; they served nothing before."""
        more = len(numbers) - len(self.numbers)
        self.numbers = numbers
        self.total = np.concatenate([self.total, np.zeros(more)])
        width = self.recent.shape[0]
        filler = np.where(np.isnan(self.recent).all(axis=0) if width else np.full(_SMOOTHED_SLOTS, True), np.nan, 0.0)
        self.recent = np.concatenate([self.recent, np.tile(filler, (more, 1))])
        self.past = np.concatenate([self.past, np.zeros((more, _TICKS), dtype=np.float32)])


def weighted_medians(values: Floats, weights: Floats) -> Floats:
    """Give the value at half of the weight, for each line of weights; 1 where nothing weighs."""
    total = weights.sum(axis=1)
    order = np.argsort(values)
    reached = np.cumsum(weights[:, order], axis=1) * 2 >= total[:, None]
    return np.where(total > 0, values[order[reached.argmax(axis=1)]], 1.0)
