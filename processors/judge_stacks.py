"""answers -> judged stacks: at the end of a shortest window every stack that rises or is watched is judged, once.

What people want no alarm of leads no group: it would take real leaks along into its silence.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot

from processors.find_silence import find_silence
from processors.growth.group import Candidate, find_leaders, queue_for_one_lock
from processors.judge import Evaluation, Event, Policy, Watch, judge
from processors.measure_stack import choose_answer, measure_stack
from processors.memory import ServiceMemory
from processors.policy_for import policy_for_stack
from schemas.model import Fingerprint, Growth, State
from schemas.say import Silence


@dataclass(frozen=True, slots=True)
class Judged:
    """One stack at the end of a slot: its growth, the memory before and after, and what changed the state, if so.

    `silence`: it would have been a candidate, had people not said otherwise.
    """

    growth: Growth
    before: Watch
    watch: Watch
    event: Event | None
    silence: Silence | None = None


def judge_stacks(memory: ServiceMemory, number: int, policy: Policy) -> Iterator[Judged]:
    """Judge the stacks that rise, are watched or proven to leak, in the order in which they were met.

    Where people switched judgement off, what is watched is let go, and nothing else happens.
    """
    names = memory.growing.roster.names
    measured = {
        at: measure_stack(memory, number, at, name, leader=None)
        for at in _find_concerned(memory, policy)
        if (name := names[at]) is not None
    }
    silences = {
        at: silence
        for at, evaluation in measured.items()
        if (silence := _find_silence(memory, at, evaluation, policy)) is not None
    }
    led = _lead(memory, measured, silences) if measured else {}
    for at, evaluation in measured.items():
        if at in led:
            evaluation = measure_stack(memory, number, at, evaluation.growth.fingerprint, leader=led[at])  # noqa: PLW2901 the same, as one of a group
        else:
            evaluation = _speak_for(evaluation, [measured[one] for one, leader in led.items() if leader == at])  # noqa: PLW2901 the same, with what it leads
        judged = _judge(memory, evaluation, silences.get(at), policy)
        growth = judged.growth
        told = judged.event is not None or growth.candidate or judged.watch.open or judged.silence is not None
        if told or growth.doubtful or growth.growth_low > 0:
            yield judged


def _find_concerned(memory: ServiceMemory, policy: Policy) -> list[int]:
    """Give the stacks that are judged now; numbers of the roster, rising."""
    ids = memory.growing.roster.ids
    watched = {ids[value] for value in memory.watched() if value in ids}
    if policy.off:
        return sorted(watched)
    proven = {ids[value] for value, said in memory.evidence.items() if said.proven and value in ids}
    return sorted(memory.growing.answers.keys() | watched | proven)


def _find_silence(memory: ServiceMemory, at: int, evaluation: Evaluation, policy: Policy) -> Silence | None:
    """Say why people want no alarm of a stack that would be one."""
    growth, value = evaluation.growth, evaluation.growth.fingerprint.value
    is_open = memory.watches.get(value, Watch()).open
    if not (growth.candidate or evaluation.proven or is_open):
        return None
    answer = choose_answer(memory, at)
    rise = answer.growth if answer and growth.candidate and not is_open and not evaluation.proven else None
    return find_silence(growth, rise, policy, memory.verdicts.get(value), memory.benign)


def _judge(memory: ServiceMemory, evaluation: Evaluation, silence: Silence | None, policy: Policy) -> Judged:
    """Judge one stack and remember what comes of it; a stack at rest is not remembered."""
    if silence is not None:
        growth = replace(evaluation.growth, candidate=False, reason=silence.sentence)
        evaluation = replace(evaluation, growth=growth, proven=0, silenced=True)
    name = evaluation.growth.fingerprint
    before = memory.watches.get(name.value, Watch())
    after, event = judge(before, evaluation, policy_for_stack(policy, name))
    if after == Watch():
        memory.watches.pop(name.value, None)
    else:
        memory.watches[name.value] = after
    return Judged(evaluation.growth, before, after, event, silence)


def _speak_for(evaluation: Evaluation, members: Sequence[Evaluation]) -> Evaluation:
    """Let a leader speak for its group: what is proven of a member is its leak, and other queues for its lock add up.

    The stacks of one function are in its rate already; those of one connection are the same leak seen twice.
    """
    own = evaluation.growth
    queues = [one.growth for one in members if queue_for_one_lock(own.fingerprint, one.growth.fingerprint)]
    rate = own.growth_per_hour + sum(one.growth_per_hour for one in queues)
    widths = [one.growth_high - one.growth_per_hour for one in (own, *queues)]
    half_width = hypot(*widths)
    whole = replace(own, growth_per_hour=rate, growth_low=rate - half_width, growth_high=rate + half_width)
    proven = max([evaluation.proven, *(one.proven for one in members)])
    return replace(evaluation, growth=whole if queues else own, proven=proven)


def _lead(memory: ServiceMemory, measured: Mapping[int, Evaluation], silenced: Collection[int]) -> Mapping[int, int]:
    """Give, of the candidates and the proven that another stack is reported for, the number of that stack.

    Who was led once stays so while its leader is open: a group that is told apart later must not be told twice.
    """
    candidates = {
        at: Candidate(at, evaluation.growth.fingerprint, memory.growing.answers.get(at, {}))
        for at, evaluation in measured.items()
        if at not in silenced and (evaluation.growth.candidate or evaluation.proven)
    }
    led = {
        at: leader
        for at, one in candidates.items()
        if (leader := _find_open_leader(memory, one.name)) is not None and leader not in silenced
    }
    opened = [at for at in _find_opened(memory) if at not in silenced]
    free = [candidate for at, candidate in candidates.items() if at not in led]
    for at, leader in find_leaders(free, memory.growing.roster, opened, memory.growing.answers).items():
        head = _name(memory, leader)
        if at != leader and head is not None:
            led[at] = leader
            memory.leaders[candidates[at].name.value] = head.value
    return led


def _find_opened(memory: ServiceMemory) -> list[int]:
    """Give the stacks that people were told of, in a stable order; what is pending yields to a better site."""
    ids, watches = memory.growing.roster.ids, memory.watches
    firing = [value for value in sorted(memory.watched()) if watches[value].state is State.FIRING]
    return [ids[value] for value in firing if value in ids and value not in memory.leaders]


def _find_open_leader(memory: ServiceMemory, name: Fingerprint) -> int | None:
    """Give the stack under which another was reported, while that is open."""
    leader = memory.leaders.get(name.value)
    if leader is None or not memory.watches.get(leader, Watch()).open:
        return None
    return memory.growing.roster.ids.get(leader)


def _name(memory: ServiceMemory, at: int) -> Fingerprint | None:
    return memory.growing.roster.names[at]
