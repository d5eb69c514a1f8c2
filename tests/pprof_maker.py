"""Makes goroutine profiles as Go writes them, for tests: a small encoder of pprof's wire format."""

import gzip
from collections.abc import Iterable, Sequence

Sample = tuple[Sequence[str], int]


def make_profile(samples: Iterable[Sample], *, compress: bool = True, **changes: int) -> bytes:
    """Give the bytes of a profile with these (frames leaf first, count) samples.

    `changes` overrides top-level integer fields by name: time_nanos, duration_nanos.
    """
    strings: dict[str, int] = {"": 0, "goroutine": 1, "count": 2}
    functions: dict[str, int] = {}
    body = _bytes(1, _int(1, 1) + _int(2, 2))
    tables = b""
    for frames, count in samples:
        for name in frames:
            if name not in functions:
                functions[name] = len(functions) + 1
                index = strings.setdefault(name, len(strings))
                tables += _bytes(5, _int(1, functions[name]) + _int(2, index))
                tables += _bytes(4, _int(1, functions[name]) + _bytes(4, _int(1, functions[name])))
        ids = b"".join(_varint(functions[name]) for name in frames)
        body += _bytes(2, _bytes(1, ids) + _bytes(2, _varint(count)))
    body += tables + b"".join(_bytes(6, text.encode()) for text in strings)
    body += _int(9, changes.get("time_nanos", 0)) + _int(10, changes.get("duration_nanos", 0))
    return gzip.compress(body, 1, mtime=0) if compress else body


def _varint(value: int) -> bytes:
    """Write an unsigned 64-bit number; a negative one as its two's complement, as protobuf does."""
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _int(field: int, value: int) -> bytes:
    """Write a field of varint type."""
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    """Write a field of bytes, string, message or packed type."""
    return _varint(field << 3 | 2) + _varint(len(value)) + value
