"""The life of a collector: lists that change, targets that hang, a log that breaks, and the end."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from collectors.collect import collect
from collectors.discovery.static import TargetGroup
from collectors.schedule import phase_of
from collectors.spool import Spool
from collectors.targets import Job, make_targets
from leakstream.adapters.clock import SystemClock
from schemas.model import FailureReason, ScrapedProfile
from tests.collectors.doubles import Answer, Counters, MemoryLog, ok_answer, raw_answer, read_back, serve, until
from tests.collectors.fickle_log import FickleLog
from tests.pprof_maker import make_profile

_PROFILE = make_profile([(("main.work",), 3)])
_GOOD = ok_answer(_PROFILE)


async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept and never answer."""
    await writer.wait_closed()


async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer without end."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not writer.is_closing():
        writer.write(bytes(65536))
        await writer.drain()


def job(addresses: Sequence[str], *, interval: float = 0.1, timeout: float = 0.1, files: Sequence[str] = ()) -> Job:
    """Give the job `shop`."""
    groups = (TargetGroup(tuple(addresses)),)
    return Job("shop", interval, timeout, groups=groups, files=tuple(files), body_limit_bytes=10**6)


@asynccontextmanager
async def collecting(jobs: Sequence[Job], log: MemoryLog, counters: Counters) -> AsyncIterator[asyncio.Task[None]]:
    """Collect; stop in the end and wait for it, three seconds at most."""
    stop = asyncio.Event()
    role = asyncio.create_task(
        collect(jobs, log=log, clock=SystemClock(), telemetry=counters, stop=stop, collector="c")
    )
    yield role
    stop.set()
    await asyncio.wait_for(role, 3)


def of(log: MemoryLog, instance: str) -> list[ScrapedProfile]:
    """Give what the log has of one instance, in order."""
    return [attempt for attempt in log.attempts() if attempt.instance == instance]


@pytest.mark.parametrize("answer", [hang, flood, raw_answer("nonsense")])
async def test_good_target_is_on_time_beside_a_hostile_one(answer: Answer) -> None:
    """Each of its slots is scraped, after the instant at which it was due and before the next one."""
    log = MemoryLog()
    async with serve(answer) as bad, serve(_GOOD) as good:
        target = make_targets(job([good], interval=0.5), [TargetGroup((good,))])[0][0]
        async with collecting([job([bad, good], interval=0.5, timeout=0.5)], log, Counters()):
            await until(lambda: len(of(log, good)) >= 4)
    late = [(attempt.scraped_at - attempt.slot - phase_of(target)).total_seconds() for attempt in of(log, good)]
    assert {attempt.profile for attempt in of(log, good)} == {_PROFILE}
    assert [seconds for seconds in late if not 0 <= seconds < 0.5] == []
    assert {attempt.profile for attempt in of(log, bad)} == {None}


async def test_slots_of_a_hanging_target_are_all_recorded() -> None:
    """Timed out or skipped, one after the other without a gap."""
    log = MemoryLog()
    async with serve(hang) as bad, collecting([job([bad])], log, Counters()):
        await until(lambda: len(log.messages) >= 10)
    attempts = log.attempts()
    assert {attempt.failure for attempt in attempts[:-1]} == {FailureReason.TIMEOUT, FailureReason.SKIPPED}
    steps = {
        round((after.slot - before.slot).total_seconds(), 3)
        for before, after in zip(attempts, attempts[1:], strict=False)  # noqa: RUF007 the idiom of these tests
    }
    assert steps == {0.1}


async def test_slots_of_a_collector_that_was_held_up_are_all_recorded() -> None:
    """What passed while it got no processor is told as its own fault, one slot after the other without a gap."""
    log = MemoryLog()
    async with serve(_GOOD) as good, collecting([job([good])], log, Counters()):
        await until(lambda: len(log.messages) >= 2)
        held_up = datetime.now(UTC) + timedelta(seconds=0.5)
        while datetime.now(UTC) < held_up:
            continue
        await until(lambda: len(log.messages) >= 10)
    attempts = log.attempts()
    assert FailureReason.LATE in {attempt.failure for attempt in attempts}
    slots = [attempt.slot for attempt in attempts]
    assert slots == [slots[0] + timedelta(seconds=0.1) * index for index in range(len(slots))]


async def test_change_of_the_list_disturbs_nobody_else(tmp_path: Path) -> None:
    """A target that stays misses no slot and takes none twice while others come, change and go."""
    path, log, counters = tmp_path / "a.json", MemoryLog(), Counters()
    async with serve(_GOOD) as stays, serve(_GOOD) as moves:
        path.write_text("[]")
        async with collecting([job([stays], files=[str(path)])], log, counters):
            await until(lambda: len(of(log, stays)) >= 3)
            for version in ("v1", "v2"):
                path.write_text(json.dumps([{"targets": [moves], "labels": {"version": version}}]))
                await until(lambda now=version: any(a.labels.get("version") == now for a in of(log, moves)))  # type: ignore[misc]  # mypy does not infer defaults of lambdas
            path.write_text("[]")
            await until(lambda: counters.gauges["leakstream_targets", "shop"] == 1)
    for instance in (stays, moves):
        slots = [attempt.slot for attempt in of(log, instance)]
        assert slots == sorted(set(slots))
        if instance == stays:
            assert round((slots[-1] - slots[0]).total_seconds() / 0.1) + 1 == len(slots)


async def test_targets_are_counted_by_service_down_to_none(tmp_path: Path) -> None:
    """A service whose last target left shows 0 and no stale number."""
    path, counters = tmp_path / "a.json", Counters()
    path.write_text(json.dumps([{"targets": ["127.0.0.1:1"], "labels": {"service": "gone"}}]))
    async with collecting([job([], interval=60.0, files=[str(path)])], MemoryLog(), counters):
        await until(lambda: counters.gauges.get(("leakstream_targets", "gone")) == 1)
        path.write_text("[]")
        await until(lambda: counters.gauges["leakstream_targets", "gone"] == 0)


async def test_failing_target_is_logged_once_per_change_of_state() -> None:
    """Skipped slots between timeouts are no change."""
    log, counters = MemoryLog(), Counters()
    with capture_logs() as lines:
        async with serve(hang) as bad, collecting([job([bad])], log, counters):
            await until(lambda: counters.sums["leakstream_scrapes_total", "timeout"] >= 3)
    told = [(line["event"], line["outcome"]) for line in lines if line["log_level"] == "warning"]
    assert told[0] == ("a target cannot be scraped", "timeout")
    assert len([outcome for _, outcome in told if outcome == "timeout"]) == 1


async def test_every_attempt_is_counted_by_its_outcome() -> None:
    """The counters say what the log says."""
    log, counters = MemoryLog(), Counters()
    not_found = raw_answer("HTTP/1.1 404 Not Found\nContent-Length: 0")
    async with (
        serve(_GOOD) as good,
        serve(not_found) as missing,
        collecting([job([good, missing])], log, counters),
    ):
        await until(lambda: len(of(log, good)) >= 3 and len(of(log, missing)) >= 3)
    outcomes = [attempt.failure.value if attempt.failure else "ok" for attempt in log.attempts()]
    named = {word: counters.sums["leakstream_scrapes_total", word] for word in set(outcomes)}
    assert named == {word: outcomes.count(word) for word in set(outcomes)}
    assert counters.sums["leakstream_scrape_bytes_total",] == outcomes.count("ok") * len(_PROFILE)


async def test_end_interrupts_what_hangs_and_records_it() -> None:
    """Within a second or so, and the attempt that was under way leaves a record."""
    log, asked = MemoryLog(), asyncio.Event()

    async def trap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await hang(reader, writer)

    async with serve(trap) as bad, collecting([job([bad], interval=0.5, timeout=60.0)], log, Counters()):
        await asyncio.wait_for(asked.wait(), 10)
    assert [(attempt.failure, attempt.error) for attempt in log.attempts()] == [
        (FailureReason.INTERNAL, "the collector stopped during the scrape")
    ]


async def test_end_lets_a_scrape_finish_and_writes_it() -> None:
    """What ends within the second of grace is a profile in the log."""
    log, asked, go_on = MemoryLog(), asyncio.Event(), asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go_on.wait()
        await _GOOD(reader, writer)

    async with serve(late) as slow, collecting([job([slow], interval=0.5, timeout=60.0)], log, Counters()):
        await asyncio.wait_for(asked.wait(), 10)
        asyncio.get_running_loop().call_later(0.1, go_on.set)
    assert [attempt.profile for attempt in log.attempts()] == [_PROFILE]


async def test_broken_log_ends_the_collector_with_its_reason() -> None:
    """Half alive looks healthy and is not."""
    stop, log = asyncio.Event(), MemoryLog(mistake=RuntimeError("disk on fire"))
    async with serve(_GOOD) as good:
        with pytest.raises(RuntimeError, match="disk on fire"):
            await asyncio.wait_for(
                collect([job([good])], log=log, clock=SystemClock(), telemetry=Counters(), stop=stop, collector="c"), 10
            )


async def test_log_that_is_away_stops_no_scrape(tmp_path: Path) -> None:
    """With a spool every slot is scraped meanwhile, and all attempts arrive in order, also those of another life."""
    log, counters, stop = FickleLog(away=True), Counters(), asyncio.Event()
    async with serve(_GOOD) as good:
        for lives in (1, 2):
            with closing(Spool(tmp_path, size_bytes=2**20, age_seconds=3600.0)) as spool:
                role = asyncio.create_task(
                    collect(
                        [job([good])],
                        log=log,
                        clock=SystemClock(),
                        telemetry=counters,
                        stop=stop,
                        collector="c",
                        spool=spool,
                    )
                )
                await until(lambda: counters.gauges.get(("leakstream_spool_records",), 0) >= 8)
                log.away = lives == 1
                await until(lambda now=lives: now == 1 or len(log.messages) > 16)  # type: ignore[misc]  # mypy does not infer defaults of lambdas
                stop.set()
                await asyncio.wait_for(role, 5)
                stop.clear()
    attempts = [read_back(message) for message in log.messages]
    slots = [attempt.slot for attempt in attempts]
    assert slots == sorted(set(slots))
    assert {attempt.profile for attempt in attempts} == {_PROFILE}
    assert len(attempts) == counters.sums["leakstream_scrapes_total", "ok"]
    assert not [name for name in counters.sums if name[0] == "leakstream_dropped_total"]


async def test_nothing_to_scrape_ends_when_told() -> None:
    """No jobs, no records, no waiting."""
    log = MemoryLog()
    async with collecting([], log, Counters()) as role:
        assert not role.done()
    assert log.messages == []
