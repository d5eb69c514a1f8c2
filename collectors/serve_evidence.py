"""Requests for evidence -> profiles taken of the targets that this collector scrapes.

Every collector reads every request; one that does not scrape the instance leaves it to another. What the guard refuses
for its cost is an attempt with its reason, as every other one; a repeat within the cool-down is only counted, for the
attempt that it repeats has a record.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

import aiohttp
import structlog

from collectors.evidence_url import make_evidence_url
from collectors.find import Assignment, Key
from collectors.guard_evidence import HOUR, Guard, Refusal, Refused, estimate_stop_seconds
from collectors.read_requests import Asked, RequestReader
from collectors.schedule import Due
from collectors.scrape import Attempt, interrupt, make_record, scrape, take_profile
from collectors.take_dump import take_dump
from collectors.take_heap import take_heap
from collectors.taken import Failed, Limits
from collectors.waiting import pause
from schemas.evidence import EvidenceRequest
from schemas.model import FailureReason, Kind, ScrapedProfile, Target
from schemas.ports import Clock, Log, LogUnavailableError
from schemas.telemetry import Telemetry

_LOOK_SECONDS = 2.0
"""A suspect was watched for minutes before it became one."""
_TAKERS = {Kind.TEXT: take_dump, Kind.LEAK: take_profile, Kind.HEAP: take_heap, Kind.GOROUTINE: take_profile}
_NO_PATH = Refused(Refusal.NO_PATH, "the target's path does not end in /goroutine, as pprof's does")


@dataclass(frozen=True, slots=True)
class EvidenceWays:
    """How evidence is taken: where requests come from, who guards the targets, and the bounds of one attempt."""

    log: Log
    guard: Guard
    timeout_seconds: float
    body_bytes: int
    at_once: int


@dataclass(frozen=True, slots=True)
class EvidenceDesk:
    """What the collector lends. `find` gives a target that is scraped now; `keep` takes each attempt."""

    session: aiohttp.ClientSession
    clock: Clock
    telemetry: Telemetry
    find: Callable[[Key], Assignment | None]
    keep: Callable[[Attempt], None]


@dataclass(slots=True)
class EvidenceServer:
    """Serves requests until it is told to stop. Of one target one profile at a time is taken.

    `trouble` is why requests cannot be read now, empty when they can.
    """

    ways: EvidenceWays
    desk: EvidenceDesk
    look_seconds: float = _LOOK_SECONDS
    trouble: str = ""
    _reader: RequestReader = field(init=False)
    _turn: asyncio.Semaphore = field(init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _locks: WeakValueDictionary[Key, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def __post_init__(self) -> None:
        """Stand before the topic."""
        self._reader = RequestReader(self.ways.log)
        self._turn = asyncio.Semaphore(self.ways.at_once)

    @property
    def begun(self) -> bool:
        """Say whether the end of the topic was found: what is asked from now on is served."""
        return self._reader.begun

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until stopped; what is under way then is broken off, and recorded as such."""
        try:
            while not stop.is_set():
                await self._look()
                await pause(self.look_seconds, stop)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look(self) -> None:
        """Read what is new. What was asked before this collector began is not served, and counts for the cool-down."""
        now = self.desk.clock.now()
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.discard(task)
            task.result()
        try:
            if not self._reader.begun:
                since = now - max(HOUR, self.ways.guard.policy.cool_down)
                for request, asked in await asyncio.to_thread(self._reader.begin, since):
                    self.ways.guard.recall(request, asked)
            new = await asyncio.to_thread(self._reader.read)
        except LogUnavailableError as error:
            self._tell_trouble(str(error))
            return
        self._tell_trouble("")
        self.ways.guard.forget(self.desk.find, now)
        for asked_for in new:
            self._admit(asked_for)

    def _admit(self, asked: Asked) -> None:
        """Begin to serve a request of a target of ours, unless the guard refuses all of it."""
        request = asked[0]
        assignment = self.desk.find((request.service, request.instance))
        if assignment is None:
            return
        refused = self.ways.guard.begin(request, asked[1], self.desk.clock.now())
        if refused is None:
            self._tasks.add(asyncio.create_task(self._serve(request, assignment[0], assignment[1])))
            return
        for kind in request.kinds:
            self._count(kind, refused.why.value)
        _tell_refusal(request, refused)

    async def _serve(self, request: EvidenceRequest, target: Target, limits: Limits) -> None:
        """Take one kind after the other; a dump that failed does not keep the next from being taken."""
        lock = self._locks.setdefault((request.service, request.instance), asyncio.Lock())
        async with lock, self._turn:
            for kind in request.kinds:
                await self._take(request, kind, target, limits)

    async def _take(self, request: EvidenceRequest, kind: Kind, target: Target, limits: Limits) -> None:
        """Take one profile, and keep what came of it, also when it was refused or interrupted."""
        now = self.desk.clock.now()
        url = make_evidence_url(target.url, kind)
        refused = _NO_PATH if url is None else self.ways.guard.charge(request, kind, now)
        if url is None or refused is not None:
            why = refused or _NO_PATH
            failed = Failed(FailureReason.GUARDED, f"not taken: {why.sentence}")
            self._keep(request, kind, Attempt(make_record(target, Due(now, request.slot), (now, now), failed)))
            self._count(kind, why.why.value)
            return
        expected = estimate_stop_seconds(kind, request.goroutines, request.lock_waiters)
        self.desk.telemetry.add("leakstream_evidence_stopped_seconds_total", expected, kind=kind.value)
        aimed = replace(target, url=url, timeout_seconds=self.ways.timeout_seconds)
        bounds = replace(limits, body_bytes=self.ways.body_bytes, inflated_bytes=self.ways.body_bytes)
        attempt = await self._scrape(request, kind, aimed, bounds)
        if attempt.scraped.failure is FailureReason.NOT_FOUND and kind is Kind.LEAK:
            self.ways.guard.note_missing(request)
        self._keep(request, kind, attempt)
        self._count(kind, attempt.scraped.failure.value if attempt.scraped.failure else "ok")

    async def _scrape(self, request: EvidenceRequest, kind: Kind, target: Target, limits: Limits) -> Attempt:
        """Scrape what was let through; what is interrupted is kept as such."""
        desk, started = self.desk, self.desk.clock.now()
        due = Due(started, request.slot)
        try:
            return await scrape(desk.session, target, due, limits, desk.clock, take=_TAKERS[kind])
        except asyncio.CancelledError:
            self._keep(request, kind, Attempt(interrupt(target, due, (started, desk.clock.now()))))
            raise

    def _keep(self, request: EvidenceRequest, kind: Kind, attempt: Attempt) -> None:
        """Send an attempt off as what it is."""
        scraped: ScrapedProfile = replace(attempt.scraped, kind=kind, asked_for=request.fingerprint)
        self.desk.keep(Attempt(scraped, attempt.labels_removed))

    def _count(self, kind: Kind, outcome: str) -> None:
        """Count what became of one wish."""
        self.desk.telemetry.add("leakstream_evidence_total", kind=kind.value, outcome=outcome)

    def _tell_trouble(self, trouble: str) -> None:
        """Log when requests cannot be read any more, or again."""
        if trouble == self.trouble:
            return
        self.trouble = trouble
        logger = structlog.get_logger()
        if trouble:
            logger.warning("requests for evidence cannot be read", error=trouble)
        else:
            logger.info("requests for evidence are read again")


def _tell_refusal(request: EvidenceRequest, refused: Refused) -> None:
    """Log why a request is not served."""
    structlog.get_logger().info(
        "evidence is not taken",
        service=request.service,
        instance=request.instance,
        reason=refused.why.value,
        why=refused.sentence,
    )
