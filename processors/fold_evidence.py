"""weighed profiles of a day -> what they say of each stack.

Made anew from all of them each time one comes, so that a memory restored from the store says the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from schemas.evidence import StackWeight, Taken, Weighed
from schemas.model import Kind

KEPT = timedelta(days=1)
"""As restore_evidence.sql reads; an older profile speaks of another time."""
_MOST = 500


def keep_newest(taken: Iterable[Taken]) -> list[Taken]:
    """Give the profiles of a day up to the newest one, in order, each once; the oldest go where they are too many."""
    distinct = {(one.at, one.instance, one.kind.value): one for one in taken}
    ordered = [distinct[key] for key in sorted(distinct)]
    return [one for one in ordered if one.at > ordered[-1].at - KEPT][-_MOST:]


def fold_evidence(taken: Sequence[Taken]) -> dict[int, Weighed]:
    """Give by fingerprint the newest waits, and the runtime's word; `taken` in order.

    A stack that the runtime did not name on an instance is not proven there, which takes nothing from the proof that
    another instance gave.
    """
    weighed: dict[int, Weighed] = {}
    for one in taken:
        found = {weight.fingerprint: weight for weight in one.summary.stacks}
        if one.kind is Kind.HEAP:
            continue
        if one.kind is Kind.LEAK:
            weighed.update(_add_leaks(weighed, found, one))
        else:
            weighed.update({value: _add_dump(weighed.get(value), weight, one) for value, weight in found.items()})
    return weighed


def _add_dump(before: Weighed | None, weight: StackWeight, one: Taken) -> Weighed:
    """Take the waits of a dump, and its word `leaked`, which stands there after a goroutineleak profile."""
    proven = weight.leaked or (before.proven if before else None)
    return Weighed(proven, weight.waits, one.at, one.instance)


def _add_leaks(before: Mapping[int, Weighed], found: Mapping[int, StackWeight], one: Taken) -> dict[int, Weighed]:
    """Take what is proven; and that the others of this instance are not, where the profile is whole."""
    said = {value: weight.goroutines for value, weight in found.items()}
    if one.summary.whole:
        here = {value for value, weighed in before.items() if weighed.instance == one.instance}
        said |= dict.fromkeys((here | {one.asked_for}) - said.keys() - {0}, 0)
    known = {value: before.get(value, Weighed(None, None, one.at, one.instance)) for value in said}
    return {
        value: replace(known[value], proven=count, at=one.at, instance=one.instance)
        for value, count in said.items()
        if count or not known[value].proven or known[value].instance == one.instance
    }
