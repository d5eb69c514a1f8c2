"""request for evidence -> may it be taken of this target now, or why not. Pure: nothing here asks what time it is.

Rule 1: a target is asked once within the cool-down, whoever asks and whatever came of it. A request for its memory
alone waits as every other one does, and lets none wait: what it costs is nothing beside them.
Rule 2: what is expected to stop a target is charged before it is taken, and never given back: an attempt that broke off
may have cost as much.
Rule 3: a target with more goroutines than the ceiling is never asked for a dump: its stop has no upper bound otherwise.
Rule 4: the same for goroutineleak, and of those that wait for locks a lower one: the search of the runtime goes through
all waiters of a lock for each of them, with the world stopped.
Rule 5: who does not serve goroutineleak is not asked again until its process is another one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil, log2

from collectors.find import Key
from schemas.durations import format_duration
from schemas.evidence import EvidenceRequest
from schemas.model import Kind
from schemas.settings_evidence import EvidenceSettings

HOUR = timedelta(hours=1)
OBSOLETE = timedelta(minutes=10)
"""A request that is older speaks of another moment; its suspect is asked for again if it stays one."""

_DUMP_SECONDS = 40e-6
_DUMP_BYTES = 1_500
_FIRST_BUFFER_BYTES = 2**20
_LAST_BUFFER_BYTES = 64 * 2**20
"""`writeGoroutineStacks` in Go's runtime/pprof begins with 1 MiB and doubles until a dump fits, with the world stopped
anew each time; what a goroutine costs stands in benchmarks/RESULTS.md (bench_evidence.py)."""
_COLLECTION_SECONDS = 0.001
_COLLECTION_SECONDS_EACH = 2.5e-6
_HEAP_SECONDS = 0.005
"""One stop, however many goroutines: `ReadMemStats`; 0.1 ms, and a few where the machine is busy."""
_LOCK_SECONDS_EACH_PAIR = 1e-8
"""Of goroutines that wait for one lock or WaitGroup; measured at 3 to 8 ns, so 100,000 of them are a minute."""


class Refusal(StrEnum):
    """Why nothing is taken. The value is what metrics and tables say."""

    OBSOLETE = "obsolete_request"
    COOLING_DOWN = "cooling_down"
    SWITCHED_OFF = "switched_off"
    NO_PATH = "no_path"
    TOO_MANY_GOROUTINES = "too_many_goroutines"
    TOO_MANY_LOCK_WAITERS = "too_many_lock_waiters"
    OVER_BUDGET = "over_budget"
    NO_ENDPOINT = "no_endpoint"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing is taken, and a sentence with the figures."""

    why: Refusal
    sentence: str


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """What may be taken: the most goroutines for each kind; a kind that is not named is not taken.

    `lock_waiters` is the most that may wait for locks when goroutineleak is taken, `stopped_share` the share of an hour
    for which a target may stand still.
    """

    ceilings: Mapping[Kind, int]
    cool_down: timedelta
    stopped_share: float
    lock_waiters: int


@dataclass(slots=True)
class _Target:
    """What was taken of one target: when it was asked last, when it was stopped for how many seconds.

    `profiled` is when it was asked last for more than its memory, `read` when for its memory, None where it never was.
    `lacks` is the process that has no goroutineleak, None where none is known to lack it.
    """

    asked: datetime
    profiled: datetime | None = None
    read: datetime | None = None
    stops: list[tuple[datetime, float]] = field(default_factory=list)
    lacks: tuple[datetime | None] | None = None


def policy_of_guard(settings: EvidenceSettings) -> GuardPolicy:
    """Take the policy from the settings."""
    ceilings = {}
    if settings.enabled and settings.dump:
        ceilings[Kind.TEXT] = settings.dump_goroutines
    if settings.enabled and settings.leak_profile:
        ceilings[Kind.LEAK] = settings.leak_profile_goroutines
    if settings.enabled and settings.heap:
        ceilings[Kind.HEAP] = settings.heap_goroutines
    cool_down = timedelta(seconds=settings.cool_down_seconds)
    return GuardPolicy(ceilings, cool_down, settings.stopped_share, settings.leak_profile_lock_waiters)


def estimate_stop_seconds(kind: Kind, goroutines: int, lock_waiters: int = 0) -> float:
    """Estimate for how long a target stands still, from above.

    Example input: goroutine-text, 1,000 (1.5 MB, in a buffer of 1, then of 2 MiB)
    Example output: 0.08
    """
    if kind is Kind.HEAP:
        return _HEAP_SECONDS
    if kind is Kind.LEAK:
        each = goroutines * _COLLECTION_SECONDS_EACH + lock_waiters**2 * _LOCK_SECONDS_EACH_PAIR
        return _COLLECTION_SECONDS + each
    size_bytes = min(max(goroutines * _DUMP_BYTES, _FIRST_BUFFER_BYTES), _LAST_BUFFER_BYTES)
    tries = 1 + ceil(log2(size_bytes / _FIRST_BUFFER_BYTES))
    return goroutines * _DUMP_SECONDS * tries


@dataclass(slots=True)
class Guard:
    """The policy with its memory, for the targets of one collector."""

    policy: GuardPolicy
    _targets: dict[Key, _Target] = field(default_factory=dict)

    def recall(self, request: EvidenceRequest, asked: datetime) -> None:
        """Count a request of before this collector began as if all of it had been taken: it may have been."""
        target = self._note(request, asked)
        if Kind.HEAP in request.kinds:
            target.read = max(target.read or asked, asked)
        target.stops += [(asked, _estimate(request, kind)) for kind in self._allowed(request)]

    def begin(self, request: EvidenceRequest, asked: datetime, now: datetime) -> Refused | None:
        """Let a request in, which was made at `asked`, and remember it; or say why it is not served at all."""
        if abs(now - asked) > OBSOLETE:
            return Refused(Refusal.OBSOLETE, f"it was made {format_duration(_whole(now - asked))} ago")
        known = self._targets.get((request.service, request.instance))
        alone = set(request.kinds) == {Kind.HEAP}
        if known is not None and (rests := self._rest(known.asked if alone else known.profiled, now)):
            return rests
        self._note(request, now)
        return None

    def charge(self, request: EvidenceRequest, kind: Kind, now: datetime) -> Refused | None:
        """Let one profile of a request be taken, and charge the target's budget; or say why it is not taken."""
        ceiling = self.policy.ceilings.get(kind)
        if ceiling is None:
            return Refused(Refusal.SWITCHED_OFF, f"{kind.value} is switched off")
        if request.goroutines > ceiling:
            sentence = f"the process has {request.goroutines} goroutines, {kind.value} is taken of {ceiling} at most"
            return Refused(Refusal.TOO_MANY_GOROUTINES, sentence)
        target = self._target(request, now)
        refused = self._refuse_leak(request, target) if kind is Kind.LEAK else None
        if refused is None and kind is Kind.HEAP:
            refused = self._rest(target.read, now)
        if refused is not None:
            return refused
        expected = _estimate(request, kind)
        spent = sum(seconds for at, seconds in target.stops if abs(now - at) < HOUR)
        budget = self.policy.stopped_share * HOUR.total_seconds()
        if spent + expected > budget:
            sentence = f"{expected:.3f} s of standing still are over the {budget:.3f} s an hour, {spent:.3f} s spent"
            return Refused(Refusal.OVER_BUDGET, sentence)
        target.stops.append((now, expected))
        target.read = now if kind is Kind.HEAP else target.read
        return None

    def note_missing(self, request: EvidenceRequest) -> None:
        """Remember that this process does not serve goroutineleak."""
        target = self._targets.get((request.service, request.instance))
        if target is not None:
            target.lacks = (request.life,)

    def forget(self, present: Callable[[Key], object], now: datetime) -> None:
        """Forget targets that left (`present` gives None), once neither cool-down nor budget needs them any more."""
        oldest = now - max(self.policy.cool_down, HOUR)
        kept = {key: one for key, one in self._targets.items() if one.asked > oldest or present(key) is not None}
        self._targets = kept

    def _allowed(self, request: EvidenceRequest) -> list[Kind]:
        """Give the kinds of a request that the ceilings allow."""
        return [kind for kind in request.kinds if request.goroutines <= self.policy.ceilings.get(kind, -1)]

    def _refuse_leak(self, request: EvidenceRequest, target: _Target) -> Refused | None:
        """Say why goroutineleak is not taken of this process, whatever its budget."""
        if request.lock_waiters > self.policy.lock_waiters:
            sentence = f"{request.lock_waiters} goroutines wait for locks, goroutineleak is taken with {{}} at most"
            return Refused(Refusal.TOO_MANY_LOCK_WAITERS, sentence.format(self.policy.lock_waiters))
        if target.lacks == (request.life,):
            return Refused(Refusal.NO_ENDPOINT, "this process answered 404 to goroutineleak before")
        return None

    def _rest(self, last: datetime | None, now: datetime) -> Refused | None:
        """Say that the cool-down since then is not over, if it is not."""
        if last is None or abs(now - last) >= self.policy.cool_down:
            return None
        ago, rest = format_duration(_whole(now - last)), format_duration(_whole(self.policy.cool_down))
        return Refused(Refusal.COOLING_DOWN, f"the target was asked {ago} ago, the cool-down is {rest}")

    def _note(self, request: EvidenceRequest, at: datetime) -> _Target:
        """Remember that a target was asked, and whether for more than its memory."""
        target = self._target(request, at)
        if set(request.kinds) != {Kind.HEAP}:
            target.profiled = max(target.profiled or at, at)
        return target

    def _target(self, request: EvidenceRequest, now: datetime) -> _Target:
        """Give what is remembered of a target, asked now; stops of more than an hour ago are let go."""
        key = (request.service, request.instance)
        target = self._targets.setdefault(key, _Target(now))
        target.asked = max(target.asked, now)
        target.stops = [(at, seconds) for at, seconds in target.stops if abs(now - at) < HOUR]
        return target


def _estimate(request: EvidenceRequest, kind: Kind) -> float:
    """Estimate the stop for one kind of a request."""
    return estimate_stop_seconds(kind, request.goroutines, request.lock_waiters)


def _whole(span: timedelta) -> float:
    """Give whole seconds, never below 0."""
    return float(max(0, round(span.total_seconds())))
