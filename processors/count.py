"""fingerprints -> counts: goroutines per fingerprint of one profile.

Samples of one stack that differ in labels, lines or build are one count.
"""

from collections.abc import Iterable

from schemas.model import Count, Fingerprint

MAXIMUM_GOROUTINES = 2**32 - 1
"""The store keeps counts in 32 bits; a process ends long before."""


def count(items: Iterable[tuple[Fingerprint, int]]) -> tuple[Count, ...]:
    """Add up goroutines per fingerprint, largest first, ties by fingerprint; empty for no items."""
    totals: dict[Fingerprint, int] = {}
    for fingerprint, goroutines in items:
        totals[fingerprint] = totals.get(fingerprint, 0) + goroutines
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0].value))
    return tuple(Count(fingerprint, min(goroutines, MAXIMUM_GOROUTINES)) for fingerprint, goroutines in ranked)
