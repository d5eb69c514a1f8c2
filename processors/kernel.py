"""The compiled hot path, first part: where everything stands in the bytes of a goroutine profile.

One walk over pprof's wire format notes where samples, locations, functions and strings begin and end; what they mean is
found by kernel_names.py and kernel_stacks.py from these notes. Whatever a Go program does not write (identifiers out of
order, unknown fields, tags of several bytes, groups, two values) is `ODD`: protobuf's own parser decides about it.
The rules are kernel_wire.py's.
"""

import numpy as np

from processors.compiled import compiled, inlined
from processors.kernel_wire import (
    ADDRESS,
    BEGIN,
    BUILD_ID,
    CONTINUED,
    COUNT,
    END,
    FAR,
    FIRST,
    FORM,
    FULL,
    FUNCTIONS,
    HEAD,
    KIND,
    KINDS,
    LABELS,
    LARGEST_COUNT,
    LAST,
    LOCATIONS,
    MAPPING,
    MAPPINGS,
    ODD,
    OK,
    ONE,
    PACKED,
    PADDING,
    SAMPLES,
    SEVEN,
    STRINGS,
    TWO,
    UNPACKED,
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
    if at < stop and data[at] == 0x10:  # as Go begins it; the loop takes what comes in another order
        count, at = read_varint(data, at + ONE)
        values = ONE
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
