"""Profile bytes -> stacks.

Exists because what targets serve is hostile: it inflates within a bound, reads with protobuf's own parser, and gives
what could be read together with what could not. It never raises on any bytes.
"""

import zlib
from dataclasses import dataclass

from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import RawStack
from schemas.wire.pprof import NotPprofError, parse_pprof

_DEFAULT_LIMITS = ProfileLimits()
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
_QUOTED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Decoded:
    """The stacks of a profile, and the problems met on the way. No stacks and a problem: nothing could be read.

    `unlocated` counts goroutines whose sample has no locations (Go 1.27 writes one for a main in `select {}`).
    """

    stacks: tuple[RawStack, ...]
    problems: tuple[Problem, ...]
    unlocated: int = 0


def decode(data: bytes, limits: ProfileLimits = _DEFAULT_LIMITS) -> Decoded:
    """Read a debug=0 goroutine profile, gzip or not."""
    if not data:
        return _nothing("the profile is empty", data)
    try:
        raw = inflate(data, limits.inflated_bytes) if data.startswith(_GZIP_MAGIC) else data
        parsed = parse_pprof(raw, limits)
    except (NotPprofError, InflateError) as error:
        return _nothing(str(error), data)
    return Decoded(parsed.stacks, parsed.problems, parsed.unlocated)


class InflateError(ValueError):
    """The gzip stream is broken or too large; the message is a sentence."""


def inflate(data: bytes, maximum_bytes: int) -> bytes:
    """Undo gzip, one member or several, never making more than `maximum_bytes`; raise InflateError."""
    parts: list[bytes] = []
    left = maximum_bytes
    while data.startswith(_GZIP_MAGIC):
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = member.decompress(data, left + 1)
        except zlib.error as error:
            raise InflateError(f"the gzip stream is broken ({error})") from error
        left -= len(part)
        if left < 0:
            raise InflateError(f"the profile inflates to more than {maximum_bytes} bytes")
        if not member.eof:
            raise InflateError("the gzip stream is cut off")
        parts.append(part)
        data = member.unused_data
    if data:
        raise InflateError(f"{len(data)} bytes follow the gzip stream")
    return b"".join(parts)


def _nothing(what: str, data: bytes) -> Decoded:
    """Give no stacks and the one problem that explains it, quoting the first bytes."""
    return Decoded((), (Problem("byte 0", what, repr(data[:_QUOTED_BYTES])),))
