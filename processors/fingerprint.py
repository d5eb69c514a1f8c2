"""stack -> fingerprint: 64 bits that name a normalised stack.

Version 1 (`g1-`): BLAKE2b with an 8-byte digest, read big-endian, over the operation and the frames, leaf first, each
followed by a newline, which no Go name can hold (so `a`, `b` and `ab` never meet), personalised with `leakstream-g1`.
BLAKE2b is in the standard library, keyed by version, and at 64 bits ten million stacks collide with probability 3e-6.

Rule 1: a closure is hashed with the last element of its package's path alone, all that Go before 1.27 lets us know of
an inlined one.
Rule 2: of a stack whose middle is left out, only the frames before the gap count (normalise.py says why).
"""

import re
from functools import lru_cache
from hashlib import blake2b

from schemas.model import ELLIPSIS, Fingerprint, Stack

_DIGEST_BYTES = 8
_PERSON = b"leakstream-g1"
_CLOSURE = re.compile(r"(?:\.func\d*|-range)(?:[.-]|\Z)")


def fingerprint(stack: Stack) -> Fingerprint:
    """Name a normalised stack; equal operation and frames give equal fingerprints, labels do not matter."""
    return _fingerprint(stack.operation, stack.frames, stack.own)


@lru_cache(maxsize=200_000)
def _fingerprint(operation: str, frames: tuple[str, ...], own: int | None) -> Fingerprint:
    """Remember stacks: the same few hundred come in every scrape."""
    counting = frames[: frames.index(ELLIPSIS) + 1] if ELLIPSIS in frames else frames
    text = "\n".join((operation, *map(_shorten, counting), ""))
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES, person=_PERSON).digest()
    site = frames[0] if frames else ""
    origin = frames[-1] if frames else ""
    return Fingerprint(int.from_bytes(digest, "big"), operation, site, origin, frames, own)


@lru_cache(maxsize=200_000)
def _shorten(frame: str) -> str:
    """Take the path off a closure's package (rule 1).

    Example input: example.com/a/lib.Handler.func
    Example output: lib.Handler.func
    """
    name = frame.rpartition("/")[2]
    return name if _CLOSURE.search(name) else frame
