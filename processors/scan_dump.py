r"""A debug=2 dump -> its goroutines, equal ones already counted together, without reading any of them.

Exists for speed: dumps of many megabytes hold few different stacks. Compiled code finds each goroutine, trims its
lines as trim_dump.py does, and mixes what is left into two 64-bit identities, one of the header and one of what
follows. Equal identities are taken for equal text; who writes colliding text on purpose spoils only his own counts.
Rule: every index is checked against the length of its array where it is used; no input makes it raise.
"""

import numpy as np
from numpy.typing import NDArray

from processors.compiled import compiled
from processors.split_dump import Blocks, Group, TooManyStacksError

Bytes = NDArray[np.uint8]

_NEWLINE, _RETURN, _TAB, _SPACE = np.uint8(10), np.uint8(13), np.uint8(9), np.uint8(32)
_OPENING, _CLOSING, _QUOTE, _BRACE = np.uint8(40), np.uint8(41), np.uint8(34), np.uint8(123)
_COMMA, _BRACKET = np.uint8(44), np.uint8(93)
_ZERO, _NINE, _LETTER_A, _LETTER_F, _LETTER_X = np.uint8(48), np.uint8(57), np.uint8(97), np.uint8(102), np.uint8(120)
_HEADER = np.frombuffer(b"goroutine ", np.uint8)
_CREATED_BY = np.frombuffer(b"created by ", np.uint8)
_IN_GOROUTINE = np.frombuffer(b" in goroutine ", np.uint8)
_CGO_PC = np.frombuffer(b"non-Go function at pc=", np.uint8)
_GP = np.frombuffer(b" gp=", np.uint8)
_STATE = np.frombuffer(b" [", np.uint8)
_MINUTES = np.frombuffer(b" minutes", np.uint8)
_MAXIMUM_DIGITS = 9
_SUFFIXES = 4
_NO_PLACE_BYTES = 4
_FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_SHIFT = np.uint64(29)
_EMPTY = np.uint64(0)


@compiled
def _starts(data: Bytes, start: int, end: int, words: Bytes) -> bool:
    """Tell whether data[start:end] begins with these words."""
    if start < 0 or end > data.size or end - start < words.size:
        return False
    for i in range(words.size):  # noqa: SIM110 numba compiles no generator
        if data[start + i] != words[i]:
            return False
    return True


@compiled
def _load(data: Bytes, at: int) -> np.uint64:
    """Give eight bytes as one number, zero where there are not eight."""
    word = np.uint64(0)
    if at < 0 or at + 8 > data.size:
        return word
    for i in range(8):
        word |= np.uint64(data[at + i]) << np.uint64(8 * i)
    return word


@compiled
def _mix(data: Bytes, start: int, end: int, seed: np.uint64) -> np.uint64:
    """Mix data[start:end] and its length into a number; each step can be undone, so that nothing is lost on the way."""
    if start < 0 or end > data.size or end < start:
        return seed
    mixed = (seed ^ np.uint64(end - start)) * _FIRST
    at = start
    while at + 8 <= end:
        mixed = (mixed ^ _load(data, at)) * _FIRST
        mixed ^= mixed >> _SHIFT
        at += 8
    last = np.uint64(0)
    while at < end:
        last = (last << np.uint64(8)) | np.uint64(data[at])
        at += 1
    mixed = (mixed ^ last) * _SECOND
    return mixed ^ (mixed >> _SHIFT)


@compiled
def _find_newline(data: Bytes, start: int, end: int) -> int:
    """Give the place of the next newline, `end` when there is none; eight bytes at a time."""
    ones, high = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
    newlines = ones * np.uint64(10)
    at = max(start, 0)
    end = min(end, data.size)
    while at + 8 <= end:
        word = _load(data, at) ^ newlines
        found = (word - ones) & ~word & high  # the lowest set bit is that of the first newline's byte
        if found:
            below = ((found & (~found + np.uint64(1))) - np.uint64(1)) & ones
            return at + int(np.int64((below * ones) >> np.uint64(56))) - 1
        at += 8
    while at < end and data[at] != _NEWLINE:
        at += 1
    return at


@compiled
def _find_opening(data: Bytes, start: int, end: int) -> int:
    """Give the place of the last opening parenthesis, -1 when there is none; argument words are long."""
    ones, high = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
    openings = ones * np.uint64(40)
    start, at = max(start, 0), min(end, data.size)
    while at - 8 >= start:
        word = _load(data, at - 8) ^ openings
        if (word - ones) & ~word & high:
            break
        at -= 8
    while at > start:
        at -= 1
        if data[at] == _OPENING:
            return at
    return -1


@compiled
def _is_header(data: Bytes, start: int, end: int) -> bool:
    """Tell whether a line begins a goroutine."""
    digit = start + 10
    return _starts(data, start, end, _HEADER) and digit < end and _ZERO <= data[digit] <= _NINE


@compiled
def _trim_line(data: Bytes, start: int, end: int) -> int:
    """Give the end of what matters of a line below a header, as trim_dump.trim_line does."""
    if start < 0 or end > data.size or start >= end:
        return end
    if data[start] == _TAB or data[start] == _SPACE:
        return _trim_place(data, start, end)
    if _starts(data, start, end, _CREATED_BY):
        at = end
        while at > start and _ZERO <= data[at - 1] <= _NINE:
            at -= 1
        words = at - _IN_GOROUTINE.size
        return words if words >= start and _starts(data, words, at, _IN_GOROUTINE) else end
    if data[end - 1] == _CLOSING:
        at = _find_opening(data, start, end)
        return at + 1 if at > start else end
    return start + _CGO_PC.size if _starts(data, start, end, _CGO_PC) else end


@compiled
def _trim_place(data: Bytes, start: int, end: int) -> int:
    """Give the end of a file line without offset and registers, as trim_dump does."""
    if start < 0 or end > data.size:
        return end
    for _ in range(_SUFFIXES):
        at = end
        while at > start and (_ZERO <= data[at - 1] <= _NINE or _LETTER_A <= data[at - 1] <= _LETTER_F):
            at -= 1
        token = _suffix(data, start, at)
        if token < 0:
            return end
        if token == start:
            return min(start + _NO_PLACE_BYTES, end)
        end = token
    return end


@compiled
def _suffix(data: Bytes, start: int, end: int) -> int:
    """Give the place of the space in ` +0x`, ` fp=0x`, ` sp=0x`, ` pc=0x` just before `end`, -1 for something else."""
    if end > data.size or end - 4 < start or data[end - 1] != _LETTER_X or data[end - 2] != _ZERO:
        return -1
    at = end - 4
    if data[end - 3] == 43:  # noqa: PLR2004 a plus
        return at if data[at] == _SPACE or at == start else -1
    if data[end - 3] != 61 or data[at] != 112 or at - 2 < start:  # noqa: PLR2004 an equals sign, a p
        return -1
    letter = data[at - 1]
    register = letter == 102 or letter == 115 or letter == 112  # noqa: PLR1714,PLR2004 f, s, p; numba has no sets
    return at - 2 if register and (data[at - 2] == _SPACE or at - 2 == start) else -1


@compiled
def _mix_header(data: Bytes, start: int, end: int, seed: np.uint64) -> tuple[np.uint64, int]:
    """Mix what matters of a header, and give its minutes, -1 for none, as trim_dump.trim_header does."""
    if start < 0 or end > data.size:
        return seed, -1
    at = start + _HEADER.size
    while at < end and _ZERO <= data[at] <= _NINE:
        at += 1
    if _starts(data, at, end, _GP):
        while at < end and not _starts(data, at, end, _STATE):
            at += 1
    if not _starts(data, at, end, _STATE):
        return _mix(data, start, end, seed), -1
    first = at + 1
    while at < end and data[at] != _QUOTE and data[at] != _BRACE:
        if data[at] == _COMMA:
            after, minutes = _read_minutes(data, at, end)
            if minutes >= 0:
                return _mix(data, after, end, _mix(data, first, at, seed)), minutes
        at += 1
    return _mix(data, first, end, seed ^ _SECOND), -1


@compiled
def _read_minutes(data: Bytes, start: int, end: int) -> tuple[int, int]:
    """Read `, 12 minutes` at a comma before `,` or `]`; give the place behind it and the minutes, -1 for none."""
    at = start + 2
    if start < 0 or end > data.size or at >= end or data[start + 1] != _SPACE:
        return start, -1
    minutes = 0
    while at < end and _ZERO <= data[at] <= _NINE and at - start - 2 < _MAXIMUM_DIGITS:
        minutes = minutes * 10 + int(np.int64(data[at])) - 48
        at += 1
    after = at + _MINUTES.size
    if at == start + 2 or not _starts(data, at, end, _MINUTES) or after >= end:
        return start, -1
    return (after, minutes) if data[after] == _COMMA or data[after] == _BRACKET else (start, -1)


@compiled
def _find_group(
    table: NDArray[np.int64], identities: NDArray[np.uint64], header: np.uint64, body: np.uint64
) -> np.int64:
    """Give the slot of these identities in the table, or the empty one where they belong; -1 when it is full."""
    if table.size == 0:
        return np.int64(-1)
    mask = np.uint64(table.size - 1)
    slot = (header * _FIRST ^ body) * _SECOND
    slot = (slot ^ (slot >> _SHIFT)) & mask
    for _ in range(table.size):
        group = table[np.int64(slot)]
        if group < 0 or group >= identities.shape[0]:
            return np.int64(slot)
        if identities[group, 0] == header and identities[group, 1] == body:
            return np.int64(slot)
        slot = (slot + np.uint64(1)) & mask
    return np.int64(-1)


@compiled
def _scan(  # noqa: PLR0913,PLR0917 the arrays are made by the caller, who bounds them
    data: Bytes,
    end: int,
    starts: NDArray[np.int64],
    group_of: NDArray[np.int32],
    groups: NDArray[np.int64],
    identities: NDArray[np.uint64],
    table: NDArray[np.int64],
) -> tuple[int, int]:
    """Fill the arrays; give the number of goroutines and of groups, (-1, -1) when there are more groups than rows."""
    count = known = 0
    end = min(end, data.size)
    at = start = body = 0
    minutes = -1
    header_mix = body_mix = _EMPTY
    inside = False
    while True:
        newline = _find_newline(data, at, end)
        line_end = newline - 1 if newline > at and data[newline - 1] == _RETURN else newline
        begins = _is_header(data, at, line_end)
        over = at >= end
        if inside and (begins or line_end == at or over):
            slot = _find_group(table, identities, header_mix, body_mix)
            if slot < 0 or count >= starts.size or count >= group_of.size:
                return -1, -1
            group = table[slot]
            if group < 0:
                if known >= groups.shape[0] or known >= identities.shape[0]:
                    return -1, -1
                group = known
                table[slot] = group
                identities[group, 0], identities[group, 1] = header_mix, body_mix
                groups[group, 0], groups[group, 1], groups[group, 2] = start, body, at
                groups[group, 3], groups[group, 4], groups[group, 5] = 0, minutes, minutes
                known += 1
            groups[group, 3] += 1
            groups[group, 4] = max(groups[group, 4], minutes)
            groups[group, 5] = min(groups[group, 5], minutes)
            starts[count], group_of[count] = start, group
            count += 1
            inside = False
        if over:
            break
        if begins:
            inside, start, body = True, at, min(newline + 1, end)
            header_mix, minutes = _mix_header(data, at, line_end, _FIRST)
            body_mix = _SECOND
        elif inside:
            body_mix = _mix(data, at, _trim_line(data, at, line_end), body_mix)
        at = min(newline + 1, end)
    return count, known


def scan_dump(data: bytes, end: int, maximum_groups: int) -> Blocks:
    """Find the goroutines in data[:end], equal ones in one group; raise TooManyStacksError past `maximum_groups`.

    Time is linear in the text, and its arrays are smaller than the text.
    """
    headers = data.count(b"\ngoroutine ", 0, end) + 1
    rows = min(headers, maximum_groups)
    starts, group_of = np.empty(headers, np.int64), np.empty(headers, np.int32)
    groups, identities = np.empty((rows, 6), np.int64), np.empty((rows, 2), np.uint64)
    table = np.full(1 << (2 * rows).bit_length(), -1, np.int64)
    count, known = _scan(np.frombuffer(data, np.uint8), end, starts, group_of, groups, identities, table)
    if count < 0:
        raise TooManyStacksError(maximum_groups)
    rows_of = np.column_stack((groups[:known], identities[:known, 1].view(np.int64))).tolist()
    return Blocks(starts[:count].tolist(), group_of[:count].tolist(), [Group(*row) for row in rows_of])
