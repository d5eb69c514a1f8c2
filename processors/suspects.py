"""watched growth -> suspects and leaks -> requests for evidence, at the end of one slot of a service."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from processors.ask_evidence import AskPolicy, Suspect, ask_evidence
from processors.ask_heap import FiringLeak, Turns, ask_heap
from processors.find_cost import find_readings
from processors.judge import Watch
from processors.memory import ServiceMemory
from schemas.evidence import EvidenceRequest
from schemas.model import Growth, Kind, State

_DOUBTED = timedelta(days=1)
"""What is doubtful again within a day was asked for before: each time it rests twice as long."""

_LOCKS = frozenset(("mutex lock", "rwmutex lock", "rwmutex rlock", "wait group", "semaphore"))
"""Words of processors/operation.py."""

Watching = tuple[Growth, Watch]


def ask_for_suspects(
    memory: ServiceMemory, watched: Iterable[Watching], policy: AskPolicy | None
) -> tuple[EvidenceRequest, ...]:
    """Ask for what is pending, firing or doubtful, fastest growth first, and remember it; nothing without a policy.

    Then for the memory of what fires, so that a reading never takes another's turn.
    """
    if policy is None:
        return ()
    ordered = sorted(watched, key=lambda item: (-item[0].growth_low, item[0].fingerprint.value))
    requests = {}
    for growth, watch in ordered:
        if not watch.open and not growth.doubtful:
            continue
        suspect = _suspect(memory, growth, watch.since or growth.slot - _DOUBTED)
        decided = ask_evidence(suspect, memory.asked, policy, growth.slot)
        if isinstance(decided, EvidenceRequest):
            memory.asked.note(decided.fingerprint, decided.instance, decided.slot)
            requests[growth.slot, decided.fingerprint] = decided
    for growth, watch in ordered:
        if watch.state is State.FIRING and Kind.HEAP in policy.kinds:
            key = growth.slot, growth.fingerprint.value
            asked = requests.get(key)
            leak = _leak(memory, growth, watch.since or growth.slot, asked)
            read = ask_heap(leak, Turns(memory.asked_heap, memory.asked), policy, growth.slot)
            if isinstance(read, EvidenceRequest) and leak.beside == asked:  # one request of a stack in a slot
                memory.asked_heap.note(read.fingerprint, read.instance, read.slot)
                requests[key] = read
    return tuple(requests.values())


@dataclass(frozen=True, slots=True)
class _Process:
    """What is known of the process of an instance: its counts by fingerprint, the first slot of its life."""

    instance: str
    counts: dict[int, int]
    life: datetime | None

    @property
    def goroutines(self) -> int:
        """Give how many it has in all."""
        return sum(self.counts.values())


def _find_process(memory: ServiceMemory, instance: str) -> _Process:
    """Collect what is known; an instance that is not remembered any more is none."""
    place = memory.places.get(instance)
    life = None if place is None else memory.growing.series.lives[place]
    if life is None:
        return _Process("", {}, None)
    return _Process(instance, memory.newest(instance).as_dict(), life.begin)


def _suspect(memory: ServiceMemory, growth: Growth, since: datetime) -> Suspect:
    """Give a suspect on its worst instance."""
    process, value = _find_process(memory, growth.worst_instance), growth.fingerprint.value
    return Suspect(
        service=growth.service,
        fingerprint=value,
        since=since,
        instance=process.instance,
        goroutines=process.goroutines,
        life=process.life,
        weighed=memory.evidence.get(value),
        lock_waiters=sum(count for other, count in process.counts.items() if _waits_for_lock(memory, other)),
    )


def _leak(memory: ServiceMemory, growth: Growth, since: datetime, asked: EvidenceRequest | None) -> FiringLeak:
    """Give a leak on the process that was read, while it lives, else on the worst instance."""
    value = growth.fingerprint.value
    process, read = _find_process(memory, growth.worst_instance), None
    for one, heap in find_readings(memory.taken, value):
        known = _find_process(memory, one.instance)
        if known.instance and known.life == heap.life:
            process, read = known, heap
    return FiringLeak(
        service=growth.service,
        fingerprint=value,
        since=since,
        instance=process.instance,
        goroutines=process.goroutines,
        of_stack=process.counts.get(value, 0),
        life=process.life,
        read=read,
        beside=asked if asked and asked.instance == process.instance else None,
        settles=process.instance == growth.worst_instance and _settles(memory, value, process),
    )


def _settles(memory: ServiceMemory, fingerprint: int, process: _Process) -> bool:
    """Tell whether goroutineleak was taken of a process, and is asked for again: what it proved is not."""
    weighed = memory.evidence.get(fingerprint)
    if process.life is None or (weighed is not None and weighed.proven):
        return False
    taken = (one for one in memory.taken if one.kind is Kind.LEAK and one.instance == process.instance)
    return any(one.at >= process.life for one in taken)


def _waits_for_lock(memory: ServiceMemory, fingerprint: int) -> bool:
    """Tell whether a stack waits in the runtime's table of semaphores."""
    known = memory.stacks.get(fingerprint)
    return known is not None and known.fingerprint.operation in _LOCKS
