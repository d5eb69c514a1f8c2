"""Which pprof labels may leave the collector, and what may be seen of their values. Pure.

Labels carry what a program put there: tenants, routes, user ids. They are never part of a stack's identity, so none
leaves unless its key is named; a value that leaves may be hashed or replaced.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from schemas.wire.pprof_labels import Rewritten, rewrite_labels

REDACTED = b"redacted"
_DIGEST_BYTES = 8
"""Enough to tell the values of one service apart; 64 bits, as fingerprints."""


class LabelValues(StrEnum):
    """What may be seen of a value."""

    PLAIN = "plain"
    HASH = "hash"
    REDACT = "redact"


@dataclass(frozen=True, slots=True)
class LabelRule:
    """The keys that stay, none by default, and what is shown of their values. `hash_key` is never printed."""

    keep: frozenset[bytes] = frozenset()
    values: LabelValues = LabelValues.PLAIN
    hash_key: bytes = field(default=b"", repr=False)

    def show(self, key: bytes, value: bytes) -> bytes | None:
        """Give the value as it may be seen, None when the label must go.

        A plain value that is no UTF-8 is mended: readers of profiles refuse the whole for one such string.
        """
        if key not in self.keep:
            return None
        if self.values is LabelValues.REDACT:
            return REDACTED
        if self.values is LabelValues.HASH:
            return blake2b(value, digest_size=_DIGEST_BYTES, key=self.hash_key).hexdigest().encode()
        return value.decode(errors="replace").encode()


def strip_labels(raw: bytes, rule: LabelRule) -> Rewritten:
    """Take out or hide the labels of an inflated profile; the same object comes back when there was nothing to do.

    Raises NotPprofError when this is no profile.
    """
    return rewrite_labels(raw, rule.show)
