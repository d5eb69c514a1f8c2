"""The compiled hot path, first part: where everything stands in the bytes of a goroutine profile.

One walk over pprof's wire format notes where samples, locations, functions and strings begin and end; what they mean is
found by kernel_names.py and kernel_stacks.py from these notes. Whatever a Go program does not write (identifiers out of
order, unknown fields, tags of several bytes, groups, two values) is `ODD`: protobuf's own parser decides about it.

Rule 1: an index is checked before it is used; `data` has PADDING bytes behind its end, so that a tag below the end and
        the varint behind it can be read before their end is checked.
Rule 2: all numbers are unsigned 64 bits; a signed index costs a test for wrap-around, a mixed sum is a float.
Rule 3: no exceptions; a place beyond every end, FAR, says that a record is odd.
"""

import numpy as np
from numpy.typing import NDArray

from processors.compiled import compiled, inlined

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
HEAD = 16

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


@compiled
def survey(
    data: Bytes,
    size: np.uint64,
    head: Words,
    samples: Words,
    locations: Words,
    functions: Words,
    strings: Words,
    mappings: Words,
) -> np.uint64:
    """Note where everything stands; OK, ODD, or FULL with `head` saying of what there is more than its table holds."""
    if size + U(PADDING) > U(data.shape[0]) or head.shape[0] < HEAD:
        return ODD
    head[:] = ZERO
    at = ZERO
    while at < size:
        tag = data[at]
        value, body = read_varint(data, at + ONE)
        if body > size:
            return ODD
        if tag & np.uint8(7) != np.uint8(2):
            if tag == 0x50:
                if value != ZERO:
                    return ODD
            elif tag != 0x48 and tag != 0x60:
                return ODD
            at = body
            continue
        if value > size - body:
            return ODD
        stop = body + value
        if tag == 0x22:
            status = note_location(data, body, stop, head, locations)
        elif tag == 0x32:
            status = note_string(at, body, stop, head, strings)
        elif tag == 0x2A:
            status = note_function(body, stop, head, functions)
        elif tag == 0x12:
            status = note_sample(data, body, stop, head, samples)
        else:
            status = note_rest(data, tag, body, stop, head, mappings)
        if status != OK:
            return status
        at = stop
    return OK


@inlined
def note_location(data: Bytes, at: np.uint64, stop: np.uint64, head: Words, locations: Words) -> np.uint64:
    """Note the lines, the address and the mapping of a location."""
    row = head[LOCATIONS]
    if row >= U(locations.shape[0]):
        return FULL
    identifier = address = mapping = ZERO
    lines = stop
    while at < stop:
        tag = data[at]
        value, body = read_varint(data, at + ONE)
        if tag == 0x22:
            if body > stop or value > stop - body:
                return ODD
            lines = min(lines, at)
            at = body + value
            continue
        at = body
        if tag == 0x08:
            identifier = value
        elif tag == 0x18:
            address = value
        elif tag == 0x10:
            mapping = value
        else:
            return ODD
    if at != stop or identifier != row + ONE:
        return ODD
    locations[row, FIRST] = lines
    locations[row, LAST] = stop
    locations[row, ADDRESS] = address
    locations[row, MAPPING] = mapping
    head[LOCATIONS] = row + ONE
    return OK


@inlined
def note_function(body: np.uint64, stop: np.uint64, head: Words, functions: Words) -> np.uint64:
    """Note where a function stands; kernel_names.py reads it."""
    row = head[FUNCTIONS]
    if row >= U(functions.shape[0]):
        return FULL
    functions[row, FIRST] = body
    functions[row, LAST] = stop
    head[FUNCTIONS] = row + ONE
    return OK


@inlined
def note_string(at: np.uint64, body: np.uint64, stop: np.uint64, head: Words, strings: Words) -> np.uint64:
    """Note where a string stands, and whether all of them stand together."""
    row = head[STRINGS]
    if row >= U(strings.shape[0]):
        return FULL
    strings[row, FIRST] = body
    strings[row, LAST] = stop
    if row == ZERO:
        head[BEGIN] = at
    elif head[END] != at:
        head[BEGIN] = FAR
    head[END] = stop
    head[STRINGS] = row + ONE
    head[CONTINUED] += body - at - TWO
    return OK


@inlined
def note_sample(data: Bytes, at: np.uint64, stop: np.uint64, head: Words, samples: Words) -> np.uint64:
    """Note the location ids and the count of a sample; its labels are walked over and counted."""
    row = head[SAMPLES]
    if row >= U(samples.shape[0]):
        return FULL
    first = last = form = count = values = labels = ZERO
    while at < stop:
        tag = data[at]
        value, body = read_varint(data, at + ONE)
        if tag == 0x10:
            count = value
            values += ONE
            at = body
        elif tag == 0x08:
            if form == ZERO:
                first = at
                form = UNPACKED
            elif form != UNPACKED or last != at:
                return ODD
            at = last = body
        elif body > stop or value > stop - body:
            return ODD
        elif tag == 0x0A:
            if form != ZERO:
                return ODD
            form, first, last = PACKED, body, body + value
            at = last
        elif tag == 0x12:
            count, at = read_varint(data, body)
            if at != body + value:
                return ODD
            values += ONE
        elif tag != 0x1A or not walk_fields(data, body, body + value, U(4)):
            return ODD
        else:
            head[LABELS] += ONE
            labels = labels if labels != ZERO else at
            at = body + value
    if at != stop or values != ONE or count > LARGEST_COUNT:
        return ODD
    samples[row, FIRST] = first
    samples[row, LAST] = last
    samples[row, COUNT] = count
    samples[row, FORM] = form | labels << TWO
    head[SAMPLES] = row + ONE
    return OK


@inlined
def walk_fields(data: Bytes, at: np.uint64, stop: np.uint64, highest: np.uint64) -> bool:
    """Say whether a record holds numbers alone, in fields 1 to `highest`."""
    while at < stop:
        tag = U(data[at])
        _, at = read_varint(data, at + ONE)
        if tag & SEVEN != ZERO or tag < U(8) or tag > highest << U(3):
            return False
    return bool(at == stop)


@compiled
def note_rest(data: Bytes, tag: np.uint8, at: np.uint64, stop: np.uint64, head: Words, mappings: Words) -> np.uint64:
    """Note a sample type or a mapping; walk over the period type."""
    if tag == 0x5A:
        return OK if walk_fields(data, at, stop, TWO) else ODD
    if tag == 0x1A:
        return note_mapping(data, at, stop, head, mappings)
    if tag != 0x0A:
        return ODD
    kind = ZERO
    while at < stop:
        field = data[at]
        value, at = read_varint(data, at + ONE)
        if field == 0x08:
            kind = value
        elif field != 0x10:
            return ODD
    head[KINDS] += ONE
    head[KIND] = kind
    return OK if at == stop else ODD


@compiled
def note_mapping(data: Bytes, at: np.uint64, stop: np.uint64, head: Words, mappings: Words) -> np.uint64:
    """Note where a mapping begins and ends, its offset in the file and the string that is its build id."""
    row = head[MAPPINGS]
    if row >= U(mappings.shape[0]):
        return FULL
    mappings[row, :] = ZERO
    identifier = ZERO
    while at < stop:
        tag = U(data[at])
        value, at = read_varint(data, at + ONE)
        field = tag >> U(3)
        if tag & SEVEN != ZERO or field == ZERO or field > U(10):
            return ODD
        if field == ONE:
            identifier = value
        elif field < U(5):
            mappings[row, field - TWO] = value
        elif field == U(6):
            mappings[row, BUILD_ID] = value
    if at != stop or identifier != row + ONE:
        return ODD
    head[MAPPINGS] = row + ONE
    return OK
