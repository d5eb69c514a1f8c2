"""scenario -> what is said of it: every change of state, by the time since the begin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from processors.pipeline import identify
from processors.policy_for import PolicyFor
from processors.recount import CountedScrape, Recount
from schemas.model import Fingerprint, State
from schemas.notation import Mark
from schemas.raw_stack import RawStack, make_frames
from schemas.scenario import Line, Scenario

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday, midnight."""

_OPERATION = "chan receive"


@dataclass(frozen=True, slots=True)
class Told:
    """A change of state of a stack, `seconds` after the begin."""

    stack: str
    seconds: float
    state: State
    reason: str


def play_scenario(scenario: Scenario, policy_for: PolicyFor) -> tuple[Told, ...]:
    """Give all changes of state, doublings left out, in order. Stacks of two names that are one share the first."""
    names = {line.stack: name_stack(line.stack) for line in scenario.lines}
    stacks: dict[int, str] = {}
    for stack, name in names.items():
        stacks.setdefault(name.value, stack)
    recount = Recount(policy_for, {name.value: name for name in names.values()})
    return tuple(
        Told(stacks[found.fingerprint.value], (found.slot - BEGIN).total_seconds(), found.state, found.reason)
        for found in recount.run(_scrape(scenario, names))
        if found.state is not found.previous
    )


def name_stack(text: str) -> Fingerprint:
    """Name a stack as a profile would show it; without an operation it is a chan receive.

    Example input: [select] main.loop < main.serve
    Example output: the fingerprint of main.loop, called by main.serve, which waits in a select
    """
    operation, bracket, rest = text.partition("] ") if text.startswith("[") else ("", "", text)
    frames = tuple(name.strip() for name in (rest if bracket else text).split(" < "))
    return identify(RawStack(make_frames(frames), 1, operation.removeprefix("[") if bracket else _OPERATION))


def _scrape(scenario: Scenario, names: Mapping[str, Fingerprint]) -> Iterator[CountedScrape]:
    """Give the attempts slot by slot, in each slot by instance."""
    lines = {instance: _lines_of(scenario, instance) for instance in scenario.instances}
    starts = dict.fromkeys(scenario.instances, BEGIN - timedelta(days=1))
    for slot in range(max(len(line.items) for line in scenario.lines)):
        at = BEGIN + timedelta(seconds=slot * scenario.interval_seconds)
        for instance in scenario.instances:
            items = {line.stack: line.items[min(slot, len(line.items) - 1)] for line in lines[instance]}
            if Mark.RESTART in items.values():
                starts[instance] = at
            elif Mark.MISSING not in items.values():
                counts = _count(items, names)
                labels = {"version": "v1"}
                interval_seconds = scenario.interval_seconds
                yield CountedScrape(scenario.service, instance, at, interval_seconds, labels, starts[instance], counts)


def _lines_of(scenario: Scenario, instance: str) -> tuple[Line, ...]:
    """Give the lines of one instance: its own, and of the other stacks the common ones."""
    own = {line.stack: line for line in scenario.lines if line.instance == instance}
    common = {line.stack: line for line in scenario.lines if not line.instance}
    return tuple({**common, **own}.values())


def _count(items: Mapping[str, int | Mark], names: Mapping[str, Fingerprint]) -> dict[int, int]:
    """Count by fingerprint."""
    counts: dict[int, int] = {}
    for stack, item in items.items():
        if isinstance(item, int):
            counts[names[stack].value] = counts.get(names[stack].value, 0) + item
    return counts
