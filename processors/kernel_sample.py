"""The compiled hot path: one sample, which is most of a profile's bytes."""

import numpy as np

from processors.compiled import inlined
from processors.kernel_wire import (
    COUNT,
    FIRST,
    FORM,
    FULL,
    LABELS,
    LARGEST_COUNT,
    LAST,
    ODD,
    OK,
    ONE,
    PACKED,
    SAMPLES,
    SEVEN,
    TWO,
    UNPACKED,
    ZERO,
    Bytes,
    U,
    Words,
    read_varint,
)


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
