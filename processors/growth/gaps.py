"""The gap between the floor and the peak of a window, in one byte: 5 % steps are enough to see it grow.

Goroutines that leave and come anew make counts fluctuate, the more the more there are; those that are stuck do not. So
a leak lifts floor and peak alike, load widens the gap between them.
"""

import numpy as np
from numpy.typing import NDArray

_STEP = np.log(1.05)
_CODES = 256
_WIDTHS = np.round(np.expm1(np.arange(_CODES) * _STEP)).astype(np.int64)

Codes = NDArray[np.uint8]


def encode(gaps: NDArray[np.int64]) -> Codes:
    """Give codes of gaps, which are at least zero; the largest code stands for a quarter of a million and more."""
    codes = np.rint(np.log1p(gaps.astype(np.float64)) / _STEP)
    return np.asarray(np.minimum(codes, _CODES - 1), dtype=np.uint8)


def decode(codes: Codes) -> NDArray[np.int64]:
    """Give the gaps that codes stand for."""
    return np.asarray(_WIDTHS[codes])


def pair(floors: NDArray[np.uint32], codes: Codes) -> tuple[NDArray[np.uint32], Codes]:
    """Make of six windows three that are twice as long: their floors and the codes of their gaps."""
    peaks = floors.astype(np.int64) + decode(codes)
    lower = np.minimum(floors[:, 0::2], floors[:, 1::2])
    return lower, encode(np.maximum(0, np.maximum(peaks[:, 0::2], peaks[:, 1::2]) - lower))
