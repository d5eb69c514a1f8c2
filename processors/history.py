"""The recent counts of one service: what growth is computed from.

State is one object per service, and it is a cache over the store: `observe` is all that ever changes it, so feeding it
the stored counts again gives the same object. Memory is bounded: HISTORY_SLOTS columns for every series that was not
zero throughout.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

HISTORY_SLOTS = 240
"""Six windows of the longest scale."""

_FIRST_ROWS = 64
_NONE = -1

Cells = NDArray[np.int64]


class Life:
    """One life of one process: counts per fingerprint and slot. Slots are numbered from 1970 in intervals."""

    def __init__(self, instance: str, begin: datetime, interval_seconds: float, version: str) -> None:
        self.instance = instance
        self.begin = begin
        self.interval_seconds = interval_seconds
        self.version = version
        self.rows: dict[int, int] = {}
        self.newest = _NONE
        self._cells: Cells = np.zeros((_FIRST_ROWS, HISTORY_SLOTS), dtype=np.int64)
        self._present: Cells = np.full(HISTORY_SLOTS, _NONE, dtype=np.int64)

    def number(self, slot: datetime) -> int:
        """Give the number of a slot in this life's interval."""
        return slot_number(slot, self.interval_seconds)

    def holds(self, slot: datetime) -> bool:
        """Say whether this slot was observed already."""
        number = self.number(slot)
        return bool(self._present[number % HISTORY_SLOTS] == number)

    def expired(self, slot: datetime) -> bool:
        """Say whether this slot lies before what is remembered."""
        return self.newest - self.number(slot) >= HISTORY_SLOTS

    def observe(self, slot: datetime, counts: Mapping[int, int]) -> None:
        """Take in the counts of one slot; fingerprints that are absent count zero."""
        number = self.number(slot)
        column = number % HISTORY_SLOTS
        for value in counts.keys() - self.rows.keys():
            self._add_row(value)
        self._cells[:, column] = 0
        rows = [self.rows[value] for value in counts]
        self._cells[rows, column] = list(counts.values())
        self._present[column] = number
        self.newest = max(self.newest, number)

    def latest(self) -> dict[int, int]:
        """Give the counts of the newest slot, zeros included; empty before the first."""
        if self.newest == _NONE:
            return {}
        column = self._cells[:, self.newest % HISTORY_SLOTS]
        return {value: int(column[row]) for value, row in self.rows.items()}

    def count_at_begin(self, rows: Cells) -> Cells | None:
        """Give the counts of the first slot of this life, None when it is no longer remembered."""
        number = self.number(self.begin)
        column = number % HISTORY_SLOTS
        return self._cells[rows, column] if self._present[column] == number else None

    def floors(self, rows: Cells, end: int, window: int, windows: int) -> Cells | None:
        """Give the minima of the last windows, newest first, one line per row.

        The newest window ends with slot number `end`. None when the life is too young or when a window holds less
        than half of its scrapes: a gap is never filled.
        """
        numbers = np.arange(end, end - window * windows, -1)
        columns = numbers % HISTORY_SLOTS
        present = self._present[columns] == numbers
        if (present.reshape(windows, window).sum(axis=1) * 2 < window).any():
            return None
        cells = np.where(present, self._cells[np.ix_(rows, columns)], np.iinfo(np.int64).max)
        return np.asarray(cells.reshape(len(rows), windows, window).min(axis=2), dtype=np.int64)

    def forget_idle(self, keep: frozenset[int]) -> None:
        """Let go of series that were zero throughout what is remembered, except those to keep."""
        alive = np.count_nonzero(self._cells, axis=1)
        values = [value for value, row in self.rows.items() if alive[row] or value in keep]
        if len(values) == len(self.rows):
            return
        old = [self.rows[value] for value in values]
        cells = np.zeros((max(_FIRST_ROWS, 2 * len(values)), HISTORY_SLOTS), dtype=np.int64)
        cells[: len(old)] = self._cells[old]
        self._cells = cells
        self.rows = {value: row for row, value in enumerate(values)}

    def _add_row(self, value: int) -> None:
        """Make room for a fingerprint that was never seen in this life; it counted zero before."""
        row = len(self.rows)
        if row == len(self._cells):
            self._cells = np.vstack([self._cells, np.zeros_like(self._cells)])
        self.rows[value] = row


def slot_number(slot: datetime, interval_seconds: float) -> int:
    """Number a slot from 1970 on, in intervals."""
    return round(slot.timestamp() * 1000) // round(interval_seconds * 1000)


def slot_of(moment: datetime, interval_seconds: float) -> datetime:
    """Round a moment down to its slot."""
    interval = timedelta(milliseconds=round(interval_seconds * 1000))
    epoch = datetime.fromtimestamp(0, tz=moment.tzinfo)
    return moment - (moment - epoch) % interval
