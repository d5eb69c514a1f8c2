"""Profile bytes -> stacks.

Exists because what targets serve is hostile: it inflates within a bound, tells the format from the content, and gives
what could be read together with what could not. It never raises on any bytes.
"""

from processors.decode_counts import decode_counts
from processors.decode_dump import decode_dump
from processors.decoded import Decoded, refuse
from processors.goroutine_labels import read_goroutine_labels
from processors.inflate import GZIP_MAGIC, InflateError, inflate
from processors.recognise import Format, NoProfile, recognise
from schemas.limits import ProfileLimits
from schemas.wire.pprof import NotPprofError, parse_pprof

__all__ = ["Decoded", "decode"]

_DEFAULT_LIMITS = ProfileLimits()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # editors write it; no protobuf begins so
_QUOTED_BYTES = 32


def decode(data: bytes, limits: ProfileLimits = _DEFAULT_LIMITS) -> Decoded:
    """Read a goroutine profile in any form that Go serves: debug=0, 1 or 2, gzip or not."""
    try:
        raw = inflate(data, limits.inflated_bytes) if data.startswith(GZIP_MAGIC) else data
    except InflateError as error:
        return refuse(str(error), _quote(data))
    raw = raw.removeprefix(_BYTE_ORDER_MARK)
    kind = recognise(raw)
    if kind is Format.DUMP:
        return decode_dump(raw, limits)
    if kind is Format.COUNTS:
        return decode_counts(raw, limits)
    return refuse(kind.why, _quote(raw)) if isinstance(kind, NoProfile) else _decode_protobuf(raw, limits)


def _decode_protobuf(raw: bytes, limits: ProfileLimits) -> Decoded:
    """Read the inflated bytes of a debug=0 profile."""
    try:
        parsed = parse_pprof(raw, limits)
    except NotPprofError as error:
        return refuse(str(error), _quote(raw))
    return Decoded(read_goroutine_labels(parsed.stacks), parsed.problems, parsed.unlocated)


def _quote(data: bytes) -> str:
    """Quote the first bytes."""
    return repr(data[:_QUOTED_BYTES])
