"""leak that fires -> a request for the memory of one of its processes, or the reason why none is made.

Two readings of one process tell what a leaked goroutine costs (find_cost.py), so what was read is read again.

Rule 1: only leaks that fire are read: a suspect has no cost yet.
Rule 2: the first reading is of the worst instance, the next of the process that was read, once the leak there has grown
by half or by a thousand, and by a hundred at least.
Rule 3: an instance rests from whatever was asked of it; a reading takes nothing from the turn of other evidence.
Rule 4: as for other evidence, a leak is asked for at once, then after the cool-down, twice that, and so on up to a day.
Rule 5: where goroutineleak is asked of the process again, the reading waits for it. It begins with a collection, so
there is next to no garbage behind it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from processors.ask_evidence import Asked, AskPolicy, NotAsked, rests_for
from processors.find_cost import FEWEST_GAINED
from schemas.evidence import EvidenceRequest
from schemas.heap import HeapReading
from schemas.model import Kind

_MANY = 1_000


@dataclass(frozen=True, slots=True)
class FiringLeak:
    """A leak that fires, on the instance to read: the one that was read while its process lives, else the worst.

    `goroutines` are all of that instance, `of_stack` those of the leak; `read` is the newest reading of this process,
    None where there is none. `beside` is the request for other evidence that is made of it in the same slot, if one is;
    `settles`: goroutineleak was taken of this process, and will be asked of it again.
    """

    service: str
    fingerprint: int
    since: datetime
    instance: str
    goroutines: int
    of_stack: int
    life: datetime | None
    read: HeapReading | None = None
    beside: EvidenceRequest | None = None
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Turns:
    """Who was asked for what: readings of memory, and all other evidence."""

    readings: Asked
    others: Asked


def ask_heap(leak: FiringLeak, turns: Turns, policy: AskPolicy, now: datetime) -> EvidenceRequest | NotAsked:
    """Decide whether to read the memory of a process at the end of slot `now`; remembering it is the caller's.

    Where other evidence is asked of the process in this slot, the answer is that request, with a reading as its last
    kind.
    """
    if Kind.HEAP not in policy.kinds:
        return NotAsked.NOTHING_TO_TAKE
    if not leak.instance or leak.goroutines <= 0:
        return NotAsked.NO_INSTANCE
    if leak.read is not None and not is_grown(leak.read.of_stack or 0, leak.of_stack):
        return NotAsked.NOT_GROWN
    rests = _rest(leak, turns, policy, now)
    if rests is not None:
        return rests
    return EvidenceRequest(
        service=leak.service,
        instance=leak.instance,
        fingerprint=leak.fingerprint,
        kinds=(*(leak.beside.kinds if leak.beside else ()), Kind.HEAP),
        slot=now,
        goroutines=leak.goroutines,
        life=leak.life,
        lock_waiters=leak.beside.lock_waiters if leak.beside else 0,
    )


def _rest(leak: FiringLeak, turns: Turns, policy: AskPolicy, now: datetime) -> NotAsked | None:
    """Say what the reading waits for, if anything."""
    if leak.settles and leak.beside is None:
        return NotAsked.SETTLES_LATER
    cool_down = timedelta(seconds=policy.cool_down_seconds)
    asked = [] if leak.beside else [turns.others.by_instance.get(leak.instance)]
    asked.append(turns.readings.by_instance.get(leak.instance))
    if any(at is not None and now - at < cool_down for at in asked):
        return NotAsked.INSTANCE_RESTS
    rests = rests_for(leak.fingerprint, leak.since, turns.readings, cool_down, now)
    return NotAsked.SUSPECT_RESTS if rests else None


def is_grown(before: int, now: int) -> bool:
    """Say whether so many goroutines more make another reading worth its while."""
    return now - before >= max(FEWEST_GAINED, min(before // 2, _MANY))
