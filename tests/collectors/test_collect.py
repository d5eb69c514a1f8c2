"""What the collector as a whole promises."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from aiohttp import web

from collectors.collect import collect
from collectors.discovery.static import TargetGroup
from collectors.targets import Job
from leakstream.adapters.clock import SystemClock
from schemas.model import FailureReason, LogPosition, ScrapedProfile
from schemas.ports import Consumer, LogUnavailableError, Message, Record
from schemas.wire.codec import decode_profile
from tests.collectors.test_scrape import PROFILE, answer, serve
from tests.doubles import RecordingTelemetry


@dataclass
class MemoryLog:
    """A log that keeps messages in a list; `away` makes it refuse that many batches first."""

    enough: asyncio.Event
    wanted: int
    loop: asyncio.AbstractEventLoop
    away: int = 0
    kept: list[ScrapedProfile] = field(default_factory=list)

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Keep a batch, or be away."""
        if self.away:
            self.away -= 1
            raise LogUnavailableError("away")
        for message in messages:
            record = Record(topic, LogPosition(0, 0), SystemClock().now(), message.key, message.value, message.headers)
            profile = decode_profile(record)
            assert isinstance(profile, ScrapedProfile)
            self.kept.append(profile)
        if len(self.kept) >= self.wanted:
            self.loop.call_soon_threadsafe(self.enough.set)
        return [LogPosition(0, 0)] * len(messages)

    def subscribe(self, topic: str, group: str, member: str) -> Consumer:
        """Nobody reads here."""
        raise AssertionError(topic, group, member)

    def retain(self, now: object) -> int:
        """Keep everything."""
        raise AssertionError(now)

    def close(self) -> None:
        """Nothing to let go of."""


async def run(
    addresses: Sequence[str], wanted: int, *, interval_seconds: float = 0.1, timeout_seconds: float = 0.1, away: int = 0
) -> MemoryLog:
    """Collect until so many attempts are in the log."""
    enough = asyncio.Event()
    log = MemoryLog(enough, wanted, asyncio.get_running_loop(), away)
    job = Job("s", interval_seconds, timeout_seconds, groups=(TargetGroup(tuple(addresses)),))
    telemetry = RecordingTelemetry()
    stop = asyncio.Event()
    role = asyncio.create_task(
        collect([job], log=log, clock=SystemClock(), telemetry=telemetry, stop=stop, collector="c")
    )
    await asyncio.wait_for(enough.wait(), 20)
    stop.set()
    await asyncio.wait_for(role, 10)
    return log


async def test_every_slot_of_every_target_is_one_record() -> None:
    """Neighbouring slots are one interval apart and none comes twice."""
    async with serve(answer(PROFILE)) as one, serve(answer(PROFILE)) as other:
        log = await run([one, other], 20)
    taken = Counter((profile.instance, profile.slot) for profile in log.kept)
    assert (set(taken.values()), {profile.instance for profile in log.kept}) == ({1}, {one, other})
    assert {profile.profile for profile in log.kept if profile.failure is None} == {PROFILE}


async def test_hostile_target_harms_nobody_else() -> None:
    """One that never answers fails alone; the other's slots are all there."""
    hold = asyncio.Event()

    async def never(_: web.BaseRequest) -> web.StreamResponse:
        await hold.wait()
        return web.Response()

    async with serve(never) as bad, serve(answer(PROFILE)) as good:
        log = await run([bad, good], 16, interval_seconds=0.5)
        hold.set()
    reasons = {profile.failure for profile in log.kept if profile.instance == bad}
    slots = sorted(profile.slot for profile in log.kept if profile.instance == good and profile.profile)
    gaps = {round((after - before).total_seconds(), 3) for before, after in pairwise(slots)}
    assert reasons <= {FailureReason.TIMEOUT, FailureReason.SKIPPED}
    assert FailureReason.TIMEOUT in reasons
    assert gaps == {0.5}


async def test_log_that_is_away_loses_nothing() -> None:
    """What could not be written waits and arrives in order."""
    async with serve(answer(PROFILE)) as address:
        log = await run([address], 10, away=2)
    slots = [profile.slot for profile in log.kept]
    assert slots == sorted(set(slots))
