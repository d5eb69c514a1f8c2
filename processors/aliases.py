"""Old fingerprints -> the ones that follow them, when the algorithm or a team's rewrite rules change.

Exists because a history is kept under its fingerprint. Whoever changes how stacks are named names every known stack
(the store keeps an example of each) both ways, links the pairs, and asks under the newest name from then on. Names are
in their text form, which carries the version of the algorithm.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aliases:
    """`successors` maps old to new. `split` are old ones that became several: their history has no single heir."""

    successors: Mapping[str, str]
    split: tuple[str, ...]


def link(pairs: Iterable[tuple[str, str]]) -> Aliases:
    """Make the table from (old, new) of every known stack, in any order; unchanged names need no entry."""
    heirs: dict[str, set[str]] = {}
    for old, new in pairs:
        heirs.setdefault(old, set()).add(new)
    changed = {old: new for old, new in heirs.items() if new != {old}}
    successors = {old: next(iter(new)) for old, new in changed.items() if len(new) == 1}
    return Aliases(successors, tuple(sorted(changed.keys() - successors.keys())))


def resolve(fingerprint: str, aliases: Aliases) -> str:
    """Give the newest name of a fingerprint, itself where nothing follows; a circle ends at its last new name."""
    seen = {fingerprint}
    while (following := aliases.successors.get(fingerprint)) is not None and following not in seen:
        seen.add(following)
        fingerprint = following
    return fingerprint
