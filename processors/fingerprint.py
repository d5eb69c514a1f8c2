"""stack -> fingerprint: 64 bits that name a normalised stack.

Version 1 (`g1-`): BLAKE2b with an 8-byte digest, read big-endian, over the operation and the frames, leaf first, each
followed by a newline, which no Go name can hold (so `a`, `b` and `ab` never meet), personalised with `leakstream-g1`.
BLAKE2b is in the standard library, keyed by version, and at 64 bits ten million stacks collide with probability 3e-6.

Rule 1: a closure is hashed with the last element of its package's path alone, all that Go before 1.27 lets us know of
an inlined one.
Rule 2: of a stack deeper than DEEP_FRAMES, or cut by the runtime, only LEAF_FRAMES at the leaf end count. debug=2
leaves out the middle of more than 100 frames, debug=0 the root end of more than 128: the leaf end is what both have.
"""

import re
from functools import lru_cache
from hashlib import blake2b

from schemas.model import Fingerprint, Stack

DEEP_FRAMES = 80
"""Below 100 and 128 by more than what normalising takes away, so that no format has cut a stack that counts whole."""
LEAF_FRAMES = 40
"""Within the 50 that debug=2 prints of the leaf end, by more than what normalising takes away."""

_DIGEST_BYTES = 8
_PERSON = b"leakstream-g1"
_ELLIPSIS = "..."
_CLOSURE = re.compile(r".*/(?=[^/]*(?:\.func\d*|-range)(?:[.-]|\Z))")


def fingerprint(stack: Stack) -> Fingerprint:
    """Name a normalised stack; equal operation and frames give equal fingerprints, labels do not matter."""
    return _fingerprint(stack.operation, stack.frames, stack.own, stack.cut)


@lru_cache(maxsize=200_000)
def _fingerprint(operation: str, frames: tuple[str, ...], own: int | None, cut: bool) -> Fingerprint:  # noqa: FBT001 a key
    """Remember stacks: the same few hundred come in every scrape."""
    counting = frames
    if cut or len(frames) > DEEP_FRAMES:
        counting = (*frames[:LEAF_FRAMES], _ELLIPSIS)
    text = "\n".join((operation, *(_CLOSURE.sub("", frame) for frame in counting), ""))
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES, person=_PERSON).digest()
    site = frames[0] if frames else ""
    origin = frames[-1] if frames else ""
    return Fingerprint(int.from_bytes(digest, "big"), operation, site, origin, frames, own)
