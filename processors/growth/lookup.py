"""Many fingerprints at once -> their places among those that are known, in microseconds instead of a walk.

The keys of a dict that only grows are kept sorted beside it, and sorted anew when it has grown.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1

Values = NDArray[np.uint64]
Places = NDArray[np.intp]

_LAST = np.array([np.iinfo(np.uint64).max], dtype=np.uint64)
"""Stands behind all keys, so that whatever is sought falls on something."""


class Lookup:
    """The sorted keys of the dict that was asked for last."""

    __slots__ = ("_keys", "_known", "_places")

    def __init__(self) -> None:
        self._known: Mapping[int, object] = {}
        self._keys: Values = _LAST
        self._places: Places = np.array([UNKNOWN], dtype=np.intp)

    def find(self, known: Mapping[int, object], values: Values) -> Places:
        """Give the place of each value in the order of the dict; UNKNOWN where it is none of its keys."""
        if self._known is not known or len(self._keys) != len(known) + 1:
            self._known = known
            keys = np.fromiter(known, np.uint64, len(known))
            order = keys.argsort()
            self._keys = np.concatenate([keys[order], _LAST])
            self._places = np.concatenate([order, [UNKNOWN]])
        at = self._keys.searchsorted(values)
        found = self._places.take(at)
        found[self._keys.take(at) != values] = UNKNOWN
        return found


def order_of(values: Values, goroutines: NDArray[np.uint64]) -> Places:
    """Give the order in which fingerprints are met: the most goroutines first, ties by fingerprint."""
    return np.lexsort((values, ~goroutines))
