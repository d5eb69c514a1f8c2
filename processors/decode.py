"""Profile bytes -> stacks.

Exists because what targets serve is hostile: it inflates within a bound, reads with protobuf's own parser, and gives
what could be read together with what could not. It never raises on any bytes.
"""

from dataclasses import dataclass

from processors.inflate import GZIP_MAGIC, InflateError, inflate
from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import RawStack
from schemas.wire.pprof import NotPprofError, parse_pprof

_DEFAULT_LIMITS = ProfileLimits()
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
        raw = inflate(data, limits.inflated_bytes) if data.startswith(GZIP_MAGIC) else data
        parsed = parse_pprof(raw, limits)
    except (NotPprofError, InflateError) as error:
        return _nothing(str(error), data)
    return Decoded(parsed.stacks, parsed.problems, parsed.unlocated)


def _nothing(what: str, data: bytes) -> Decoded:
    """Give no stacks and the one problem that explains it, quoting the first bytes."""
    return Decoded((), (Problem("byte 0", what, repr(data[:_QUOTED_BYTES])),))
