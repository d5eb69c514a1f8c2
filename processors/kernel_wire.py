"""The compiled hot path, what all its parts share: the layout of their arrays, and how a number is read.

Rule 1: an index is checked before it is used; `data` has PADDING bytes behind its end, so that a tag below the end and
        the varint behind it can be read before their end is checked.
Rule 2: all numbers are unsigned 64 bits; a signed index costs a test for wrap-around, a mixed sum is a float.
Rule 3: no exceptions; a place beyond every end, FAR, says that a record is odd.
"""

import numpy as np
from numpy.typing import NDArray

from processors.compiled import inlined

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
U = np.uint64

PADDING = 32
OK, ODD, FULL = U(0), U(1), U(2)
"""What a part of the kernel says: done; let protobuf decide; a table of the scratch is too short."""

FAR = U(2**63)
ZERO, ONE, TWO = U(0), U(1), U(2)
SEVEN, LAST_SHIFT, MORE = U(7), U(63), U(0x80)
LARGEST_COUNT = U(2**32 - 1)
PACKED, UNPACKED = U(1), U(2)

SAMPLES, LOCATIONS, FUNCTIONS, STRINGS, MAPPINGS = U(0), U(1), U(2), U(3), U(4)
"""Places in `head`: how many there are of each."""
LABELS, KINDS, KIND, CONTINUED, BEGIN, END = U(5), U(6), U(7), U(8), U(9), U(10)
"""Labels of all samples; sample types and the string that names the last; of the strings' records: bytes of lengths
that continue, and where the records begin and end, when they stand together (else both are FAR)."""
UNLOCATED, REFERENCES, MOST_CALLS, ALL_CALLS = U(11), U(12), U(13), U(14)
"""Counted by the later parts: goroutines of samples without locations, location ids of all samples, the most calls of
one location, and those of all."""
FIRST_LENGTH, KIND_AT, KIND_END, BUILD_AT, BUILD_END, TEXT = U(16), U(17), U(18), U(19), U(20), U(21)
"""Of what the caller asks first: the length of string 0, where the names of the sample type and of the first mapping's
build id stand (both 0: nowhere), and 1 where all strings are UTF-8."""
HEAD = 24

# Columns of the tables.
FIRST, LAST, COUNT, FORM = U(0), U(1), U(2), U(3)
ADDRESS, MAPPING, CALLS = U(2), U(3), U(4)
START, LIMIT, OFFSET, BUILD_ID = U(0), U(1), U(2), U(3)
SAMPLE_COLUMNS, LOCATION_COLUMNS, SPAN_COLUMNS, MAPPING_COLUMNS = 4, 5, 2, 4
"""FORM holds PACKED, UNPACKED or 0 (no locations) in its two lowest bits, above them where the first label's tag
stands (0: no labels). CALLS is filled by kernel_names.py."""


@inlined
def read_varint(data: Bytes, at: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Give the number at a place and the place behind it, FAR where it has more than 64 bits."""
    byte = U(data[at])
    at += ONE
    if byte < MORE:
        return byte, at
    second = U(data[at])
    at += ONE
    value = byte & U(0x7F) | (second & U(0x7F)) << SEVEN
    if second < MORE:
        return value, at
    shift = U(14)
    while shift < LAST_SHIFT:
        byte = U(data[at])
        at += ONE
        value |= (byte & U(0x7F)) << shift
        if byte < MORE:
            return value, at
        shift += SEVEN
    byte = U(data[at])
    if byte > ONE:
        return value, FAR
    return value | byte << LAST_SHIFT, at + ONE
