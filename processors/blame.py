"""versions of a service + what changed with one -> what is to blame for a stack, as far as anybody can say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_NAMED = 2


@dataclass(frozen=True, slots=True)
class VersionSeen:
    """A version of a service: since when it is known, its instances in the window, and on how many the stack rose.

    `gained` adds up the rises of all its processes; `instances` is 0 where it ran before the window.
    """

    version: str
    begun: datetime
    instances: int
    growing_instances: int
    gained: int


@dataclass(frozen=True, slots=True)
class Change:
    """Another stack that came (`new`) or went (`gone`) with a version; `changes` counts all of its sort."""

    change: str
    fingerprint: str
    operation: str
    site: str
    goroutines: int
    changes: int


@dataclass(frozen=True, slots=True)
class Blame:
    """`version` showed the stack first, `previous` ran before it; both are empty where that is not known.

    `by_version` counts versions of the window alone, in sentences the newest last.
    """

    version: str
    previous: str
    sentence: str
    by_version: str
    also_changed: str


def blame(first_version: str, versions: Sequence[VersionSeen], changes: Sequence[Change]) -> Blame:
    """Say which version brought a stack, where it rises, and what else that version changed.

    `versions` are oldest first. A version that was the first to be watched is not to blame: nobody knows what was
    before it.
    """
    by_version = "; ".join(_describe(seen) for seen in versions if seen.instances)
    if not first_version:
        return Blame("", "", "targets carry no label version, so no deploy can be named", by_version, "")
    names = [seen.version for seen in versions]
    older = names[: names.index(first_version)] if first_version in names else []
    if not older:
        sentence = f"{first_version} is the oldest version known here: it may have been there before"
        return Blame(first_version, "", sentence, by_version, "")
    sentence = f"it came with {first_version}; {older[-1]} before it never showed it"
    return Blame(first_version, older[-1], sentence, by_version, _say_changes(first_version, changes))


def _describe(seen: VersionSeen) -> str:
    """Say where a version stands.

    Example output: v41 rose on 2 of 3, by 120
    """
    name = seen.version or "no version"
    if not seen.growing_instances:
        return f"{name} rose on none of {seen.instances}"
    return f"{name} rose on {seen.growing_instances} of {seen.instances}, by {seen.gained:,}"


def _say_changes(version: str, changes: Sequence[Change]) -> str:
    """Say what else came and went, the largest by name."""
    parts = []
    for word in ("new", "gone"):
        found = [change for change in changes if change.change == word]
        if found:
            named = ", ".join(f"{one.operation} at {one.site}" for one in found[:_NAMED])
            more = ", …" if found[0].changes > _NAMED else ""
            parts.append(f"{found[0].changes} {word} ({named}{more})")
    return (
        f"other stacks that changed with {version}: {'; '.join(parts)}"
        if parts
        else f"{version} changed no other stack"
    )
