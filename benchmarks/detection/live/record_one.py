"""One run -> one recording: a service is started, scraped at its phase of every slot, and now and then asked for more.

What is asked for more is what a suspect would be asked for, in the same order: a text dump first, because it says how
long goroutines wait, then the `goroutineleak` profile, which takes that away.
"""

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.detection.live.keep import Keeper, Truth
from benchmarks.detection.live.programs import Pattern
from benchmarks.detection.live.running import Order, Running, run_service
from collectors.schedule import due_after, next_due
from collectors.scrape import scrape
from collectors.taken import Limits
from schemas.model import Kind, Target
from schemas.ports import Clock

_LIMITS = Limits(64 << 20, 256 << 20)
_TIMEOUT_SECONDS = 8.0
_PATHS = {Kind.GOROUTINE: "goroutine", Kind.LEAK: "goroutineleak", Kind.TEXT: "goroutine?debug=2"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How every run of a recording is made; `rate` is for patterns without one of their own, `load` a second."""

    binary: Path
    version: str
    folder: Path
    rate: str
    load: float
    after_seconds: float
    interval_seconds: float
    evidence_seconds: float
    length_seconds: float


@dataclass(slots=True)
class Scrapes:
    """What became of the attempts; `slowest` in seconds, `passed` are slots that went by while a scrape ran."""

    profiles: int = 0
    failed: int = 0
    passed: int = 0
    slowest: float = 0.0
    died: int = 0

    def add(self, other: "Scrapes") -> None:
        """Add what another run had."""
        self.profiles += other.profiles
        self.failed += other.failed
        self.passed += other.passed
        self.died += other.died
        self.slowest = max(self.slowest, other.slowest)

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.profiles} profiles, {self.failed} failed, {self.passed} slots passed over,"
            f" slowest {self.slowest:.2f} s, {self.died} died"
        )


@dataclass(slots=True)
class _Scraper:
    """Scrapes one service and keeps what comes; `last` is the instant of the last slot, at first that of the start."""

    target: Target
    keeper: Keeper
    session: aiohttp.ClientSession
    clock: Clock
    scrapes: Scrapes
    last: datetime

    async def follow(self, running: Running, plan: Plan) -> None:
        """Scrape until the time is over or the service ends."""
        due = next_due(self.target, running.started)
        end = running.started + timedelta(seconds=plan.length_seconds)
        asked = running.started + timedelta(seconds=plan.after_seconds)
        while due.at < end and not running.ended:
            await asyncio.sleep((due.at - self.clock.now()).total_seconds())
            await self.take(Kind.GOROUTINE)
            if due.at - asked >= timedelta(seconds=plan.evidence_seconds):
                asked += timedelta(seconds=plan.evidence_seconds)
                await self.take_text()
                await self.take(Kind.LEAK)
            self.last = due.at
            due, passed = due_after(self.target, due, self.clock.now())
            self.scrapes.passed += len(passed)

    async def take(self, kind: Kind) -> None:
        """Take a profile in protobuf; a runtime without leak profiles answers 404, which is nothing to note."""
        target = self.target
        aimed = Target(
            target.service,
            target.instance,
            f"{target.url}/{_PATHS[kind]}",
            target.labels,
            target.interval_seconds,
            target.timeout_seconds,
        )
        got = (await scrape(self.session, aimed, next_due(target, self.clock.now()), _LIMITS, self.clock)).scraped
        if got.profile is not None:
            self.keeper.keep(got.scraped_at, kind, got.profile)
        elif kind is Kind.GOROUTINE:
            self.keeper.note(got.scraped_at, kind, got.error)
        if kind is Kind.GOROUTINE:
            self.scrapes.profiles += got.profile is not None
            self.scrapes.failed += got.profile is None
            self.scrapes.slowest = max(self.scrapes.slowest, got.duration_seconds)

    async def take_text(self) -> None:
        """Take a text dump; collectors take none, so this is asked for plainly, on loopback."""
        at = self.clock.now()
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                async with self.session.get(f"{self.target.url}/{_PATHS[Kind.TEXT]}") as answer:
                    text = await answer.read()
        except (TimeoutError, aiohttp.ClientError) as error:
            self.keeper.note(at, Kind.TEXT, f"no dump ({type(error).__name__})")
            return
        self.keeper.keep(at, Kind.TEXT, await asyncio.to_thread(gzip.compress, text, 6, mtime=0))


async def record_one(plan: Plan, pattern: Pattern, twin: str, session: aiohttp.ClientSession, clock: Clock) -> Scrapes:
    """Record one program into a folder of its own; raises OSError when it is there, ValueError when it refuses.

    A run that is cancelled leaves a shorter recording, with the number of calls unknown (0).
    """
    name = f"{pattern.id}-{twin}"
    order = Order(pattern.id, twin, pattern.rate or plan.rate, plan.load, plan.after_seconds)
    async with run_service(plan.binary, order, clock) as running:
        keeper = Keeper(plan.folder / name, name, running.address, running.started)
        url = f"http://{running.address}/debug/pprof"
        target = Target(name, running.address, url, {}, plan.interval_seconds, _TIMEOUT_SECONDS)
        scraper = _Scraper(target, keeper, session, clock, Scrapes(), running.started)
        told: Mapping[str, Any] = {}
        try:
            await scraper.follow(running, plan)
            told = await running.count_calls(session)
        finally:
            keeper.close()
            Truth(
                pattern=pattern,
                twin=twin,
                go=str(told.get("go", plan.version)).removeprefix("go"),
                rate=order.rate,
                interval_seconds=plan.interval_seconds,
                process_start=running.started,
                calls_began=running.calls_began or scraper.last,
                ended=scraper.last,
                calls=int(told.get("calls", 0)),
                died=running.ended,
            ).write(plan.folder / name)
        scraper.scrapes.died = int(running.ended)
        return scraper.scrapes
