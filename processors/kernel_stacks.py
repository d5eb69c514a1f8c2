"""The compiled hot path, third part: identities of stacks, and tables that remember what was met before.

Tables are open addressing with linear probing, never more than half full, their number of slots a power of two; a key
is a hash under a secret key, so nobody can make a table slow. Key 0 marks a free slot.
"""

import numpy as np

from processors.compiled import compiled, fold, inlined
from processors.kernel_names import KEY_WORDS, read_function, read_line
from processors.kernel_wire import (
    CALLS,
    COUNT,
    FIRST,
    FORM,
    FUNCTIONS,
    LAST,
    LOCATIONS,
    ODD,
    OK,
    ONE,
    PADDING,
    REFERENCES,
    SAMPLES,
    TWO,
    UNLOCATED,
    UNPACKED,
    ZERO,
    Bytes,
    U,
    Words,
    read_varint,
)

DEEPEST = 1_024
"""Locations of one stack: Go never writes more (GODEBUG profstackdepth); a deeper one is odd."""


@compiled
def identify_samples(
    data: Bytes,
    size: np.uint64,
    head: Words,
    samples: Words,
    location_hash: Words,
    keys: Words,
    identities: Words,
) -> np.uint64:
    """Give each sample the identity of its stack, 0 where it has no locations; OK or ODD.

    An identity is the sum of location times position key, so that equal locations in another order are another stack.
    """
    rows = head[SAMPLES]
    if size + U(PADDING) > U(data.shape[0]) or rows > U(min(samples.shape[0], identities.shape[0])):
        return ODD
    if head[LOCATIONS] > U(location_hash.shape[0]) or keys.shape[0] < KEY_WORDS + DEEPEST:
        return ODD
    located = head[LOCATIONS]
    unlocated = references = ZERO
    for row in range(rows):
        at, last = samples[row, FIRST], samples[row, LAST]
        skipped = ONE if samples[row, FORM] & U(3) == UNPACKED else ZERO
        total = depth = ZERO
        while at < last:
            identifier, at = read_varint(data, at + skipped)
            if identifier - ONE >= located or depth >= U(DEEPEST):
                return ODD
            total += location_hash[identifier - ONE] * keys[U(KEY_WORDS) + depth]
            depth += ONE
        if at != last:
            return ODD
        references += depth
        if depth == ZERO:
            unlocated += samples[row, COUNT]
            identities[row] = ZERO
        else:
            identities[row] = fold(total ^ keys[0], depth ^ keys[1]) | ONE
    head[UNLOCATED] = unlocated
    head[REFERENCES] = references
    return OK


@inlined
def find(table: Words, key: np.uint64) -> np.uint64:
    """Give the slot of a key, or the free slot where it belongs."""
    mask = U(table.shape[0]) - ONE
    slot = (key ^ key >> U(32)) & mask
    while table[slot, 0] != ZERO and table[slot, 0] != key:
        slot = slot + ONE & mask
    return slot


@compiled
def tally(
    head: Words,
    samples: Words,
    identities: Words,
    tables: tuple[Words, Words],
    filled: np.uint64,
    sums: Words,
    out: tuple[Words, Words, Words],
    keys: Words,
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Add up goroutines per fingerprint.

    `tables` are a young and an old one from identity to fingerprint; what only the old one knows moves to the young
    one, which holds `filled` entries, while there is place. `sums` is all zero, before and after. `out` are the
    fingerprints in the order of their first samples, their goroutines, and the rows of samples that no table knows.
    Gives how many fingerprints, unknown rows, and moves.
    """
    young, old = tables
    fingerprints, goroutines, unknown = out
    rows = head[SAMPLES]
    shortest = min(identities.shape[0], fingerprints.shape[0], goroutines.shape[0], unknown.shape[0], samples.shape[0])
    if rows > U(shortest) or TWO * rows >= U(sums.shape[0]) or keys.shape[0] < KEY_WORDS:
        return ZERO, ZERO, ZERO
    known = missing = moved = ZERO
    for row in range(rows):
        identity = identities[row]
        if identity == ZERO:
            continue
        slot = find(young, identity)
        value = young[slot, 1]
        if young[slot, 0] != identity:
            aged = find(old, identity)
            if old[aged, 0] != identity:
                unknown[missing] = U(row)
                missing += ONE
                continue
            value = old[aged, 1]
            if filled + moved < U(young.shape[0]) // TWO:
                young[slot, 0] = identity
                young[slot, 1] = value
                moved += ONE
        spot = find_sum(sums, fingerprints, value, keys)
        if sums[spot] == ZERO:
            fingerprints[known] = value
            goroutines[known] = ZERO
            known += ONE
            sums[spot] = known
        goroutines[sums[spot] - ONE] += samples[row, COUNT]
    clear_sums(sums, fingerprints, known, keys)
    return known, missing, moved


@inlined
def find_sum(sums: Words, fingerprints: Words, value: np.uint64, keys: Words) -> np.uint64:
    """Give the place of a fingerprint among the sums, or the free one where it belongs; fingerprints are no secret."""
    mask = U(sums.shape[0]) - ONE
    spot = fold(value ^ keys[2], keys[3]) & mask
    while sums[spot] != ZERO and fingerprints[sums[spot] - ONE] != value:
        spot = spot + ONE & mask
    return spot


@compiled
def clear_sums(sums: Words, fingerprints: Words, known: np.uint64, keys: Words) -> None:
    """Free the places that were used: all from where each belongs to the next free one."""
    mask = U(sums.shape[0]) - ONE
    for entry in range(known):
        spot = fold(fingerprints[entry] ^ keys[2], keys[3]) & mask
        while sums[spot] != ZERO:
            sums[spot] = ZERO
            spot = spot + ONE & mask


@compiled
def remember(table: Words, filled: np.uint64, identities: Words, values: Words) -> np.uint64:
    """Put entries into a table that holds so many, until it is half full; gives how many are new."""
    new = ZERO
    for row in range(min(identities.shape[0], values.shape[0])):
        slot = find(table, identities[row])
        if table[slot, 0] == ZERO:
            if filled + new >= U(table.shape[0]) // TWO:
                break
            table[slot, 0] = identities[row]
            new += ONE
        table[slot, 1] = values[row]
    return new


@compiled
def count_frames(data: Bytes, size: np.uint64, head: Words, samples: Words, locations: Words) -> np.uint64:
    """Count the frames of all stacks, whose location ids were checked by `identify_samples`."""
    frames = ZERO
    if size + U(PADDING) > U(data.shape[0]) or head[SAMPLES] > U(samples.shape[0]):
        return frames
    for row in range(head[SAMPLES]):
        at, last = samples[row, FIRST], samples[row, LAST]
        skipped = ONE if samples[row, FORM] & U(3) == UNPACKED else ZERO
        while at < last:
            identifier, at = read_varint(data, at + skipped)
            if identifier - ONE < U(locations.shape[0]):
                frames += locations[identifier - ONE, CALLS]
    return frames


@compiled
def list_calls(
    data: Bytes,
    size: np.uint64,
    head: Words,
    tables: tuple[Words, Words, Words],
    row: np.uint64,
    calls: Words,
) -> np.uint64:
    """Write the calls of one sample, leaf first: name, file (strings), line. Gives how many there are; 0: odd.

    Where there are more than `calls` has rows, its first half holds the leaf end; the rest of it holds the root end as
    a ring, call number i in row half + (i - half) % (rows - half).
    """
    samples, locations, functions = tables
    half = U(calls.shape[0]) // TWO
    if size + U(PADDING) > U(data.shape[0]) or row >= head[SAMPLES] or half == ZERO:
        return ZERO
    at, last = samples[row, FIRST], samples[row, LAST]
    skipped = ONE if samples[row, FORM] & U(3) == UNPACKED else ZERO
    number = ZERO
    while at < last:
        identifier, at = read_varint(data, at + skipped)
        if identifier - ONE >= head[LOCATIONS]:
            return ZERO
        inner, stop = locations[identifier - ONE, FIRST], locations[identifier - ONE, LAST]
        while inner < stop:
            tag = data[inner]
            value, body = read_varint(data, inner + ONE)
            inner = body
            if tag == 0x22:
                if body > stop or value > stop - body:
                    return ZERO
                inner = body + value
                function, line = read_line(data, body, inner)
                if function - ONE >= head[FUNCTIONS]:
                    return ZERO
                function -= ONE
                name, file = read_function(data, functions[function, FIRST], functions[function, LAST], function + ONE)
                place = number if number < half else half + (number - half) % (U(calls.shape[0]) - half)
                calls[place, 0] = name
                calls[place, 1] = file
                calls[place, 2] = line
                number += ONE
    return number
