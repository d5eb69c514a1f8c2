"""counts -> counts of as many fingerprints as a service may have; the rest is counted under one name.

Something that makes up function names (generated code, an interpreter, a hostile target) would otherwise fill memory
and store. A fingerprint that the service has shown before is always let through; of new ones the largest of a profile
come first, until the limit. Which were let through is what the store knows of the service, so a restart changes
nothing. The sum of a profile stays what it was.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from processors.count import MAXIMUM_GOROUTINES
from processors.fingerprint import fingerprint
from schemas.model import Count, Fingerprint, LabelCount, Stack

OVERFLOW: Fingerprint = fingerprint(Stack(("(overflow)",), 0))
"""The name of all stacks of a service beyond its limit; no function has such a name."""

FINGERPRINTS = 20_000
"""A service shows some 300 at a time and some 20 new ones a deploy: a thousand deploys."""


@dataclass(frozen=True, slots=True)
class Limited:
    """What is left of a profile, and how many of its stacks are counted as the overflow."""

    counts: tuple[Count, ...]
    labels: tuple[LabelCount, ...]
    folded: int


def limit_fingerprints(
    counts: tuple[Count, ...], labels: tuple[LabelCount, ...], known: Collection[int], limit: int
) -> Limited:
    """Fold counts of new fingerprints beyond the limit into the overflow; `known` has those of the service by value.

    Counts come and go largest first, ties by fingerprint. The overflow itself does not count towards the limit.
    """
    room = limit - len(known) + (OVERFLOW.value in known)
    if room >= len(counts):
        return Limited(counts, labels, 0)
    new = [item.fingerprint.value for item in counts if item.fingerprint.value not in known]
    folded = frozenset(new[max(0, room) :]) - {OVERFLOW.value}
    if not folded:
        return Limited(counts, labels, 0)
    return Limited(_fold_counts(counts, folded), _fold_labels(labels, folded), len(folded))


def _fold_counts(counts: Iterable[Count], folded: frozenset[int]) -> tuple[Count, ...]:
    """Put what is folded into one count, in its place."""
    beyond = folded | {OVERFLOW.value}
    kept, other = [], 0
    for item in counts:
        if item.fingerprint.value in beyond:
            other += item.goroutines
        else:
            kept.append(item)
    kept.append(Count(OVERFLOW, min(other, MAXIMUM_GOROUTINES)))
    return tuple(sorted(kept, key=lambda item: (-item.goroutines, item.fingerprint.value)))


def _fold_labels(labels: Iterable[LabelCount], folded: frozenset[int]) -> tuple[LabelCount, ...]:
    """Put the labels of what is folded under the same name, one for each key and value, after the others."""
    kept, others = [], dict[tuple[str, str], int]()
    for item in labels:
        if item.fingerprint.value in folded or item.fingerprint == OVERFLOW:
            others[item.key, item.value] = others.get((item.key, item.value), 0) + item.goroutines
        else:
            kept.append(item)
    folded_labels = (
        LabelCount(OVERFLOW, key, value, min(goroutines, MAXIMUM_GOROUTINES))
        for (key, value), goroutines in sorted(others.items())
    )
    return (*kept, *folded_labels)
