"""The compiled hot path, second part: what a profile's locations mean, from the names in it.

A string has a hash under a secret key, so that nobody can make two that share one; a function is its name and its file;
a location is its calls in order. Lines and addresses are no part of it.
"""

import numpy as np

from processors.compiled import compiled, fold, inlined
from processors.kernel_wire import (
    ALL_CALLS,
    CALLS,
    FAR,
    FIRST,
    FUNCTIONS,
    LAST,
    LOCATIONS,
    MOST_CALLS,
    ODD,
    OK,
    ONE,
    PADDING,
    SEVEN,
    STRINGS,
    TWO,
    ZERO,
    Bytes,
    U,
    Words,
    read_varint,
)
from processors.kernel_wire import BEGIN as STRINGS_BEGIN
from processors.kernel_wire import CONTINUED as LENGTHS_CONTINUED
from processors.kernel_wire import END as STRINGS_END

KEY_WORDS = 8
"""Secret numbers of the hash; the keys of positions come behind them."""

EIGHT, SIXTEEN, WORD_BITS = U(8), U(16), U(64)
HIGH_BITS = U(0x8080808080808080)
ONES = U(0x0101010101010101)


@inlined
def load(data: Bytes, at: np.uint64) -> np.uint64:
    """Give eight bytes as a number, lowest first; the compiler makes it one instruction."""
    low = U(data[at]) | U(data[at + ONE]) << EIGHT | U(data[at + TWO]) << SIXTEEN | U(data[at + U(3)]) << U(24)
    high = U(data[at + U(4)]) << U(32) | U(data[at + U(5)]) << U(40) | U(data[at + U(6)]) << U(48)
    return low | high | U(data[at + SEVEN]) << U(56)


@inlined
def hash_bytes(data: Bytes, at: np.uint64, stop: np.uint64, keys: Words) -> np.uint64:
    """Hash the bytes of a string under the key."""
    size = stop - at
    state = keys[0] ^ size
    left = size
    while left > SIXTEEN:
        state = fold(load(data, at) ^ keys[1], load(data, at + EIGHT) ^ state)
        at += SIXTEEN
        left -= SIXTEEN
    low = high = ZERO
    if left > EIGHT:
        low = load(data, at)
        high = load(data, at + EIGHT) << (SIXTEEN - left) * EIGHT
    elif left != ZERO:
        low = load(data, at) << (EIGHT - left) * EIGHT
    return fold(low ^ keys[2] ^ state, high ^ keys[3])


@compiled
def name_locations(
    data: Bytes,
    size: np.uint64,
    head: Words,
    tables: tuple[Words, Words, Words],
    hashes: tuple[Words, Words, Words],
    keys: Words,
) -> np.uint64:
    """Hash strings, functions and locations, in this order; OK or ODD."""
    locations, functions, strings = tables
    location_hash, function_hash, string_hash = hashes
    if size + U(PADDING) > U(data.shape[0]) or keys.shape[0] < KEY_WORDS:
        return ODD
    if head[STRINGS] > U(min(strings.shape[0], string_hash.shape[0])):
        return ODD
    if head[FUNCTIONS] > U(min(functions.shape[0], function_hash.shape[0])):
        return ODD
    if head[LOCATIONS] > U(min(locations.shape[0], location_hash.shape[0])):
        return ODD
    for row in range(head[STRINGS]):
        string_hash[row] = hash_bytes(data, strings[row, FIRST], strings[row, LAST], keys)
    for row in range(head[FUNCTIONS]):
        name, file = read_function(data, functions[row, FIRST], functions[row, LAST], U(row) + ONE)
        if name == ZERO or name >= head[STRINGS]:
            return ODD
        file = file if file < head[STRINGS] else ZERO
        function_hash[row] = fold(string_hash[name] ^ keys[4], string_hash[file] ^ keys[5])
    head[MOST_CALLS] = head[ALL_CALLS] = ZERO
    for row in range(head[LOCATIONS]):
        chain, calls = chain_calls(data, locations[row, FIRST], locations[row, LAST], head, function_hash, keys)
        if calls == ZERO:
            return ODD
        location_hash[row] = chain
        locations[row, CALLS] = calls
        head[MOST_CALLS] = max(head[MOST_CALLS], calls)
        head[ALL_CALLS] += calls
    return OK


@inlined
def read_function(data: Bytes, at: np.uint64, stop: np.uint64, identifier: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Give the strings that are the name and the file of a function; name 0 when it is odd."""
    found = name = file = ZERO
    while at < stop:
        tag = data[at]
        value, at = read_varint(data, at + ONE)
        if tag == 0x08:
            found = value
        elif tag == 0x10:
            name = value
        elif tag == 0x20:
            file = value
        elif tag != 0x18 and tag != 0x28:
            return ZERO, ZERO
    return (name, file) if at == stop and found == identifier else (ZERO, ZERO)


@inlined
def read_line(data: Bytes, at: np.uint64, stop: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Give the function id and the line number of a call; id 0 when it is odd."""
    function = line = ZERO
    while at < stop:
        tag = data[at]
        value, at = read_varint(data, at + ONE)
        if tag == 0x08:
            function = value
        elif tag == 0x10:
            line = value
        else:
            return ZERO, ZERO
    return (function, line) if at == stop else (ZERO, ZERO)


@inlined
def chain_calls(
    data: Bytes, at: np.uint64, stop: np.uint64, head: Words, function_hash: Words, keys: Words
) -> tuple[np.uint64, np.uint64]:
    """Give the hash of a location's calls, innermost first, and how many they are; 0 calls when it is odd."""
    chain = keys[6]
    calls = ZERO
    while at < stop:
        tag = data[at]
        value, body = read_varint(data, at + ONE)
        at = body
        if tag == 0x22:
            if body > stop or value > stop - body:
                return ZERO, ZERO
            at = body + value
            function, _ = read_line(data, body, at)
            if function - ONE >= head[FUNCTIONS]:
                return ZERO, ZERO
            chain = fold(function_hash[function - ONE] ^ chain, keys[7])
            calls += ONE
    return chain, calls


@compiled
def strings_are_text(data: Bytes, size: np.uint64, head: Words, strings: Words) -> bool:
    """Say whether all strings are UTF-8, which protobuf demands.

    Most profiles are ASCII alone: then the only bytes with a high bit are those of lengths that continue.
    """
    if size + U(PADDING) > U(data.shape[0]) or head[STRINGS] > U(strings.shape[0]):
        return False
    if head[STRINGS_BEGIN] != FAR and head[STRINGS_END] <= size:
        high = count_high(data, head[STRINGS_BEGIN], head[STRINGS_END])
        if high == head[LENGTHS_CONTINUED]:
            return True
    for row in range(head[STRINGS]):
        if not is_text(data, strings[row, FIRST], strings[row, LAST]):
            return False
    return True


@compiled
def count_high(data: Bytes, at: np.uint64, stop: np.uint64) -> np.uint64:
    """Count bytes with a high bit, eight at a time."""
    found = ZERO
    while at + EIGHT <= stop:
        found += ((load(data, at) & HIGH_BITS) >> SEVEN) * ONES >> U(56)
        at += EIGHT
    while at < stop:
        found += U(data[at]) >> SEVEN
        at += ONE
    return found


@compiled
def is_text(data: Bytes, at: np.uint64, stop: np.uint64) -> bool:
    """Say whether bytes are UTF-8 as RFC 3629 has it: shortest form, no surrogates, at most U+10FFFF."""
    while at < stop:
        byte = data[at]
        at += ONE
        if byte < 0x80:
            continue
        low, high, more = np.uint8(0x80), np.uint8(0xBF), ONE
        if byte < 0xC2 or byte > 0xF4:
            return False
        if byte >= 0xF0:
            more = U(3)
            low = np.uint8(0x90) if byte == 0xF0 else low
            high = np.uint8(0x8F) if byte == 0xF4 else high
        elif byte >= 0xE0:
            more = TWO
            low = np.uint8(0xA0) if byte == 0xE0 else low
            high = np.uint8(0x9F) if byte == 0xED else high
        if more > stop - at or data[at] < low or data[at] > high:
            return False
        for place in range(ONE, more):
            if data[at + U(place)] & 0xC0 != 0x80:
                return False
        at += more
    return True
