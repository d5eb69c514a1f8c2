"""The compiled hot path, fourth part: what the addresses of a build mean, remembered from scrape to scrape.

A table maps an address, relative to its mapping, to the hash of its location. Locations of other mappings than the
build's are never remembered.
"""

import numpy as np

from processors.compiled import compiled, inlined
from processors.kernel_stacks import identify_samples, tally
from processors.kernel_wire import (
    ADDRESS,
    LIMIT,
    LOCATIONS,
    MAPPING,
    MAPPING_COLUMNS,
    OFFSET,
    OK,
    ONE,
    REFERENCES,
    START,
    TWO,
    ZERO,
    Bytes,
    U,
    Words,
)

SPREAD = U(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: neighbouring addresses land far apart (Knuth's multiplicative hashing)."""


@inlined
def find_address(table: Words, key: np.uint64) -> np.uint64:
    """Give the slot of an address, or the free slot where it belongs; as many steps as the table has slots at most."""
    mask = U(table.shape[0]) - ONE
    slot = (key * SPREAD >> U(32)) & mask
    while table[slot, 0] != ZERO and table[slot, 0] != key:
        slot = slot + ONE & mask
    return slot


@inlined
def recall(head: Words, locations: Words, mapping: Words, table: Words, location_hash: Words) -> bool:
    """Give each location the hash that its address is remembered under; False when one is not remembered."""
    rows = head[LOCATIONS]
    if rows > U(min(locations.shape[0], location_hash.shape[0])):
        return False
    start, limit, shift = mapping[START], mapping[LIMIT], mapping[OFFSET] - mapping[START] + ONE
    for row in range(rows):
        address = locations[row, ADDRESS]
        if locations[row, MAPPING] != ONE or address < start or address >= limit:
            return False
        slot = find_address(table, address + shift)
        if table[slot, 0] == ZERO:
            return False
        location_hash[row] = table[slot, 1]
    return True


@compiled
def count_known(
    data: Bytes,
    size: np.uint64,
    head: Words,
    tables: tuple[Words, Words],
    build: tuple[Words, Words],
    location_hash: Words,
    identities: Words,
    stacks: tuple[Words, Words],
    numbers: tuple[np.uint64, np.uint64],
    sums: Words,
    out: tuple[Words, Words, Words],
    keys: Words,
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Add up goroutines per fingerprint by the addresses of a build, see `tally`.

    `build` is the first mapping and the table of addresses, `numbers` are how much `tally`'s young table holds, and the
    most location ids. Gives as many missing as there are samples where the build, or the profile, does not say all.
    """
    samples, locations = tables
    mapping, addresses = build
    filled, most = numbers
    unsaid = ZERO, U(samples.shape[0]) + ONE, ZERO
    if mapping.shape[0] < MAPPING_COLUMNS or not recall(head, locations, mapping, addresses, location_hash):
        return unsaid
    if identify_samples(data, size, head, samples, location_hash, keys, identities) != OK or head[REFERENCES] > most:
        return unsaid
    return tally(head, samples, identities, stacks, filled, sums, out, keys)


@compiled
def learn(
    head: Words, locations: Words, mapping: Words, build: tuple[Words, np.uint64], location_hash: Words
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Remember what addresses mean in a table that holds so many; stop where it is half full.

    Gives how many addresses are new, how many mean something else than before, and how many found no place.
    """
    table, filled = build
    rows = head[LOCATIONS]
    new = other = left = ZERO
    if rows > U(min(locations.shape[0], location_hash.shape[0])):
        return new, other, left
    start, limit, shift = mapping[START], mapping[LIMIT], mapping[OFFSET] - mapping[START] + ONE
    for row in range(rows):
        address = locations[row, ADDRESS]
        if locations[row, MAPPING] != ONE or address < start or address >= limit or address + shift == ZERO:
            continue
        slot = find_address(table, address + shift)
        if table[slot, 0] == ZERO:
            if filled + new >= U(table.shape[0]) // TWO:
                left += ONE
                continue
            table[slot, 0] = address + shift
            table[slot, 1] = location_hash[row]
            new += ONE
        elif table[slot, 1] != location_hash[row]:
            other += ONE
    return new, other, left


@compiled
def move(table: Words, larger: Words) -> np.uint64:
    """Copy all entries into an empty table that is larger; gives how many."""
    moved = ZERO
    for row in range(table.shape[0]):
        if table[row, 0] != ZERO and moved < U(larger.shape[0]) // TWO:
            slot = find_address(larger, table[row, 0])
            larger[slot, 0] = table[row, 0]
            larger[slot, 1] = table[row, 1]
            moved += ONE
    return moved
