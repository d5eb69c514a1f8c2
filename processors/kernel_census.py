"""The compiled hot path, last part: how much of each thing a profile holds, before protobuf makes objects of it.

Exists because an object of some fifty bytes may stand in two bytes of input. It counts in any profile that protobuf
would take, whatever its order and its unknown fields, and stops where it is broken.
"""

import numpy as np

from processors.compiled import compiled
from processors.kernel_wire import FAR, MORE, ONE, PADDING, SEVEN, TWO, ZERO, Bytes, U, Words, read_varint

STACKS, LABELS, LOCATIONS, LINES, FUNCTIONS, STRINGS, TYPES, MAPPINGS = range(8)
"""Places in the result."""
CENSUS = 8
_DEEPEST_GROUP = U(100)
"""protobuf's own limit."""


@compiled
def skip_value(data: Bytes, at: np.uint64, stop: np.uint64, kind: np.uint64) -> np.uint64:
    """Give the place behind a value of a wire type, FAR where there is none; 3 and 4 (groups) have no value."""
    if kind == ZERO:
        longest = at + U(10)
        while at < longest and data[at] >= MORE:
            at += ONE
        at = at + ONE if at < longest else FAR  # what a tenth byte holds beyond 64 bits is cut off by protobuf
    elif kind == ONE:
        at += U(8)
    elif kind == TWO:
        length, at = read_varint(data, at)
        at = at + length if at <= stop and length <= stop - at else FAR
    elif kind == U(5):
        at += U(4)
    elif kind > U(5):
        at = FAR
    return at if at <= stop else FAR


@compiled
def count_fields(data: Bytes, at: np.uint64, stop: np.uint64, field: np.uint64) -> tuple[np.uint64, bool]:
    """Count the records of one field in a message; False where it is broken."""
    found = depth = ZERO
    while at < stop:
        tag, at = read_varint(data, at)
        if at > stop:
            return found, False
        kind = tag & SEVEN
        found += ONE if depth == ZERO and kind == TWO and tag >> U(3) == field else ZERO
        if kind == U(3):
            depth += ONE
        elif kind == U(4):
            if depth == ZERO:
                return found, False
            depth -= ONE
        if depth > _DEEPEST_GROUP:
            return found, False
        at = skip_value(data, at, stop, kind)
    return found, at == stop and depth == ZERO


@compiled
def take_census(data: Bytes, size: np.uint64, census: Words) -> bool:
    """Count samples, their labels, locations, their lines and so on; False where the profile is broken."""
    if size + U(PADDING) > U(data.shape[0]) or census.shape[0] < CENSUS:
        return False
    census[:] = ZERO
    at = depth = ZERO
    while at < size:
        tag, at = read_varint(data, at)
        if at > size:
            return False
        kind, field = tag & SEVEN, tag >> U(3)
        if kind == U(3):
            depth += ONE
        elif kind == U(4):
            if depth == ZERO:
                return False
            depth -= ONE
        begin = at
        at = skip_value(data, at, size, kind)
        if at > size or depth > _DEEPEST_GROUP:
            return False
        if depth == ZERO and kind == TWO and not count_record(data, begin, at, field, census):
            return False
    return bool(depth == ZERO)


@compiled
def count_record(data: Bytes, begin: np.uint64, stop: np.uint64, field: np.uint64, census: Words) -> bool:
    """Count one record of the profile, and what is repeated in it; False where it is broken."""
    whole = True
    found = ZERO
    if field == TWO:
        _, body = read_varint(data, begin)
        found, whole = count_fields(data, body, stop, U(3))
        census[STACKS] += ONE
        census[LABELS] += found
    elif field == U(4):
        _, body = read_varint(data, begin)
        found, whole = count_fields(data, body, stop, U(4))
        census[LOCATIONS] += ONE
        census[LINES] += found
    elif field == U(5):
        census[FUNCTIONS] += ONE
    elif field == U(6):
        census[STRINGS] += ONE
    elif field == ONE:
        census[TYPES] += ONE
    elif field == U(3):
        census[MAPPINGS] += ONE
    return whole
