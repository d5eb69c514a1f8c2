"""stack -> fingerprint: 64 bits that name a normalised stack.

Version 1 (`g1-`): BLAKE2b with an 8-byte digest, read big-endian, over the operation and the frames, leaf first, each
followed by a newline, which no Go name can hold (so `a`, `b` and `ab` never meet), personalised with `leakstream-g1`.
BLAKE2b is in the standard library, keyed by version, and at 64 bits ten million stacks collide with probability 3e-6.
"""

from functools import lru_cache
from hashlib import blake2b

from schemas.model import Fingerprint, Stack

_DIGEST_BYTES = 8
_PERSON = b"leakstream-g1"


def fingerprint(stack: Stack) -> Fingerprint:
    """Name a normalised stack; equal operation and frames give equal fingerprints, labels do not matter."""
    return _fingerprint(stack.operation, stack.frames)


@lru_cache(maxsize=200_000)
def _fingerprint(operation: str, frames: tuple[str, ...]) -> Fingerprint:
    """Remember stacks: the same few hundred come in every scrape."""
    text = "\n".join((operation, *frames, ""))
    digest = blake2b(text.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES, person=_PERSON).digest()
    site = frames[0] if frames else ""
    origin = frames[-1] if frames else ""
    return Fingerprint(int.from_bytes(digest, "big"), operation, site, origin, frames)
