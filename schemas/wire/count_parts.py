"""How many pieces protobuf's parser would make of a profile, without making them.

Exists because two bytes can become an object of fifty: what is large is counted before it is parsed. It never raises:
bytes that are no protobuf are the parser's to refuse, and its count of them means nothing.
"""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SKIPPED_BYTES = {_FIXED64: 8, _FIXED32: 4}
_SAMPLE = 2 << 3 | _BYTES
_MORE = 0x80
"""The bit of a byte of a number that says that another one follows."""


def count_parts(raw: bytes, most: int) -> int:
    """Count the fields of a profile and the fields of its samples; give up at the first above `most`.

    Groups, which no version of the format has, count as too many: what hides in one could not be told from samples.
    """
    parts = place = 0
    inside = 0  # where the sample ends whose fields are counted
    while place < len(raw) and parts <= most:
        tag, place = _read_varint(raw, place)
        parts += 1
        kind = tag & 7
        if kind == _BYTES:
            length, place = _read_varint(raw, place)
            if tag == _SAMPLE and place > inside:
                inside = place + length
            else:
                place += length
        elif kind == _VARINT:
            _, place = _read_varint(raw, place)
        elif kind in _SKIPPED_BYTES:
            place += _SKIPPED_BYTES[kind]
        else:
            return most + 1
    return parts


def _read_varint(raw: bytes, place: int) -> tuple[int, int]:
    """Read a number; give it and the place behind it, the end of the input where it is cut off."""
    if place < len(raw) and raw[place] < _MORE:  # nearly always
        return raw[place], place + 1
    value = shift = 0
    for byte in raw[place : place + 10]:
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < _MORE:
            return value, place
        shift += 7
    return value, len(raw)
