"""A recording, its truth and what was said of it -> one row: found or not, by which signal, and what else was said."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detection.live.fleet import Said
from benchmarks.detection.live.keep import Truth
from benchmarks.detection.live.programs import Stack
from benchmarks.detection.live.signals import Grown, Proof, Waits, measure_growth, read_proof, read_waits

_VERDICTS = ("suspect", "probable", "proven")
_LEAST_GROWTH = 8
"""Goroutines; fewer are never called a leak (the setting minimum_growth)."""
_FIRING = "firing"

Fleet = Mapping[str, Sequence[Said]]


@dataclass(frozen=True, slots=True)
class Found:
    """When an expected stack fired first, in scrapes from the first call, None if never; and its last, best verdict."""

    delay_scrapes: int | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Row:
    """All that is known of one recording.

    `aside` is what was found of the stacks that only grow with the leak, such as the other ends of its connections.
    `reports` counts the stacks of the leak that fired; one is enough. `others` are the stacks that fired and should not
    have, each with its verdict; `proven` says that one of them was called proven.
    """

    truth: Truth
    growth: Grown
    by_growth: Found
    found: Found
    aside: Found
    proof: Proof
    waits: Waits
    reports: int
    others: tuple[str, ...]
    proven: bool

    @property
    def grew(self) -> bool:
        """Say whether there was anything to find: some programs leak in few calls."""
        return self.growth.after - self.growth.before >= _LEAST_GROWTH


def compare(folder: Path, truth: Truth, growth: Fleet, everything: Fleet) -> Row:
    """Compare what was said of one recording with its truth."""
    said = everything.get(folder.name, ())
    strange = [each for each in firing(said) if not belongs(each, truth)]
    return Row(
        truth=truth,
        growth=measure_growth(folder, truth),
        by_growth=find(growth.get(folder.name, ()), truth, truth.pattern.expected),
        found=find(said, truth, truth.pattern.expected),
        aside=find(said, truth, truth.pattern.also),
        proof=read_proof(folder, truth),
        waits=read_waits(folder, truth),
        reports=len({each.fingerprint for each in firing(said) if belongs(each, truth)}),
        others=tuple(dict.fromkeys(f"{each.verdict} {each.operation} at {each.site}" for each in strange)),
        proven=any(each.verdict == "proven" for each in strange),
    )


def find(said: Iterable[Said], truth: Truth, stacks: Sequence[Stack]) -> Found:
    """Find some stacks of a leaky twin among those that fired."""
    ours = [each for each in firing(said) if truth.leaks and looks_like(each, stacks)]
    if not ours:
        return Found(None, "")
    delay = (min(each.at for each in ours) - truth.calls_began).total_seconds() / truth.interval_seconds
    return Found(max(0, math.ceil(delay)), max((each.verdict for each in ours), key=_VERDICTS.index))


def firing(said: Iterable[Said]) -> list[Said]:
    """Give what people would have been told."""
    return [each for each in said if each.state == _FIRING]


def belongs(said: Said, truth: Truth) -> bool:
    """Say whether a stack is one of those that grow in a leaky twin; in a fixed one none does."""
    return truth.leaks and looks_like(said, (*truth.pattern.expected, *truth.pattern.also))


def looks_like(said: Said, stacks: Iterable[Stack]) -> bool:
    """Say whether a stack that was told of looks like one of some."""
    return any(stack.fits(said.operation, said.site, said.origin, said.frames) for stack in stacks)
