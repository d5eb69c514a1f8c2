"""watched growth -> suspects -> requests for evidence, at the end of one slot of a service."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from processors.ask_evidence import AskPolicy, Suspect, ask_evidence
from processors.judge import Watch
from processors.memory import ServiceMemory
from schemas.evidence import EvidenceRequest
from schemas.model import Growth

_DOUBTED = timedelta(days=1)
"""What is doubtful again within a day was asked for before: each time it rests twice as long."""

_LOCKS = frozenset(("mutex lock", "rwmutex lock", "rwmutex rlock", "wait group", "semaphore"))
"""Words of processors/operation.py."""


def ask_for_suspects(
    memory: ServiceMemory, watched: Iterable[tuple[Growth, Watch]], policy: AskPolicy | None
) -> tuple[EvidenceRequest, ...]:
    """Ask for what is pending, firing or doubtful, fastest growth first, and remember it; nothing without a policy."""
    if policy is None:
        return ()
    requests = []
    for growth, watch in sorted(watched, key=lambda item: (-item[0].growth_low, item[0].fingerprint.value)):
        if not watch.open and not growth.doubtful:
            continue
        suspect = _suspect(memory, growth, watch.since or growth.slot - _DOUBTED)
        decided = ask_evidence(suspect, memory.asked, policy, growth.slot)
        if isinstance(decided, EvidenceRequest):
            memory.asked.note(decided.fingerprint, decided.instance, decided.slot)
            requests.append(decided)
    return tuple(requests)


def _suspect(memory: ServiceMemory, growth: Growth, since: datetime) -> Suspect:
    """Collect what is known; an instance that is not remembered any more is none."""
    place = memory.places.get(growth.worst_instance)
    life = None if place is None else memory.growing.series.lives[place]
    counts = memory.newest(growth.worst_instance).as_dict() if life else {}
    value = growth.fingerprint.value
    return Suspect(
        service=growth.service,
        fingerprint=value,
        since=since,
        instance=growth.worst_instance if life else "",
        goroutines=sum(counts.values()),
        life=life.begin if life else None,
        weighed=memory.evidence.get(value),
        lock_waiters=sum(count for other, count in counts.items() if _waits_for_lock(memory, other)),
    )


def _waits_for_lock(memory: ServiceMemory, fingerprint: int) -> bool:
    """Tell whether a stack waits in the runtime's table of semaphores."""
    known = memory.stacks.get(fingerprint)
    return known is not None and known.fingerprint.operation in _LOCKS
