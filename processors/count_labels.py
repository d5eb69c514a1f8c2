"""stacks with labels -> goroutines per value of a kept key. Labels say who holds a stack; never which stack it is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from processors.count import MAXIMUM_GOROUTINES
from processors.rewrite import BUILTIN, Rules
from schemas.limits import ProfileLimits
from schemas.model import Fingerprint, LabelCount
from schemas.raw_stack import RawStack

OTHER = "(other)"
"""Where values are counted that are too many or too long; a program that uses the word itself is counted there too."""

LONGEST_VALUE = 256
"""Characters. Tenants, routes and ids are shorter; a longer value is a payload."""


@dataclass(frozen=True, slots=True)
class LabelPolicy:
    """The keys that are counted, and how many values of each are told apart in one stack of one profile.

    `rules` are the users' own for names, `limits` those that the profile was read within.
    """

    keep: tuple[str, ...]
    most_values: int
    rules: Rules = BUILTIN
    limits: ProfileLimits = field(default_factory=ProfileLimits)


def count_labels(items: Iterable[tuple[Fingerprint, RawStack]], policy: LabelPolicy) -> tuple[LabelCount, ...]:
    """Add up goroutines by fingerprint, key and value; those without the label are not counted.

    Of too many values those with the most goroutines are told apart, ties by value. In the order of fingerprints, then
    of keys, most goroutines first, then by value, `(other)` last; empty for no labels.
    """
    found: dict[tuple[int, str], Counter[str]] = {}
    named: dict[int, Fingerprint] = {}
    for fingerprint, stack in items:
        for key in policy.keep:
            if key in stack.labels:
                value = stack.labels[key]
                named[fingerprint.value] = fingerprint
                counts = found.setdefault((fingerprint.value, key), Counter())
                counts[value if len(value) <= LONGEST_VALUE else OTHER] += stack.count
    return tuple(
        LabelCount(named[identity], key, value, min(goroutines, MAXIMUM_GOROUTINES))
        for (identity, key), counts in sorted(found.items(), key=lambda item: item[0])
        for value, goroutines in _rank(counts, policy.most_values)
    )


def _rank(counts: Counter[str], most: int) -> Iterator[tuple[str, int]]:
    """Give the values with the most goroutines, and the sum of the others where there are any."""
    others = counts.pop(OTHER, 0)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    yield from ranked[:most]
    others += sum(goroutines for _, goroutines in ranked[most:])
    if others:
        yield OTHER, others
