"""answers -> judged stacks: at the end of a shortest window every stack that rises or is watched is judged, once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from processors.growth.group import Candidate, find_leaders
from processors.judge import Evaluation, Event, Policy, Watch, judge
from processors.measure_stack import measure_stack
from processors.memory import ServiceMemory
from schemas.model import Fingerprint, Growth


@dataclass(frozen=True, slots=True)
class Judged:
    """One stack at the end of a slot: its growth, the memory before and after, and what changed the state, if so."""

    growth: Growth
    before: Watch
    watch: Watch
    event: Event | None


def judge_stacks(memory: ServiceMemory, number: int, policy: Policy) -> Iterator[Judged]:
    """Judge the stacks that rise, are watched or proven to leak, in the order in which they were met."""
    roster = memory.growing.roster
    watched = {roster.ids[value] for value in memory.watched() if value in roster.ids}
    proven = {roster.ids[value] for value, said in memory.evidence.items() if said.proven and value in roster.ids}
    concerned = sorted(memory.growing.answers.keys() | watched | proven)
    led = _lead(memory) if concerned else {}
    for at in concerned:
        name = roster.names[at]
        if name is not None:
            judged = _judge(memory, measure_stack(memory, number, at, name, leader=led.get(at)), policy)
            growth = judged.growth
            if judged.event is not None or growth.candidate or judged.watch.open or growth.growth_low > 0:
                yield judged


def _judge(memory: ServiceMemory, evaluation: Evaluation, policy: Policy) -> Judged:
    """Judge one stack and remember what comes of it; a stack at rest is not remembered."""
    value = evaluation.growth.fingerprint.value
    before = memory.watches.get(value, Watch())
    after, event = judge(before, evaluation, policy)
    if after == Watch():
        memory.watches.pop(value, None)
    else:
        memory.watches[value] = after
    return Judged(evaluation.growth, before, after, event)


def _lead(memory: ServiceMemory) -> Mapping[int, int]:
    """Give, of the candidates that another stack is reported for, the number of that stack.

    Who was led once stays so while its leader is open: a group that is told apart later must not be told twice.
    """
    named = {at: (name, scales) for at, scales in memory.growing.answers.items() if (name := _name(memory, at))}
    candidates = {
        at: Candidate(at, name, scales)
        for at, (name, scales) in named.items()
        if any(not answer.refused for answer in scales.values())
    }
    led = {at: leader for at, one in candidates.items() if (leader := _find_open_leader(memory, one.name)) is not None}
    opened = _find_opened(memory)
    free = [candidate for at, candidate in candidates.items() if at not in led]
    for at, leader in find_leaders(free, memory.growing.roster, opened, memory.growing.answers).items():
        head = _name(memory, leader)
        if at != leader and head is not None:
            led[at] = leader
            memory.leaders[candidates[at].name.value] = head.value
    return led


def _find_opened(memory: ServiceMemory) -> list[int]:
    """Give the stacks that are reported now, in a stable order."""
    ids = memory.growing.roster.ids
    return [ids[value] for value in sorted(memory.watched()) if value in ids and value not in memory.leaders]


def _find_open_leader(memory: ServiceMemory, name: Fingerprint) -> int | None:
    """Give the stack under which another was reported, while that is open."""
    leader = memory.leaders.get(name.value)
    if leader is None or not memory.watches.get(leader, Watch()).open:
        return None
    return memory.growing.roster.ids.get(leader)


def _name(memory: ServiceMemory, at: int) -> Fingerprint | None:
    return memory.growing.roster.names[at]
