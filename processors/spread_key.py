"""A secret -> the numbers that machine code hashes with.

Exists so that nobody who writes profiles can foresee a hash: whoever runs a reader draws the secret.
"""

from hashlib import blake2b

import numpy as np

from processors.kernel_names import KEY_WORDS
from processors.kernel_stacks import DEEPEST
from processors.kernel_wire import Words

_DIGEST_WORDS = 8


def spread_key(key: bytes) -> Words:
    """Make the numbers that the kernel hashes with out of a secret of at most 64 bytes."""
    blocks = (KEY_WORDS + DEEPEST) // _DIGEST_WORDS
    data = b"".join(blake2b(number.to_bytes(8, "little"), key=key).digest() for number in range(blocks))
    return np.frombuffer(data, np.uint64).copy()
