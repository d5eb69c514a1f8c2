"""The compiled hot path, first part: where everything stands in the bytes of a goroutine profile.

One walk over pprof's wire format notes where samples, locations, functions and strings begin and end; what they mean is
found by kernel_names.py and kernel_stacks.py from these notes. Whatever a Go program does not write (identifiers out of
order, unknown fields, tags of several bytes, groups, two values) is `ODD`: protobuf's own parser decides about it.
The rules are kernel_wire.py's.
"""

import numpy as np

from processors.compiled import compiled, inlined
from processors.kernel_names import strings_are_text
from processors.kernel_sample import note_sample, walk_fields
from processors.kernel_wire import (
    ADDRESS,
    BEGIN,
    BUILD_AT,
    BUILD_END,
    BUILD_ID,
    CONTINUED,
    END,
    FAR,
    FIRST,
    FIRST_LENGTH,
    FULL,
    FUNCTIONS,
    HEAD,
    KIND,
    KIND_AT,
    KIND_END,
    KINDS,
    LAST,
    LOCATIONS,
    MAPPING,
    MAPPINGS,
    ODD,
    OK,
    ONE,
    PADDING,
    SEVEN,
    STRINGS,
    TEXT,
    TWO,
    ZERO,
    Bytes,
    U,
    Words,
    read_varint,
)


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
            status, stop = note_strings(data, at, size, head, strings)
        elif tag == 0x2A:
            status = note_function(body, stop, head, functions)
        elif tag == 0x12:
            status = note_sample(data, body, stop, head, samples)
        else:
            status = note_rest(data, tag, body, stop, head, mappings)
        if status != OK:
            return status
        at = stop
    note_words(head, strings, mappings)
    head[TEXT] = ONE if strings_are_text(data, size, head, strings) else ZERO
    return OK


@inlined
def note_location(data: Bytes, at: np.uint64, stop: np.uint64, head: Words, locations: Words) -> np.uint64:
    """Note the lines, the address and the mapping of a location."""
    row = head[LOCATIONS]
    if row >= U(locations.shape[0]):
        return FULL
    identifier = address = mapping = ZERO
    lines = stop
    if at < stop and data[at] == 0x08:  # as Go begins it; the loop takes what comes in another order
        identifier, at = read_varint(data, at + ONE)
    if at < stop and data[at] == 0x18:
        address, at = read_varint(data, at + ONE)
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
def note_strings(
    data: Bytes, at: np.uint64, size: np.uint64, head: Words, strings: Words
) -> tuple[np.uint64, np.uint64]:
    """Note where strings stand that follow one another, and whether all of a profile do; gives the place behind."""
    row = head[STRINGS]
    if row == ZERO:
        head[BEGIN] = at
    elif head[END] != at:
        head[BEGIN] = FAR
    continued = ZERO
    while at < size and data[at] == 0x32:
        if row >= U(strings.shape[0]):
            head[STRINGS] = row
            return FULL, at
        length, body = read_varint(data, at + ONE)
        if body > size or length > size - body:
            return ODD, at
        continued += body - at - TWO
        at = body + length
        strings[row, FIRST] = body
        strings[row, LAST] = at
        row += ONE
    head[STRINGS] = row
    head[END] = at
    head[CONTINUED] += continued
    return OK, at


@inlined
def note_words(head: Words, strings: Words, mappings: Words) -> None:
    """Note where the words stand that say what a profile is, and of which build."""
    if head[STRINGS] == ZERO:
        return
    head[FIRST_LENGTH] = strings[0, LAST] - strings[0, FIRST]
    if head[KIND] < head[STRINGS]:
        head[KIND_AT] = strings[head[KIND], FIRST]
        head[KIND_END] = strings[head[KIND], LAST]
    if head[MAPPINGS] != ZERO and mappings[0, BUILD_ID] < head[STRINGS]:
        head[BUILD_AT] = strings[mappings[0, BUILD_ID], FIRST]
        head[BUILD_END] = strings[mappings[0, BUILD_ID], LAST]


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
