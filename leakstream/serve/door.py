"""The ClickHouse HTTP protocol over the embedded engine, read-only for everyone.

So that curl, clickhouse-connect, Grafana and other clients can query while `leakstream up` runs. Whole results are
buffered within their limit, so an error never comes in the middle of one. Production runs a real ClickHouse.
"""

import asyncio
import gzip
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from uuid import uuid4

from aiohttp import web

from leakstream.serve.engine import (
    READ_ONLY,
    READONLY_CODE,
    Answer,
    Engine,
    Limits,
    Statement,
    StatementError,
    error_text,
)

_CONCURRENT = 8
_LARGEST_REQUEST = 16 * 2**20
_COMPRESS_FROM = 4_096
_STATUS = {164: 403, 241: 500, 159: 408, 60: 404, 81: 404, 62: 400, 46: 404, 47: 404, 202: 500, 456: 400, 457: 400}
_INTERNAL = 500
_OWN = "leakstream"
_HELLO = "SELECT displayName(), version(), revision(), timezone()"
_PASSED_ON = frozenset(
    {
        "output_format_json_quote_64bit_integers",
        "output_format_json_quote_denormals",
        "date_time_output_format",
        "session_timezone",
        "join_use_nulls",
    }
)
"""Settings of a client that change how a result looks and cannot reach anything. All others are ignored."""

OnQuery = Callable[[str, float], None]


@dataclass(slots=True)
class Door:
    """The listener. `on_query` is told the outcome and seconds of each statement."""

    path: Path
    host: str
    port: int
    limits: Limits = field(default_factory=Limits)
    on_query: OnQuery = lambda _outcome, _seconds: None
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_CONCURRENT, "door"))
    _runner: web.AppRunner | None = None
    _engine: Engine | None = None
    _turns: asyncio.Semaphore | None = None

    async def start(self) -> None:
        """Listen; raises OSError when the address is taken. The engine must be open in this process."""
        self._engine = await asyncio.to_thread(Engine, self.path, self.limits)
        self._turns = asyncio.Semaphore(_CONCURRENT)
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        app.add_routes([web.get("/ping", _ping), web.get("/", self._answer), web.post("/", self._answer)])
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()

    async def stop(self) -> None:
        """Stop listening and wait for statements that run."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._threads.shutdown()

    async def _answer(self, request: web.Request) -> web.Response:
        """Answer one statement."""
        started = monotonic()
        outcome = "ok"
        try:
            statement = await _read_statement(request)
            if statement is None:
                return web.Response(text="Ok.\n")
            if statement.sql.strip().rstrip(";") == _HELLO:
                return _reply(request, Answer(hello(), "Native", 0, 0), statement.tag)
            return _reply(request, await self._run(statement), statement.tag)
        except StatementError as error:
            outcome = "refused" if _STATUS.get(error.code) == 403 else "failed"  # noqa: PLR2004 HTTP's Forbidden
            return _refusal(error)
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            self.on_query(outcome, monotonic() - started)

    async def _run(self, statement: Statement) -> Answer:
        """Run in a thread, at most so many at a time; a client that goes away ends its statement."""
        if self._engine is None or self._turns is None:
            raise AssertionError("start() was not called")
        async with self._turns:
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._threads, self._engine.run, statement)
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.to_thread(self._engine.cancel, statement.tag)
                await asyncio.gather(running, return_exceptions=True)
                raise


async def _ping(_: web.Request) -> web.Response:
    """Say that the door is open."""
    return web.Response(text="Ok.\n")


async def _read_statement(request: web.Request) -> Statement | None:
    """Read a statement from the address and the body, which are joined as ClickHouse does; None when there is none."""
    query = request.query
    if query.get("compress") == "1":
        raise StatementError(1, "Code: 1. DB::Exception: compress=1 is not served here: use HTTP compression or none.")
    if request.headers.get("Content-Encoding", "") == "lz4":  # clients compress the data of an insert, never a query
        refused = error_text(READONLY_CODE, f"{READ_ONLY}: INSERT is not reading. (READONLY)")
        raise StatementError(READONLY_CODE, refused)
    body = (await request.read()).decode(errors="replace")
    parts = [part for part in (query.get("query", ""), body) if part.strip()]
    if not parts:
        return None
    headers = request.headers
    return Statement(
        sql="\n".join(parts),
        database=_database(query.get("database") or headers.get("X-ClickHouse-Database") or _OWN),
        default_format=query.get("default_format") or headers.get("X-ClickHouse-Format") or "TabSeparated",
        parameters=_parameters(request),
        settings={name: value for name, value in query.items() if name in _PASSED_ON},
        tag=f"door-{uuid4().hex}",
    )


def _database(name: str) -> str:
    """Serve our own database for `default`: many clients name that one unasked, and in it names of tables are paths."""
    return _OWN if name == "default" else name


def _parameters(request: web.Request) -> Mapping[str, str]:
    """Give the values of `{name:Type}` parameters, in ClickHouse's escaped form as they came."""
    return {name.removeprefix("param_"): value for name, value in request.query.items() if name.startswith("param_")}


def _reply(request: web.Request, answer: Answer, tag: str) -> web.Response:
    """Give a result with the headers that clients read."""
    summary = {"read_rows": str(answer.rows_read), "read_bytes": str(answer.bytes_read)}
    headers = {
        "X-ClickHouse-Format": answer.format,
        "X-ClickHouse-Query-Id": request.query.get("query_id", tag),
        "X-ClickHouse-Server-Display-Name": "leakstream",
        "X-ClickHouse-Summary": json.dumps(summary),
        "X-ClickHouse-Timezone": "UTC",
        "Content-Type": "application/octet-stream",
    }
    body = answer.body
    if len(body) >= _COMPRESS_FROM and "gzip" in request.headers.get("Accept-Encoding", ""):
        body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, headers=headers)


def _refusal(error: StatementError) -> web.Response:
    """Give an error as ClickHouse does: status, code in a header, text in the body."""
    headers = {"X-ClickHouse-Exception-Code": str(error.code)}
    return web.Response(text=f"{error}\n", status=_STATUS.get(error.code, _INTERNAL), headers=headers)


def hello() -> bytes:
    """Answer clickhouse-go's first query in Native, with revision 0: after it the driver expects plain Native.

    The engine's own revision would promise a block header that it does not write over this protocol.
    """
    columns = [
        ("displayName()", "String", _text("leakstream")),
        ("version()", "String", _text("26.9.2.1")),
        ("revision()", "UInt32", bytes(4)),
        ("timezone()", "String", _text("UTC")),
    ]
    head = bytes.fromhex("010002ffffffff00") + bytes([len(columns), 1])
    return head + b"".join(_text(name) + _text(kind) + b"\0" + value for name, kind, value in columns)


def _text(text: str) -> bytes:
    """Write a short string as Native does."""
    return bytes([len(text)]) + text.encode()
