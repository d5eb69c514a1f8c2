"""Counts -> the bytes of a goroutine profile (debug=0) as Go writes it: symbolised, with mapping and build id."""

import gzip
from collections.abc import Mapping, Sequence
from zlib import crc32

from benchmarks.detection.nouns import SimStack

_TEXT_START = 0x400000
_STACK_SPREAD = 0x40
Labels = Mapping[str, str]
Samples = Sequence[tuple[int, int, Labels]]


class Build:
    """One build of a service: the same functions at the same addresses in all of its profiles."""

    def __init__(self, name: str, stacks: Sequence[SimStack]) -> None:
        self._strings: dict[str, int] = {"": 0, "goroutine": 1, "count": 2}
        functions: dict[str, int] = {}
        tables = bytearray()
        build_id = self._string(f"{crc32(name.encode()):08x}{crc32(name[::-1].encode()):08x}")
        file = self._string(f"/app/{name.split('@', maxsplit=1)[0]}")
        flags = b"".join(_int(field, 1) for field in (7, 8, 9))
        end = _TEXT_START + 0x2000000
        mapping = _int(1, 1) + _int(2, _TEXT_START) + _int(3, end) + _int(5, file) + _int(6, build_id) + flags
        tables += _bytes(3, mapping)
        for stack in stacks:
            for function in stack.frames:
                if function not in functions:
                    functions[function] = len(functions) + 1
                    tables += self._function(name, function, functions[function])
        self._head = _bytes(1, _int(1, 1) + _int(2, 2))
        self._tables = bytes(tables)
        self._places = [_bytes(1, b"".join(_varint(functions[name]) for name in stack.frames)) for stack in stacks]

    def encode(self, samples: Samples, time_nanos: int) -> bytes:
        """Write a profile of (stack, goroutines, labels)."""
        body = bytearray(self._head)
        for stack, goroutines, labels in samples:
            said = b"".join(
                _bytes(3, _int(1, self._string(key)) + _int(2, self._string(value))) for key, value in labels.items()
            )
            body += _bytes(2, self._places[stack] + _bytes(2, _varint(goroutines)) + said)
        body += self._tables
        body += b"".join(_bytes(6, text.encode()) for text in self._strings)
        body += _int(9, time_nanos) + _bytes(11, _int(1, 1) + _int(2, 2)) + _int(12, 1)
        return gzip.compress(bytes(body), 1, mtime=0)

    def _function(self, build: str, name: str, number: int) -> bytes:
        """Write a function and the one location in it that stacks point to; its address is this build's own."""
        line = crc32(name.encode()) % 900 + 20
        file = self._string(name.rpartition("/")[0] + "/" + name.rpartition("/")[2].partition(".")[0] + ".go")
        address = _TEXT_START + number * _STACK_SPREAD + crc32(build.encode()) % 0x100000
        function = _int(1, number) + _int(2, self._string(name)) + _int(3, self._string(name)) + _int(4, file)
        calls = _int(1, number) + _int(2, line)
        location = _int(1, number) + _int(2, 1) + _int(3, address) + _bytes(4, calls)
        return _bytes(5, function + _int(5, line)) + _bytes(4, location)

    def _string(self, text: str) -> int:
        """Give the index of a string, which is added where it is new."""
        return self._strings.setdefault(text, len(self._strings))


def _varint(value: int) -> bytes:
    """Write an unsigned number."""
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 seven bits a byte
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
