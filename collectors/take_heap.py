"""A heap?debug=1 body -> the profile as it may be kept: text, gzip. Pure.

It holds functions, files and numbers; Go writes no label of a goroutine into it.
"""

import gzip

from collectors.content import quote
from collectors.taken import Failed, Limits, Taken
from schemas.heap import HEAP_HEAD, STATS_BYTES, STATS_HEAD
from schemas.model import FailureReason

_GZIP_LEVEL = 1


def take_heap(body: bytes, limits: Limits) -> Taken | Failed:
    """Give the profile, gzip; a body that begins or ends otherwise than one is refused with a short quote."""
    if len(body) > limits.inflated_bytes:
        return Failed(FailureReason.TOO_LARGE, f"the heap profile is larger than {limits.inflated_bytes} bytes")
    if not body.startswith(HEAP_HEAD):
        return Failed(FailureReason.NOT_A_PROFILE, f"the answer is no heap profile (debug=1): {quote(body)}")
    if body.rfind(STATS_HEAD, -STATS_BYTES) < 0 or not body.endswith(b"\n"):
        return Failed(FailureReason.TRUNCATED, "the heap profile ends before runtime.MemStats does")
    return Taken(gzip.compress(body, _GZIP_LEVEL, mtime=0), 0)
