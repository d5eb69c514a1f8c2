"""counts -> floors: the series of one service, all of them in a few arrays.

A series is one stack (or entry) in one process life. One that never moved is a number in `flat`; a row with floors is
made when it moves, with the past that it had: the same number throughout. The shortest scale and three windows of each
longer one are all the past there is (windows.py). Counts take two bytes until one of the service needs four, so an idle
series costs six bytes and one that moves a hundred.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from processors.growth.gaps import Codes, encode, pair
from processors.growth.lookup import Places
from processors.growth.windows import SCALES, WINDOWS, window_slots

_UNSEEN, _UNSEEN_NARROW = 2**32 - 1, 2**16 - 1
"""The floor of a window without scrapes: above all counts, so that it lowers no longer window; never judged. The second
stands for it where counts are kept in two bytes."""

_NARROW, _WIDE = np.dtype(np.uint16), np.dtype(np.uint32)

_OLDER = 3
_NO_ROW = -1
_FEWEST_ROWS = 64
_GROWTH_OF_ARRAYS = 1.125

_PAST = ("now", "low", "high", "first", "floors", "older", "gaps", "older_gaps")
_ROWS = ("ids", "places", *_PAST)
_FLOORS = ("low", "floors", "older")
_COUNTS = ("now", "high", "first", "flat", *_FLOORS)

Counts = NDArray[np.uint32]
Kept: TypeAlias = NDArray[np.uint16] | NDArray[np.uint32]


@dataclass(slots=True)
class Life:
    """One life of one process: `birth`, `newest` are slot numbers of the service, scrapes `spacing` slots apart.

    `goroutines` is how many the newest scrape counted; -1 where that is not remembered.
    """

    instance: str
    begin: datetime
    version: str
    process_start: datetime | None
    spacing: float
    birth: int
    newest: int = -1
    goroutines: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """One scale as its windows end: floors and gaps (rows, 6), newest first; `complete` tells the whole lives."""

    scale: int
    floors: NDArray[np.uint32]
    gaps: Codes
    complete: NDArray[np.bool_]


class Series:
    """The arrays. A place is an index into `lives`, `flat` and so on; a row one into `ids`, `now` and so on."""

    def __init__(self) -> None:
        self.lives: list[Life | None] = []
        self.rows = 0
        self.ids = np.zeros(0, dtype=np.int32)
        self.places = np.zeros(0, dtype=np.int32)
        self.now: Kept = np.zeros(0, dtype=np.uint16)
        self.low: Kept = np.zeros(0, dtype=np.uint16)
        self.high: Kept = np.zeros(0, dtype=np.uint16)
        self.first: Kept = np.zeros(0, dtype=np.uint16)
        self.gaps: Codes = np.zeros((0, WINDOWS), dtype=np.uint8)
        self.older_gaps: Codes = np.zeros((0, SCALES - 1, _OLDER), dtype=np.uint8)
        self.floors: Kept = np.zeros((0, WINDOWS), dtype=np.uint16)
        self.older: Kept = np.zeros((0, SCALES - 1, _OLDER), dtype=np.uint16)
        self.flat: Kept = np.zeros((0, 0), dtype=np.uint16)
        self.row_of = np.full((0, 0), _NO_ROW, dtype=np.int32)
        self.seen = np.zeros(0, dtype=np.int32)
        self.present = np.zeros((0, WINDOWS), dtype=np.int32)
        self.older_present = np.zeros((0, SCALES - 1, _OLDER), dtype=np.int32)

    def begin(self, life: Life, counts: Counts) -> int:
        """Take in a new life with its first counts, one for each number of the roster; give its place."""
        place = next((at for at, other in enumerate(self.lives) if other is None), len(self.lives))
        if place == len(self.lives):
            self.lives.append(None)
        self.lives[place] = life
        self._fit(len(self.lives), len(counts))
        self._fit_counts(counts)
        self.flat[place] = 0
        self.flat[place, : len(counts)] = counts
        self.row_of[place] = _NO_ROW
        self.seen[place], self.present[place], self.older_present[place] = 1, 0, 0
        return place

    def observe(self, places: Places, counts: Counts) -> None:
        """Take in a scrape of each of some lives, all of them different.

        `counts` has a line for each, with one count for each number of the roster; what is absent counts zero.
        """
        wide = counts.shape[1]
        self._fit(len(self.lives), wide)
        kept = self._fit_counts(counts)
        rows = self.row_of[places, :wide]
        lines, numbers = ((rows < 0) & (kept != self.flat[places, :wide])).nonzero()
        if len(lines):
            self._make_rows(places[lines], numbers)
            rows = self.row_of[places, :wide]
        held = rows >= 0
        own, new = rows[held], kept[held]
        self.now[own] = new
        self.low[own] = np.minimum(self.low.take(own), new)
        self.high[own] = np.maximum(self.high.take(own), new)
        self.seen[places] += 1

    def end(self, place: int) -> None:
        """Let a life go, with its rows."""
        self.lives[place] = None
        self._keep(self.places[: self.rows] != place)

    def become_sum(self, total: int, part: int) -> None:
        """Give an entry the past of the one stack that it was so far."""
        self._fit(len(self.lives), total + 1)
        self.flat[:, total] = self.flat[:, part]
        for place in np.flatnonzero(self.row_of[:, part] >= 0).tolist():
            source = int(self.row_of[place, part])
            self._make_rows(np.array([place]), np.array([total]))
            row = self.rows - 1
            for name in _PAST:
                getattr(self, name)[row] = getattr(self, name)[source]

    def close(self, closing: int) -> Iterator[Closed]:
        """End the windows of the lowest scales, one after the other; what is given is valid until the next one."""
        end, lives, unseen = self.rows, len(self.lives), self._unseen
        self.floors[:end, 1:] = self.floors[:end, :-1].copy()
        self.floors[:end, 0] = self.low[:end]
        self.gaps[:end, 1:] = self.gaps[:end, :-1].copy()
        self.gaps[:end, 0] = encode(np.maximum(0, self.high[:end].astype(np.int64) - self._widen(self.low[:end])))
        self.present[:lives, 1:] = self.present[:lives, :-1].copy()
        self.present[:lives, 0] = self.seen[:lives]
        self.low[:end], self.high[:end], self.seen[:lives] = unseen, 0, 0
        floors, gaps, present = self._widen(self.floors[:end]), self.gaps[:end], self.present[:lives]
        yield Closed(0, floors, gaps, self._complete(0, present))
        for scale in range(1, closing):
            newer, newer_gaps = pair(floors, gaps)
            floors = np.concatenate([newer, self._widen(self.older[:end, scale - 1])], axis=1)
            gaps = np.concatenate([newer_gaps, self.older_gaps[:end, scale - 1]], axis=1)
            self.older[:end, scale - 1], self.older_gaps[:end, scale - 1] = (
                np.minimum(floors[:, 2:5], unseen),
                gaps[:, 2:5],
            )
            present = np.concatenate(
                [present[:, 0::2] + present[:, 1::2], self.older_present[:lives, scale - 1]], axis=1
            )
            self.older_present[:lives, scale - 1] = present[:, 2:5]
            yield Closed(scale, floors, gaps, self._complete(scale, present))

    def flatten(self) -> None:
        """Turn rows whose whole past is one number back into that number."""
        end = self.rows
        now, floors, older = self.now[:end], self.floors[:end], self.older[:end]
        moving = ((floors != now[:, None]) & (floors != self._unseen)).any(axis=1)
        moving |= ((older != now[:, None, None]) & (older != self._unseen)).any(axis=(1, 2))
        still = np.flatnonzero(~moving)
        if len(still):
            self.flat[self.places[still], self.ids[still]] = now[still]
            self._keep(moving)

    def sum_flat(self, complete: NDArray[np.bool_], numbers: int) -> NDArray[np.int64]:
        """Add up, for each number of the roster, the counts that never moved, over the lives that are complete."""
        return np.asarray(self.flat_of(complete, numbers).sum(axis=0, dtype=np.int64))

    def flat_of(self, complete: NDArray[np.bool_], numbers: int) -> Counts:
        """Give the counts that never moved, a line for each life that is complete; 0 where a series has a row."""
        self._fit(len(self.lives), numbers)
        places = np.flatnonzero(complete)
        return np.where(self.row_of[places, :numbers] < 0, self.flat[places, :numbers], 0).astype(np.uint32)

    def latest(self, place: int, numbers: int) -> NDArray[np.int64]:
        """Give the newest count of each number of the roster in one life."""
        self._fit(len(self.lives), numbers)
        rows = self.row_of[place, :numbers]
        held = np.where(rows >= 0, self.now[np.maximum(rows, 0)] if self.rows else 0, self.flat[place, :numbers])
        return held.astype(np.int64)

    def count(self, place: int, number: int) -> int:
        """Give the newest count of one series."""
        self._fit(len(self.lives), number + 1)
        row = int(self.row_of[place, number])
        return int(self.now[row] if row >= 0 else self.flat[place, number])

    def newest_floor(self, place: int, number: int) -> int:
        """Give the floor of the newest window of the shortest scale of one series."""
        self._fit(len(self.lives), number + 1)
        row = int(self.row_of[place, number])
        if row < 0:
            return int(self.flat[place, number])
        return int(min(self.floors[row, 0], self.now[row]))

    def _complete(self, scale: int, present: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell the lives of which every window holds half of its scrapes: a gap is never filled."""
        spacing = np.array([life.spacing if life else 1.0 for life in self.lives])
        alive = np.array([life is not None for life in self.lives], dtype=np.bool_)
        needed = np.maximum(1.0, window_slots(scale) / spacing / 2)
        return np.asarray(alive & (present >= needed[:, None]).all(axis=1))

    def _make_rows(self, places: Places, numbers: Places) -> None:
        """Make rows of series that were flat so far, given by life and number."""
        end = self.rows + len(numbers)
        if end > len(self.ids):
            self._resize(max(_FEWEST_ROWS, int(end * _GROWTH_OF_ARRAYS)))
        made, unseen = slice(self.rows, end), self._unseen
        past, seen = self.flat[places, numbers], self.seen[places] > 0
        self.ids[made], self.places[made] = numbers, places
        self.now[made] = self.first[made] = past
        self.low[made], self.high[made] = np.where(seen, past, unseen), np.where(seen, past, 0)
        self.gaps[made], self.older_gaps[made] = 0, 0
        self.floors[made] = np.where(self.present[places] > 0, past[:, None], unseen)
        self.older[made] = np.where(self.older_present[places] > 0, past[:, None, None], unseen)
        self.row_of[places, numbers] = np.arange(self.rows, end, dtype=np.int32)
        self.rows = end

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        """Let all other rows go, and number what is left anew."""
        chosen = np.flatnonzero(kept)
        gone = np.flatnonzero(~kept)
        self.row_of[self.places[gone], self.ids[gone]] = _NO_ROW
        for name in _ROWS:
            array = getattr(self, name)
            array[: len(chosen)] = array[chosen]
        self.rows = len(chosen)
        self.row_of[self.places[: self.rows], self.ids[: self.rows]] = np.arange(self.rows, dtype=np.int32)
        if max(_FEWEST_ROWS, self.rows * 4) < len(self.ids):
            self._resize(max(_FEWEST_ROWS, int(self.rows * _GROWTH_OF_ARRAYS)))

    def _resize(self, rows: int) -> None:
        """Give the arrays of rows another length."""
        for name in _ROWS:
            old = getattr(self, name)
            new = np.zeros((rows, *old.shape[1:]), dtype=old.dtype)
            new[: self.rows] = old[: self.rows]
            setattr(self, name, new)

    @property
    def _unseen(self) -> int:
        """Give what stands for a window without scrapes in the arrays."""
        return _UNSEEN_NARROW if self.flat.dtype == _NARROW else _UNSEEN

    def _widen(self, floors: Kept) -> Counts:
        """Give floors in four bytes."""
        found = floors.astype(_WIDE)
        if floors.dtype == _NARROW:
            found[floors == self._unseen] = _UNSEEN
        return found

    def _fit_counts(self, counts: Counts) -> Kept:
        """Give counts as they are kept; let all take four bytes from the first one on that two do not hold."""
        if self.flat.dtype == _NARROW:
            if counts.max(initial=0) < self._unseen:
                return counts.astype(_NARROW)
            for name in _FLOORS:
                setattr(self, name, self._widen(getattr(self, name)))
            for name in _COUNTS:
                setattr(self, name, getattr(self, name).astype(_WIDE, copy=False))
        return counts

    def _fit(self, lives: int, numbers: int) -> None:
        """Make room for lives and numbers."""
        if lives > len(self.seen):
            more = max(4, int(lives * _GROWTH_OF_ARRAYS))
            for name in ("seen", "present", "older_present"):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, np.zeros((more - len(old), *old.shape[1:]), old.dtype)]))
        high, wide = self.flat.shape
        if len(self.seen) > high or numbers > wide:
            shape = (len(self.seen), wide if numbers <= wide else max(64, int(numbers * _GROWTH_OF_ARRAYS)))
            flat, row_of = np.zeros(shape, self.flat.dtype), np.full(shape, _NO_ROW, np.int32)
            flat[:high, :wide], row_of[:high, :wide] = self.flat, self.row_of
            self.flat, self.row_of = flat, row_of
