"""The loop of the role `collect`: every target at its own phase, every attempt a record in the log.

A target never has two scrapes in flight: a slot that comes due meanwhile is recorded as skipped. A change of the list
starts and ends single targets and leaves the others alone. Failures are logged once per change of state.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
import structlog

from collectors.discovery.file_sd import FileSd
from collectors.outbox import Outbox
from collectors.schedule import Due, next_due
from collectors.scrape import Limits, scrape, skip
from collectors.targets import Job, make_targets
from schemas.model import Problem, ScrapedProfile, Target
from schemas.ports import Clock, Log
from schemas.telemetry import Telemetry
from schemas.wire.codec import encode_profile

_REFRESH_SECONDS = 1.0
_IN_FLIGHT = 200
_GRACE_SECONDS = 1.0
_HEADER_BYTES = 16_384


@dataclass(slots=True)
class _Desk:
    """What every scrape needs."""

    session: aiohttp.ClientSession
    outbox: Outbox
    clock: Clock
    telemetry: Telemetry
    collector: str
    in_flight: asyncio.Semaphore
    states: dict[tuple[str, str], str] = field(default_factory=dict)


async def collect(  # noqa: PLR0913 the ports of a role, each by its name
    jobs: Sequence[Job],
    *,
    log: Log,
    clock: Clock,
    telemetry: Telemetry,
    stop: asyncio.Event,
    collector: str,
) -> None:
    """Scrape until stopped; then let scrapes in flight end for a second, and write what waits."""
    outbox = Outbox(log, telemetry)
    finished = asyncio.Event()
    writer = asyncio.create_task(outbox.run(finished))
    connector = aiohttp.TCPConnector(limit=_IN_FLIGHT, force_close=False, ttl_dns_cache=10)
    async with aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity", "User-Agent": "leakstream"},
        timeout=aiohttp.ClientTimeout(total=None),
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
    ) as session:
        desk = _Desk(session, outbox, clock, telemetry, collector, asyncio.Semaphore(_IN_FLIGHT))
        await _watch(jobs, desk, stop)
    finished.set()
    await writer


async def _watch(jobs: Sequence[Job], desk: _Desk, stop: asyncio.Event) -> None:
    """Keep one task for each target of the present list."""
    sources = [(job, FileSd(job.files)) for job in jobs]
    running: dict[str, asyncio.Task[None]] = {}
    limits = {job.job_name: Limits(job.body_limit_bytes, job.inflated_limit_bytes) for job in jobs}
    while not stop.is_set():
        wanted = _find_targets(sources, desk)
        for gone in running.keys() - wanted.keys():
            running.pop(gone).cancel()
        for name in wanted.keys() - running.keys():
            target, job_name = wanted[name]
            running[name] = asyncio.create_task(_follow(target, limits[job_name], desk, stop))
        await _sleep(_REFRESH_SECONDS, stop)
    if running:
        _, late = await asyncio.wait(running.values(), timeout=_GRACE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


def _find_targets(sources: Sequence[tuple[Job, FileSd]], desk: _Desk) -> dict[str, tuple[Target, str]]:
    """Give the present targets and the names of their jobs, and tell what is wrong with the lists.

    The keys hold all that a target is: one whose labels change is another target.
    """
    wanted: dict[str, tuple[Target, str]] = {}
    services: Counter[str] = Counter()
    for job, source in sources:
        groups, problems = source.refresh()
        targets, doubles = make_targets(job, (*job.groups, *groups))
        for problem in (*problems, *doubles):
            _tell_once(desk, problem)
        wanted.update({repr(target): (target, job.job_name) for target in targets})
        services.update(target.service for target in targets)
    for service, number in services.items():
        desk.telemetry.set("leakstream_targets", number, service=service)
    return wanted


async def _follow(target: Target, limits: Limits, desk: _Desk, stop: asyncio.Event) -> None:
    """Scrape one target in each of its slots until stopped; never two at a time."""
    due = next_due(target, desk.clock.now())
    while True:
        await _sleep((due.at - desk.clock.now()).total_seconds(), stop)
        if stop.is_set():
            return
        async with desk.in_flight:
            scraped = await scrape(desk.session, target, due, limits, desk.clock)
        _keep(scraped, desk)
        due = _next_after(target, due, desk)


def _next_after(target: Target, done: Due, desk: _Desk) -> Due:
    """Give the next instant, recording slots that came due while the scrape ran as skipped."""
    now = desk.clock.now()
    due = next_due(target, done.at)
    while due.at < now and (following := next_due(target, due.at)).at < now:
        _keep(skip(target, due, now), desk)
        due = following
    return due


def _keep(scraped: ScrapedProfile, desk: _Desk) -> None:
    """Put an attempt into the outbox, and count it."""
    desk.outbox.put(encode_profile(scraped, desk.collector))
    outcome = scraped.failure.value if scraped.failure else "ok"
    desk.telemetry.add("leakstream_scrapes_total", outcome=outcome)
    desk.telemetry.add("leakstream_scrape_bytes_total", len(scraped.profile or b""))
    desk.telemetry.observe("leakstream_scrape_duration_seconds", scraped.duration_seconds)
    key = (scraped.service, scraped.instance)
    if desk.states.get(key, "ok") != outcome:
        logger = structlog.get_logger()
        fields = {"service": scraped.service, "instance": scraped.instance, "outcome": outcome}
        if scraped.failure:
            logger.warning("a target cannot be scraped", **fields, error=scraped.error)
        else:
            logger.info("a target can be scraped again", **fields)
    desk.states[key] = outcome


def _tell_once(desk: _Desk, problem: Problem) -> None:
    """Log a problem of a target list when it is new."""
    key = (problem.where, problem.what)
    if desk.states.get(key) != problem.quote:
        desk.states[key] = problem.quote
        structlog.get_logger().warning("a target list has a problem", problem=str(problem))


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    """Wait so long, or until stopped."""
    try:
        await asyncio.wait_for(stop.wait(), max(0.0, seconds))
    except TimeoutError:
        return
