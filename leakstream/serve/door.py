"""The ClickHouse HTTP protocol over the embedded engine, read-only for everyone.

So that curl, clickhouse-connect, Grafana and other clients can query while `leakstream up` runs. Without users whoever
is on this machine may read all of the store, and no page in a browser: there is no CORS, and a request must name the
machine as local. Production runs a real ClickHouse.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from os import SEEK_END
from pathlib import Path
from time import monotonic
from uuid import uuid4

from aiohttp import web

from leakstream.serve.access import AUTHENTICATION_FAILED, REQUIRED_PASSWORD, User, admit, name_of
from leakstream.serve.engine import READONLY, Engine, Limits
from leakstream.serve.handle import StatementError
from leakstream.serve.protocol import (
    TOO_LARGE_QUERY,
    TOO_MANY_QUERIES,
    Request,
    Taken,
    check_request,
    decode_body,
    head,
    read_statement,
    refuse,
)
from leakstream.serve.quota import QUOTA_EXCEEDED, Ledger
from leakstream.serve.reading import Reading
from leakstream.serve.work import Work

_LONGEST_ADDRESS = 2**20
"""Bytes; the same as ClickHouse's http_max_uri_size, because parameters travel in the address."""
_SHUTDOWN_SECONDS = 2.0
_RECEIVING_SECONDS = 30.0
_SENDING_SECONDS = 30.0
"""For a statement to come in, and for each part of a result to go out; ClickHouse's http_receive_timeout and -send-."""
_PIECE_BYTES = 2**18
_LONGEST_AGENT = 200
_OUTCOMES = {
    READONLY: "refused",
    REQUIRED_PASSWORD: "denied",
    AUTHENTICATION_FAILED: "denied",
    QUOTA_EXCEEDED: "over_quota",
    TOO_MANY_QUERIES: "too_many",
}
_NOTHING_HERE = (
    "There is nothing at this path. Use / or /ping or /replicas_status for health checks, "
    "and POST a statement to /, or GET /?query=...\n"
)


@dataclass(frozen=True, slots=True)
class Told:
    """How a statement went: ok, refused, failed, cancelled, denied, over_quota, too_many; ClickHouse's code, or 0.

    `user` is who was let in, or who somebody said to be. `rows` and `size` are those of the result, before compression.
    """

    outcome: str
    code: int
    seconds: float
    user: str
    agent: str
    address: str
    rows: int
    size: int
    query_id: str


OnQuery = Callable[[Told], None]


@dataclass(slots=True)
class _Case:
    """One request while it is answered."""

    incoming: web.Request
    request: Request
    started: float
    user: str = ""
    code: int = 0
    outcome: str = "failed"
    taken: Taken = field(default_factory=Taken)

    def tell(self) -> Told:
        """Sum up."""
        agent = self.request.headers.get("user-agent", "")[:_LONGEST_AGENT]
        return Told(
            self.outcome,
            self.code,
            monotonic() - self.started,
            self.user,
            "".join(character if character.isprintable() else "?" for character in agent),
            self.incoming.remote or "",
            self.taken.rows,
            self.taken.size,
            self.request.query_id,
        )


@dataclass(slots=True)
class Door:
    """The listener. `on_query` is told of each statement.

    Without `users` everyone is let in who asks on this machine. `database` is the one of clients that name none, or
    `default`. Port 0 takes a free one; `port` tells it afterwards.
    """

    path: Path
    host: str
    port: int
    limits: Limits = field(default_factory=Limits)
    users: Sequence[User] = ()
    on_query: OnQuery = lambda _: None
    database: str = "leakstream"
    _ledger: Ledger = field(default_factory=Ledger)
    _work: Work | None = None
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; raises OSError when the address is taken. The engine must be open in this process."""
        engine = await asyncio.to_thread(Engine, self.path, self.limits, self.database)
        self._work = Work(engine, self.limits)
        app = web.Application()
        app.add_routes(
            [
                web.get("/ping", _ok),
                web.get("/replicas_status", _ok),
                web.head("/", _ok),
                web.get("/", self._answer, allow_head=False),
                web.post("/", self._answer),
                web.options("/{path:.*}", _options),
                web.route("*", "/{path:.*}", _nothing),
            ]
        )
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_SHUTDOWN_SECONDS,
            max_line_size=_LONGEST_ADDRESS,
            auto_decompress=False,
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

    async def _answer(self, incoming: web.Request) -> web.StreamResponse:
        """Answer one request, and tell how it went."""
        headers = {name.lower(): value for name, value in incoming.headers.items()}
        request = Request(incoming.query, headers, f"door-{uuid4().hex}")
        case = _Case(incoming, request, monotonic(), user=name_of(request.query, headers))
        try:
            response = await self._reply(case)
            case.outcome = "ok" if case.code == 0 else "failed"
        except StatementError as error:
            case.code, case.outcome = error.code, _OUTCOMES.get(error.code, "failed")
            refused = refuse(request, error)
            return web.Response(status=refused.status, headers=refused.headers, body=refused.body)
        except (asyncio.CancelledError, ConnectionError):
            case.outcome = "cancelled"
            raise
        else:
            return response
        finally:
            self.on_query(case.tell())

    async def _reply(self, case: _Case) -> web.StreamResponse:
        """Let a client in and run what it asks; without a statement ClickHouse says Ok. Raises StatementError."""
        request = case.request
        if not self.users:
            _check_local(request.headers.get("host", ""))
        user = admit(self.users, request.query, request.headers)
        case.user = user.name
        self._ledger.begin(user.name, user.quota, case.started)
        try:
            check_request(request)
            body = await _receive(case.incoming, request, self.limits.statement_bytes)
            statement = read_statement(request, body, self.database, self.limits)
            if statement is None:
                return web.Response(text="Ok.\n", content_type="text/html")
            if self._work is None:
                raise AssertionError("start() was not called")
            async with self._work.begin(request, statement) as reading:
                case.taken = reading.taken
                if not reading.ended:
                    return await self._stream(case, reading)
            return await _begin(case, reading)
        finally:
            taken, seconds = case.taken, monotonic() - case.started
            self._ledger.end(user.name, read_rows=taken.rows_read, result_rows=taken.rows, seconds=seconds)

    async def _stream(self, case: _Case, reading: Reading) -> web.StreamResponse:
        """Send what is made so far and then the rest; an error in the middle is marked and breaks the reply."""
        response = await _begin(case, reading)
        if self._work is None:
            raise AssertionError("start() was not called")
        try:
            while (made := await self._work.call(case.request.tag, reading.more)) is not None:
                await _write(response, made)
        except StatementError as error:
            case.code = error.code
            await _write(response, reading.write_error(error))
            _break(case.incoming)
        return response


async def _begin(case: _Case, reading: Reading) -> web.StreamResponse:
    """Send the head of a reply and what is made of the result."""
    response = web.StreamResponse(headers=head(case.request, reading.format, reading.taken, reading.encoding))
    with reading.held as held:
        if reading.ended:
            response.content_length = held.seek(0, SEEK_END)
            held.seek(0)
        await response.prepare(case.incoming)
        while piece := held.read(_PIECE_BYTES):
            await _write(response, piece)
    return response


async def _write(response: web.StreamResponse, data: bytes) -> None:
    """Send some bytes to a client that takes them; raises ConnectionError when it does not."""
    try:
        async with asyncio.timeout(_SENDING_SECONDS):
            await response.write(data)
    except TimeoutError as error:
        raise ConnectionAbortedError("the client does not take its result") from error


def _break(incoming: web.Request) -> None:
    """Close the connection before the end of the reply, so that no client takes a part for the whole."""
    if incoming.transport is not None:
        incoming.transport.close()


async def _receive(incoming: web.Request, request: Request, most: int) -> str:
    """Read a body up to a number of bytes, packed and unpacked; raises StatementError past it."""
    raw = bytearray()
    try:
        async with asyncio.timeout(_RECEIVING_SECONDS):
            async for chunk in incoming.content.iter_any():
                raw += chunk
                if len(raw) > most:
                    break
    except TimeoutError as error:
        raise StatementError(209, "The statement did not come in time. (SOCKET_TIMEOUT)") from error
    text = decode_body(request, bytes(raw), most)
    if len(raw) > most:
        raise StatementError(TOO_LARGE_QUERY, f"The statement is over {most} bytes. (QUERY_IS_TOO_LARGE)")
    return text


def _check_local(host: str) -> None:
    """Refuse a request that a page on the internet had a browser make, by a name that leads here; StatementError."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        if name and name != "localhost" and not name.endswith(".localhost"):
            raise StatementError(
                AUTHENTICATION_FAILED,
                f"Ask at 127.0.0.1 or localhost, not at {name[:_LONGEST_AGENT]!r}: without users the store answers "
                "this machine only. (AUTHENTICATION_FAILED)",
            ) from None


async def _ok(_: web.Request) -> web.Response:
    """Say that the door is open."""
    return web.Response(text="Ok.\n")


async def _options(_: web.Request) -> web.Response:
    """Say which methods there are, and let no page of another origin read: there is no CORS."""
    return web.Response(status=204, headers={"Allow": "GET, HEAD, POST, OPTIONS"})


async def _nothing(_: web.Request) -> web.Response:
    """Say which paths there are."""
    return web.Response(status=404, text=_NOTHING_HERE)
