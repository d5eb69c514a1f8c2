"""How a message stands in a spool file: a head of fixed length, then its body, under one checksum.

    checksum  4 bytes   CRC-32 of everything after it
    length    4 bytes   of the body
    sequence  8 bytes   one more than that of the record before it in the same file
    put at    8 bytes   milliseconds since 1970
    body                how many fields (2 bytes), their lengths (4 bytes each, signed, -1 for None), then the fields:
                        key, value, then name and value of each header

All numbers are big-endian. A stretch of zeros, which a file system may leave after a power cut, is no record: the
checksum of zeros is not zero. Reading never raises on damaged bytes: it ends with a Damage.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader

from schemas.ports import Message

_HEAD = struct.Struct(">IIQq")
_CHECKSUM = struct.Struct(">I")
_COUNT = struct.Struct(">H")
_NONE = -1
_QUOTED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A record whose checksum is right; `end` is the byte in the file after it."""

    sequence: int
    put_at_ms: int
    body: bytes
    end: int


@dataclass(frozen=True, slots=True)
class Damage:
    """Where reading had to end. `sequence` is what the record there would have had."""

    offset: int
    sequence: int
    what: str
    quote: str


def encode(sequence: int, put_at_ms: int, message: Message) -> bytes:
    """Write one record."""
    fields: list[bytes | None] = [message.key, message.value]
    for name, value in message.headers.items():
        fields += (name.encode(), value)
    lengths = [_NONE if field is None else len(field) for field in fields]
    body = struct.pack(f">H{len(fields)}i", len(fields), *lengths) + b"".join(field or b"" for field in fields)
    head = _HEAD.pack(0, len(body), sequence, put_at_ms)[_CHECKSUM.size :]
    return _CHECKSUM.pack(zlib.crc32(body, zlib.crc32(head))) + head + body


def read_entries(file: BufferedReader, offset: int, end: int, sequence: int) -> Iterator[Entry | Damage]:
    """Give the records between two bytes of a file, in order; a Damage is the last thing given.

    `sequence` is what the first one must have. Raises OSError when the file cannot be read at all.
    """
    file.seek(offset)
    while offset < end:
        head = file.read(min(_HEAD.size, end - offset))
        if len(head) < _HEAD.size:
            yield _damage(offset, sequence, "the record is cut off", head)
            return
        checksum, length, found_sequence, put_at_ms = _HEAD.unpack(head)
        after = offset + _HEAD.size + length
        body = file.read(length) if after <= end else b""
        if len(body) < length:
            yield _damage(offset, sequence, "the record is cut off", head)
            return
        intact = checksum == zlib.crc32(body, zlib.crc32(head[_CHECKSUM.size :]))
        if not intact or found_sequence != sequence:
            what = f"this is record {found_sequence}, not {sequence}" if intact else "the checksum is wrong"
            yield _damage(offset, sequence, what, head + body[:_QUOTED_BYTES])
            return
        yield Entry(sequence, put_at_ms, body, after)
        offset, sequence = after, sequence + 1


def decode(body: bytes) -> Message | None:
    """Read the body of a record; None when it is not what `encode` writes."""
    if len(body) < _COUNT.size:
        return None
    (count,) = _COUNT.unpack_from(body)
    offset = _COUNT.size + 4 * count
    if offset > len(body):
        return None
    fields: list[bytes | None] = []
    for length in struct.unpack_from(f">{count}i", body, _COUNT.size):
        if length < _NONE:
            return None
        fields.append(None if length == _NONE else body[offset : offset + length])
        offset += max(0, length)
    return _message(fields) if offset == len(body) else None


def _message(fields: list[bytes | None]) -> Message | None:
    """Build the message from its fields; None when they are not those of one."""
    key, value, *headers = fields if len(fields) > 1 else (None, None)
    present = [field for field in headers if field is not None]
    if key is None or len(present) < len(headers) or len(headers) % 2:
        return None
    try:
        names = [name.decode() for name in present[::2]]
    except UnicodeDecodeError:
        return None
    if len(set(names)) < len(names):
        return None
    return Message(key, value, dict(zip(names, present[1::2], strict=True)))


def _damage(offset: int, sequence: int, what: str, seen: bytes) -> Damage:
    """Say where reading ended, quoting what stood there."""
    return Damage(offset, sequence, what, repr(seen[:_QUOTED_BYTES]))


def read_time(file: BufferedReader, offset: int) -> int | None:
    """Give when the record at a byte of a file was put, unchecked; None when there is none."""
    file.seek(offset)
    head = file.read(_HEAD.size)
    return int(_HEAD.unpack(head)[3]) if len(head) == _HEAD.size else None
