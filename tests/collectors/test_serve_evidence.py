"""What a collector does with requests for evidence, against a server that answers as Go does."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from collectors.find import Assignment, Key
from collectors.guard_evidence import Guard, policy_of_guard
from collectors.scrape import Attempt, open_session
from collectors.serve_evidence import EvidenceDesk, EvidenceServer, EvidenceWays
from collectors.taken import Limits
from leakstream.adapters.sqlite_log import SqliteLog
from schemas.evidence import EvidenceRequest
from schemas.model import FailureReason, Kind, ScrapedProfile
from schemas.ports import Log, LogUnavailableError, Record
from schemas.settings_evidence import EvidenceSettings
from schemas.wire.request import REQUESTS_TOPIC, encode_request
from tests.collectors.doubles import Counters, StandingClock, make_target, until
from tests.processors.evidence import read, write_heap

DUMP = b"goroutine 7 [select, 3 minutes] {user: alice}:\nmain.work()\n\t/src/main.go:20 +0x44\n"
HEAP = write_heap(2**20, 2**20)
BOTH = (Kind.TEXT, Kind.LEAK)
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Go:
    """A target: remembers the paths it was asked for; `hangs` keeps every answer back, `old` knows no goroutineleak."""

    paths: list[str] = field(default_factory=list)
    hangs: bool = False
    old: bool = False
    at_once: int = 0
    most_at_once: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split()[1].decode()
        self.paths.append(path)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        with suppress(ConnectionError):
            if self.hangs:
                await reader.read()
            body = DUMP if "debug=2" in path else HEAP if "/heap" in path else read("go1.27.3.leaked.pb.gz")
            whole = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
            writer.write(NOT_FOUND if self.old and "goroutineleak" in path else whole)
            await writer.drain()
        self.at_once -= 1
        writer.close()


@dataclass
class AwayLog:
    """A log to read from that is away when it is told to be."""

    log: SqliteLog
    gone: bool = False

    def partitions(self, topic: str) -> int:
        """Count, or be away."""
        if self.gone:
            raise LogUnavailableError("away")
        return self.log.partitions(topic)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Ask the log."""
        return self.log.bounds(topic, partition)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        """Read, or be away."""
        if self.gone:
            raise LogUnavailableError("away")
        return self.log.read(topic, partition, offset, limit)


@dataclass
class Post:
    """A collector's part that serves evidence, with all that is around it."""

    log: SqliteLog
    clock: StandingClock
    assignments: dict[Key, Assignment]
    kept: list[ScrapedProfile] = field(default_factory=list)
    counters: Counters = field(default_factory=Counters)
    read_from: AwayLog | None = None

    def keep(self, attempt: Attempt) -> None:
        """Keep what was taken."""
        self.kept.append(attempt.scraped)

    def ask(self, request: EvidenceRequest) -> None:
        """Send a request."""
        self.log.append(REQUESTS_TOPIC, [encode_request(request)])

    def outcomes(self) -> dict[tuple[str, ...], int]:
        """Give what was counted, by kind and outcome."""
        return {key[1:]: count for key, count in self.counters.sums.items() if key[0] == "leakstream_evidence_total"}

    @asynccontextmanager
    async def serving(self, settings: EvidenceSettings | None = None) -> AsyncIterator[EvidenceServer]:
        """Serve, once the end of the topic was found."""
        chosen = settings or EvidenceSettings()
        log = cast("Log", self.read_from or self.log)
        guard = Guard(policy_of_guard(chosen))
        ways = EvidenceWays(log, guard, 30.0, chosen.body_size_limit_bytes, chosen.at_once)
        stop = asyncio.Event()
        async with open_session(10) as session:
            desk = EvidenceDesk(session, self.clock, self.counters, self.assignments.get, self.keep)
            server = EvidenceServer(ways, desk, look_seconds=0.02)
            task = asyncio.create_task(server.run(stop))
            await until(lambda: server.begun)
            try:
                yield server
            finally:
                stop.set()
                await task


@pytest.fixture
def go() -> Go:
    """A target that answers."""
    return Go()


@pytest.fixture
async def post(go: Go, tmp_path: Path) -> AsyncIterator[Post]:
    """A collector of one target."""
    clock = StandingClock()
    log = SqliteLog(tmp_path / "log.db", clock=clock, partitions=2, retention_seconds=1e9, retention_bytes=10**9)
    listener = await asyncio.start_server(go.answer, "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()[:2]
    target = make_target(f"http://{host}:{port}/debug/pprof/goroutine?debug=0")
    yield Post(log, clock, {("shop", "a:1"): (target, Limits(2**20, 2**20))})
    listener.close()
    log.close()


def request_at(moment: datetime, **changes: object) -> EvidenceRequest:
    """Give a request for both kinds."""
    request = EvidenceRequest("shop", "a:1", 255, BOTH, moment, 1_000, moment)
    return replace(request, **changes)  # type: ignore[arg-type]  # fields by name


async def test_dump_is_taken_first_without_labels_then_the_leak_profile(post: Post, go: Go) -> None:
    """Both are records of their kind, in the slot of the request, for its fingerprint."""
    async with post.serving():
        post.ask(request_at(post.clock.moment - timedelta(minutes=1)))
        await until(lambda: len(post.kept) == 2)
    assert go.paths == ["/debug/pprof/goroutine?debug=2", "/debug/pprof/goroutineleak?debug=0"]
    assert [(one.kind, one.asked_for, one.slot, one.failure) for one in post.kept] == [
        (kind, 255, post.clock.moment - timedelta(minutes=1), None) for kind in BOTH
    ]
    dump, leaks = (one.profile or b"" for one in post.kept)
    assert gzip.decompress(dump) == DUMP.replace(b" {user: alice}", b"")
    assert leaks == read("go1.27.3.leaked.pb.gz")
    assert post.outcomes() == {("goroutine-text", "ok"): 1, ("goroutineleak", "ok"): 1}


async def test_memory_is_read_last_and_never_beside_another_profile_of_its_target(post: Post, go: Go) -> None:
    """Behind goroutineleak there is next to no garbage; a request for memory alone is one request too many at once."""
    async with post.serving():
        post.ask(request_at(post.clock.moment, kinds=(Kind.HEAP,)))
        post.ask(request_at(post.clock.moment, fingerprint=7))
        await until(lambda: len(post.kept) == 3)
        post.clock.moment += timedelta(hours=1)
        post.ask(request_at(post.clock.moment, kinds=(*BOTH, Kind.HEAP)))
        await until(lambda: len(post.kept) == 6)
    assert [one.kind for one in post.kept] == [Kind.HEAP, *BOTH, *BOTH, Kind.HEAP]
    assert (go.paths[-1], go.most_at_once) == ("/debug/pprof/heap?debug=1", 1)
    assert gzip.decompress(post.kept[-1].profile or b"") == HEAP
    assert post.outcomes()[("heap", "ok")] == 2


async def test_repeat_is_counted_and_costs_the_target_nothing(post: Post, go: Go) -> None:
    """A processor that died asks again for what it asked."""
    async with post.serving():
        post.ask(request_at(post.clock.moment))
        await until(lambda: len(post.kept) == 2)
        post.ask(request_at(post.clock.moment))
        await until(lambda: ("goroutineleak", "cooling_down") in post.outcomes())
    assert (len(go.paths), len(post.kept)) == (2, 2)


async def test_collector_that_was_killed_asks_nothing_again(post: Post, go: Go) -> None:
    """What was asked before it began is not served, and counts for the cool-down."""
    post.ask(request_at(post.clock.moment))
    async with post.serving():
        post.ask(request_at(post.clock.moment))
        await until(lambda: ("goroutineleak", "cooling_down") in post.outcomes())
    assert (go.paths, post.kept) == ([], [])


async def test_instance_of_another_collector_is_left_to_it(post: Post, go: Go) -> None:
    """No record, no count."""
    async with post.serving():
        post.ask(request_at(post.clock.moment, instance="b:1"))
        post.ask(request_at(post.clock.moment))
        await until(lambda: len(post.kept) == 2)
    assert ({one.instance for one in post.kept}, sum(post.outcomes().values()), len(go.paths)) == ({"a:1"}, 2, 2)


async def test_what_is_refused_for_its_cost_is_a_record_with_its_reason(post: Post, go: Go) -> None:
    """So that a person sees why there is no dump; the other kind is taken."""
    async with post.serving():
        post.ask(request_at(post.clock.moment, goroutines=50_000))
        await until(lambda: len(post.kept) == 2)
    refused, taken = post.kept
    assert (refused.kind, refused.failure, refused.error) == (
        Kind.TEXT,
        FailureReason.GUARDED,
        "not taken: the process has 50000 goroutines, goroutine-text is taken of 10000 at most",
    )
    assert (taken.kind, taken.failure, len(go.paths)) == (Kind.LEAK, None, 1)


async def test_process_without_goroutineleak_is_remembered(post: Post, go: Go) -> None:
    """404 is an answer, and is not asked for again; the dump is."""
    go.old = True
    async with post.serving():
        post.ask(request_at(post.clock.moment))
        await until(lambda: len(post.kept) == 2)
        life, post.clock.moment = post.clock.moment, post.clock.moment + timedelta(hours=1)
        post.ask(request_at(post.clock.moment, life=life))
        await until(lambda: len(post.kept) == 4)
    assert [one.failure for one in post.kept] == [None, FailureReason.NOT_FOUND, None, FailureReason.GUARDED]
    assert (len(go.paths), post.outcomes()[("goroutineleak", "no_endpoint")]) == (3, 1)


async def test_no_more_targets_are_asked_at_once_than_the_settings_say(post: Post, go: Go) -> None:
    """The others wait their turn."""
    [(target, limits)] = post.assignments.values()
    post.assignments |= {("shop", f"{n}:1"): (replace(target, instance=f"{n}:1"), limits) for n in range(6)}
    async with post.serving(EvidenceSettings(at_once=2)):
        for number in range(6):
            post.ask(request_at(post.clock.moment, instance=f"{number}:1"))
        await until(lambda: len(post.kept) == 12)
    assert go.most_at_once <= 2


async def test_what_is_under_way_at_the_end_is_a_record_too(post: Post, go: Go) -> None:
    """Nothing vanishes."""
    go.hangs = True
    async with post.serving():
        post.ask(request_at(post.clock.moment))
        await until(lambda: len(go.paths) == 1)
    assert [(one.kind, one.failure) for one in post.kept] == [(Kind.TEXT, FailureReason.INTERNAL)]


async def test_log_that_is_away_is_waited_for(post: Post, go: Go) -> None:
    """Requests are read once it answers again."""
    away = post.read_from = AwayLog(post.log)
    async with post.serving() as server:
        away.gone = True
        await until(lambda: server.trouble == "away")
        away.gone = False
        post.ask(request_at(post.clock.moment))
        await until(lambda: len(post.kept) == 2)
    assert (server.trouble, len(go.paths)) == ("", 2)
