"""The ClickHouse HTTP protocol over the embedded engine, read-only for everyone.

So that curl, clickhouse-connect, Grafana and other clients can query while `leakstream up` runs. Whole results are
buffered within their limit, so an error never comes in the middle of one. Whoever reaches the address may read all of
the store: bind it to loopback. Production runs a real ClickHouse.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from leakstream.serve.engine import READONLY, Engine, Limits, Statement, StatementError
from leakstream.serve.protocol import (
    TOO_LARGE_QUERY,
    TOO_MANY_QUERIES,
    Reply,
    Request,
    check_body,
    check_insert,
    hello,
    is_hello,
    read_statement,
    refuse,
    reply,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_LONGEST_ADDRESS = 2**20
"""Bytes; the same as ClickHouse's http_max_uri_size, because parameters travel in the address."""
_ENDING_SECONDS = 0.1
"""How long to wait before a statement is ended again: the first time it may not have begun."""
_SHUTDOWN_SECONDS = 2.0

OnQuery = Callable[[str, float], None]


@dataclass(slots=True)
class Door:
    """The listener. `on_query` is told ok, refused, failed or cancelled, and the seconds, of each statement.

    `database` is the one of clients that name none, or `default`. Port 0 takes a free one; `port` tells it afterwards.
    """

    path: Path
    host: str
    port: int
    limits: Limits = field(default_factory=Limits)
    on_query: OnQuery = lambda _outcome, _seconds: None
    database: str = "leakstream"
    _work: "_Work | None" = None
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; raises OSError when the address is taken. The engine must be open in this process."""
        engine = await asyncio.to_thread(Engine, self.path, self.limits, self.database)
        self._work = _Work(engine, self.limits)
        app = web.Application()
        app.add_routes([web.get("/ping", _ping), web.get("/", self._answer), web.post("/", self._answer)])
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_SHUTDOWN_SECONDS,
            max_line_size=_LONGEST_ADDRESS,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError:
            await self.stop()
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening; statements that still run after two seconds are ended. Twice is as once."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        if self._work is not None:
            await self._work.close()

    async def _answer(self, incoming: web.Request) -> web.Response:
        """Answer one request, and tell how it went."""
        started = monotonic()
        outcome = "failed"
        request, tag = Request(incoming.query, _headers(incoming), b""), f"door-{uuid4().hex}"
        try:
            check_body(request.headers)
            request = Request(request.query, request.headers, await _read(incoming, self.limits.statement_bytes))
            answered = await self._reply(request, tag)
            outcome = "ok"
        except StatementError as error:
            outcome = "refused" if error.code == READONLY else "failed"
            answered = refuse(request, error, tag)
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            self.on_query(outcome, monotonic() - started)
        return web.Response(status=answered.status, headers=answered.headers, body=answered.body)

    async def _reply(self, request: Request, tag: str) -> Reply:
        """Run what was asked; without a statement ClickHouse says Ok."""
        if self._work is None:
            raise AssertionError("start() was not called")
        statement = read_statement(request, tag, self.database, self.limits)
        if statement is None:
            return Reply(200, {"Content-Type": "text/html; charset=UTF-8"}, b"Ok.\n")
        return await self._work.run(request, statement)


@dataclass(slots=True)
class _Work:
    """Runs statements in threads of its own, so many at a time."""

    engine: Engine
    limits: Limits
    threads: ThreadPoolExecutor = field(init=False)
    turns: asyncio.Semaphore = field(init=False)
    waiting: int = 0

    def __post_init__(self) -> None:
        # One more than run at a time: ending a statement needs a thread while all others are taken.
        self.threads = ThreadPoolExecutor(self.limits.running + 1, thread_name_prefix="door")
        self.turns = asyncio.Semaphore(self.limits.running)

    async def run(self, request: Request, statement: Statement) -> Reply:
        """Run one statement; a client that goes away ends it. Raises StatementError."""
        async with self._turn():
            running = asyncio.get_running_loop().run_in_executor(self.threads, self._answer, request, statement)
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await self._end(statement.tag, running)
                raise

    async def close(self) -> None:
        """Wait for the threads."""
        await asyncio.to_thread(self.threads.shutdown)

    def _answer(self, request: Request, statement: Statement) -> Reply:
        """Run and compress, in a thread."""
        answer = hello(self.engine.version) if is_hello(statement) else self.engine.run(statement)
        return reply(request, answer, statement.tag)

    @asynccontextmanager
    async def _turn(self) -> "AsyncIterator[None]":
        """Wait for a turn; raises StatementError when too many wait already."""
        if self.turns.locked() and self.waiting >= self.limits.waiting:
            raise StatementError(
                TOO_MANY_QUERIES,
                f"Too many statements: {self.limits.running} run and {self.waiting} wait. "
                "(TOO_MANY_SIMULTANEOUS_QUERIES)",
            )
        self.waiting += 1
        try:
            await self.turns.acquire()
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self.turns.release()

    async def _end(self, tag: str, running: "asyncio.Future[Reply]") -> None:
        """End a statement in the engine, which does not notice by itself that nobody waits."""
        while not running.done():
            with suppress(StatementError):
                await asyncio.get_running_loop().run_in_executor(self.threads, self.engine.cancel, tag)
            await asyncio.wait({running}, timeout=_ENDING_SECONDS)
        running.exception()


async def _ping(_: web.Request) -> web.Response:
    """Say that the door is open."""
    return web.Response(text="Ok.\n")


async def _read(incoming: web.Request, most: int) -> bytes:
    """Read a body up to a number of bytes; raises StatementError past it, and at once when it is an insert."""
    body = bytearray()
    async for chunk in incoming.content.iter_any():
        body += chunk
        check_insert(bytes(body[:64]))
        if len(body) > most:
            raise StatementError(TOO_LARGE_QUERY, f"The statement is over {most} bytes. (QUERY_IS_TOO_LARGE)")
    return bytes(body)


def _headers(incoming: web.Request) -> dict[str, str]:
    """Give the headers with their names in lower case."""
    return {name.lower(): value for name, value in incoming.headers.items()}
