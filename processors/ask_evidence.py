"""suspect -> a request for evidence, or the reason why none is made.

Rule 1: an instance is asked once within the cool-down, whoever is the suspect: a profile speaks of all its stacks.
Rule 2: a suspect is asked for at once, then after the cool-down, then after twice that, and so on up to a day: a leak
that is left open for weeks costs its target a profile a day.
Rule 3: what the runtime has called leaked needs no more evidence.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from schemas.evidence import EvidenceRequest, Weighed
from schemas.model import Kind
from schemas.settings_evidence import EvidenceSettings

_LONGEST = timedelta(days=1)
_REMEMBERED = timedelta(days=7)
"""As restore_requests.sql reads."""


class NotAsked(StrEnum):
    """Why nothing is asked of a suspect. The value is a sentence for people."""

    NOTHING_TO_TAKE = "the settings let nothing be taken"
    NO_INSTANCE = "no instance is known on which it grows"
    PROVEN = "the runtime has called it leaked, and a dump of it is there"
    INSTANCE_RESTS = "its instance was asked within the cool-down"
    SUSPECT_RESTS = "it was asked for, and waits longer each time"
    SETTLES_LATER = "its memory is read with the next goroutineleak profile, which begins with a collection"
    NOT_GROWN = "its memory was read, and it has not grown enough since"


@dataclass(frozen=True, slots=True)
class Suspect:
    """What is known of an anomaly that is pending or firing.

    `since` is when it became a suspect; `instance` where it grows fastest, empty when unknown; `goroutines` all of that
    instance, `lock_waiters` those of them at locks, `life` the first slot of its process. `weighed` is the evidence so
    far.
    """

    service: str
    fingerprint: int
    since: datetime
    instance: str
    goroutines: int
    life: datetime | None
    weighed: Weighed | None = None
    lock_waiters: int = 0


@dataclass(frozen=True, slots=True)
class AskPolicy:
    """What is asked for, in order, and how long an instance is left alone."""

    kinds: tuple[Kind, ...]
    cool_down_seconds: float


@dataclass(slots=True)
class Asked:
    """What was asked within a week: slots in order by fingerprint, the newest by instance."""

    by_fingerprint: dict[int, list[datetime]] = field(default_factory=dict)
    by_instance: dict[str, datetime] = field(default_factory=dict)

    def note(self, fingerprint: int, instance: str, slot: datetime) -> None:
        """Remember a request; what is a week older is forgotten."""
        self.by_fingerprint.setdefault(fingerprint, []).append(slot)
        self.by_instance[instance] = max(slot, self.by_instance.get(instance, slot))
        oldest = slot - _REMEMBERED
        kept = {value: [at for at in slots if at > oldest] for value, slots in self.by_fingerprint.items()}
        self.by_fingerprint = {value: slots for value, slots in kept.items() if slots}
        self.by_instance = {name: at for name, at in self.by_instance.items() if at > oldest}


def policy_of_evidence(settings: EvidenceSettings) -> AskPolicy:
    """Take the policy from the settings; without kinds nothing is asked."""
    wanted = ((Kind.TEXT, settings.dump), (Kind.LEAK, settings.leak_profile), (Kind.HEAP, settings.heap))
    kinds = tuple(kind for kind, wished in wanted if wished and settings.enabled)
    return AskPolicy(kinds, settings.cool_down_seconds)


def ask_evidence(suspect: Suspect, asked: Asked, policy: AskPolicy, now: datetime) -> EvidenceRequest | NotAsked:
    """Decide what to ask at the end of slot `now`; remembering it is the caller's.

    The dump comes before `goroutineleak`, which erases the waits of what it calls leaked. Memory is ask_heap.py's.
    """
    kinds = tuple(kind for kind in policy.kinds if kind is not Kind.HEAP)
    if not kinds:
        return NotAsked.NOTHING_TO_TAKE
    if not suspect.instance or suspect.goroutines <= 0:
        return NotAsked.NO_INSTANCE
    if _is_proven(suspect, policy):
        return NotAsked.PROVEN
    cool_down = timedelta(seconds=policy.cool_down_seconds)
    rested_since = asked.by_instance.get(suspect.instance)
    if rested_since is not None and now - rested_since < cool_down:
        return NotAsked.INSTANCE_RESTS
    if rests_for(suspect.fingerprint, suspect.since, asked, cool_down, now):
        return NotAsked.SUSPECT_RESTS
    return EvidenceRequest(
        service=suspect.service,
        instance=suspect.instance,
        fingerprint=suspect.fingerprint,
        kinds=kinds,
        slot=now,
        goroutines=suspect.goroutines,
        life=suspect.life,
        lock_waiters=suspect.lock_waiters,
    )


def rests_for(fingerprint: int, since: datetime, asked: Asked, cool_down: timedelta, now: datetime) -> bool:
    """Say whether a stack still rests from what was asked for it, twice as long each time."""
    before = [at for at in asked.by_fingerprint.get(fingerprint, ()) if at >= since]
    return bool(before) and now - before[-1] < min(cool_down * 2 ** (len(before) - 1), max(_LONGEST, cool_down))


def _is_proven(suspect: Suspect, policy: AskPolicy) -> bool:
    """Say whether all that may be taken was taken since it is a suspect, and the runtime's word among it."""
    weighed = suspect.weighed
    if weighed is None or not weighed.proven or weighed.at < suspect.since:
        return False
    return weighed.waits is not None or Kind.TEXT not in policy.kinds
