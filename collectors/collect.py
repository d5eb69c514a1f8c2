"""The loop of the role `collect`: every target at its own phase, every attempt a record in the log.

A target never has two scrapes in flight: a slot that comes due meanwhile is recorded as skipped. A change of the list
starts and ends single targets and leaves the others alone. Failures are logged once per change of state.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from collectors.find import Assignment, Finder, Key
from collectors.follow import Crew, Desk
from collectors.outbox import Outbox
from collectors.scrape import Attempt, open_session
from collectors.serve_evidence import EvidenceDesk, EvidenceServer, EvidenceWays
from collectors.spool import Spool
from collectors.spooled_outbox import BUFFER_BYTES, SpooledOutbox
from collectors.targets import Job
from collectors.waiting import pause
from schemas.model import FailureReason, Problem, ScrapedProfile
from schemas.ports import Appender, Clock
from schemas.telemetry import Telemetry
from schemas.wire.codec import encode_profile

_LOOK_SECONDS = 1.0
_IN_FLIGHT = 200
_GRACE_SECONDS = 1.0


async def collect(  # noqa: PLR0913 the ports of a role, each by its name
    jobs: Sequence[Job],
    *,
    log: Appender,
    clock: Clock,
    telemetry: Telemetry,
    stop: asyncio.Event,
    collector: str,
    spool: Spool | None = None,
    buffer_bytes: int = BUFFER_BYTES,
    evidence: EvidenceWays | None = None,
) -> None:
    """Scrape until stopped; then let scrapes in flight end for a second, and write what waits.

    With a spool, what the log does not take waits there, and `buffer_bytes` bounds what waits in memory. With
    `evidence`, requests for it are served.
    Raises what broke the writer or another task: a collector that is half alive looks healthy and is not.
    """
    outbox = Outbox(log, telemetry) if spool is None else SpooledOutbox(log, spool, clock, telemetry, buffer_bytes)
    books = _Books(outbox, telemetry, collector)
    finished, ended = asyncio.Event(), asyncio.Event()
    writer = asyncio.create_task(books.outbox.run(finished))
    try:
        async with open_session(_IN_FLIGHT) as session:
            crew = Crew(Desk(session, clock, books.keep, asyncio.Semaphore(_IN_FLIGHT)))
            desk = EvidenceDesk(session, clock, telemetry, crew.find, books.keep_evidence)
            server = asyncio.create_task(EvidenceServer(evidence, desk).run(ended)) if evidence else None
            try:
                await _watch(Finder(jobs), crew, books, stop, (writer, server) if server else (writer,))
            finally:
                ended.set()
                await crew.disband(_GRACE_SECONDS)
                if server:
                    await server
    finally:
        finished.set()
        await writer


async def _watch(
    finder: Finder, crew: Crew, books: "_Books", stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]
) -> None:
    """Keep the crew on the present list of targets until stopped, or until one of the tasks ends by mistake."""
    known: Mapping[Key, Assignment] | None = None
    while not (stop.is_set() or any(task.done() for task in tasks)):
        wanted, problems = await asyncio.to_thread(finder.find, crew.desk.clock.now())
        for problem in problems:
            books.tell(problem)
        if wanted is not known:
            known = wanted
            crew.assign(wanted)
            books.list_targets(wanted)
        crew.check()
        books.tell_log()
        await pause(_LOOK_SECONDS, stop)


@dataclass(slots=True)
class _Books:
    """Counts, logs and sends off every attempt. `outcomes` is the last outcome of each present target."""

    outbox: Outbox | SpooledOutbox
    telemetry: Telemetry
    collector: str
    outcomes: dict[Key, str] = field(default_factory=dict)
    services: frozenset[str] = frozenset()
    log_trouble: bool = False

    def keep(self, attempt: Attempt) -> None:
        """Put an attempt into the outbox, and count it."""
        scraped = attempt.scraped
        self.outbox.put(encode_profile(scraped, self.collector))
        outcome = scraped.failure.value if scraped.failure else "ok"
        self.telemetry.add("leakstream_scrapes_total", outcome=outcome)
        if scraped.failure in (FailureReason.SKIPPED, FailureReason.LATE):
            return
        self.telemetry.add("leakstream_scrape_bytes_total", len(scraped.profile or b""))
        if attempt.labels_removed:
            self.telemetry.add("leakstream_profiles_stripped_total")
        self.telemetry.observe("leakstream_scrape_duration_seconds", scraped.duration_seconds)
        self._tell_outcome(scraped, outcome)

    def keep_evidence(self, attempt: Attempt) -> None:
        """Put evidence into the outbox: no scrape of a slot, and counted by who took it."""
        self.outbox.put(encode_profile(attempt.scraped, self.collector))
        if attempt.labels_removed:
            self.telemetry.add("leakstream_profiles_stripped_total")

    def _tell_outcome(self, scraped: ScrapedProfile, outcome: str) -> None:
        """Log an outcome that is another than the last; a target begins as one that can be scraped."""
        key = (scraped.service, scraped.instance)
        known, self.outcomes[key] = self.outcomes.get(key, "ok"), outcome
        if known == outcome:
            return
        logger = structlog.get_logger()
        fields = {"service": scraped.service, "instance": scraped.instance, "outcome": outcome}
        if scraped.failure:
            logger.warning("a target cannot be scraped", **fields, error=scraped.error)
        else:
            logger.info("a target can be scraped again", **fields)

    def list_targets(self, wanted: Mapping[Key, Assignment]) -> None:
        """Show how many targets there are, 0 for services that have none any more, and forget targets that left."""
        counts = Counter(service for service, _ in wanted)
        for service in self.services | counts.keys():
            self.telemetry.set("leakstream_targets", counts[service], service=service)
        self.services = frozenset(counts)
        self.outcomes = {key: outcome for key, outcome in self.outcomes.items() if key in wanted}

    def tell(self, problem: Problem) -> None:
        """Log a problem of a target list."""
        structlog.get_logger().warning("a target list has a problem", problem=str(problem))

    def tell_log(self) -> None:
        """Log when the log stops or begins to take records."""
        trouble = self.outbox.trouble
        if bool(trouble) == self.log_trouble:
            return
        self.log_trouble = bool(trouble)
        logger = structlog.get_logger()
        if trouble:
            logger.warning("the log takes no records, they wait", where=self.outbox.waits_in, error=trouble)
        else:
            logger.info("the log takes records again")
