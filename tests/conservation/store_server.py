"""A stand-in for a ClickHouse server that takes writes: its HTTP protocol over the embedded engine, with faults.

No package has a ClickHouse server, and the product's own door is read-only; several processors need one store. The
engine and the client library are the real ones. Faults are set by `POST /fault/<kind>`:
`none`, `refuse` (inserts are answered with TOO_MANY_PARTS), `slow` (every statement waits), `deaf` (inserts take hold
and are never acknowledged).

    python -m tests.conservation.store_server FOLDER PORT
"""

import sys
import tempfile
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import chdb

_SLOW_SECONDS = 1.0
_NO_SETTINGS = frozenset(
    {
        "query",
        "database",
        "default_format",
        "wait_end_of_query",
        "session_id",
        "query_id",
        "client_protocol_version",
        "compress",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "enable_http_compression",
    }
)
_connect: Callable[[str], Any] = chdb.connect


class Server(ThreadingHTTPServer):
    """Holds the engine of one folder open."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.folder = folder
        self.engine = _connect(str(folder))
        self.fault = "none"
        self.pause = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """One statement a request, on a handle of its own."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a ping, or a statement in the address."""
        if urlsplit(self.path).path == "/ping":
            self.answer(200, b"Ok.\n")
        else:
            self.run(b"")

    def do_POST(self) -> None:
        """Run a statement, or set a fault."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path).path.split("/")
        if parts[1] == "fault":
            self.server.fault = parts[2]
            self.answer(200, b"Ok.\n")
        else:
            self.run(body)

    def run(self, body: bytes) -> None:
        """Run one statement as the fault of the moment allows."""
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        sql = query.get("query", "")
        data = body if sql else b""
        sql = sql or body.decode()
        inserting = sql.lstrip()[:6].upper() == "INSERT"
        if self.server.fault == "slow":
            self.server.pause.wait(_SLOW_SECONDS)
        if self.server.fault == "refuse" and inserting:
            self.fail("Code: 252. DB::Exception: Too many parts. (TOO_MANY_PARTS)")
            return
        try:
            result, used = self.execute(sql, data, query)
        except (RuntimeError, ValueError, OSError) as error:
            self.fail(str(error))
            return
        if self.server.fault == "deaf" and inserting:
            self.close_connection = True
            return
        told = {"X-ClickHouse-Query-Id": query.get("query_id", "unnamed"), "X-ClickHouse-Timezone": "UTC"}
        self.answer(200, result, {**told, "X-ClickHouse-Format": used})

    def execute(self, sql: str, data: bytes, query: dict[str, str]) -> tuple[bytes, str]:
        """Run it on a fresh handle; the data of an insert goes through a file."""
        handle = _connect(str(self.server.folder))
        try:
            for name, value in query.items():
                if name not in _NO_SETTINGS and not name.startswith("param_"):
                    handle.query(f"SET {name} = '{value}'")
            if database := query.get("database"):
                handle.query(f"USE `{database}`")
            used = self.headers.get("X-ClickHouse-Format") or query.get("default_format") or "TabSeparated"
            parameters = {name[6:]: value for name, value in query.items() if name.startswith("param_")}
            if data:
                return insert(handle, sql, data, self.headers.get("Content-Encoding", "")), used
            result = handle.query(sql, used, params=parameters or None)
            return result.bytes(), used
        finally:
            handle.close()

    def fail(self, text: str) -> None:
        """Answer as ClickHouse does."""
        code = text.partition("Code: ")[2].partition(".")[0] or "1000"
        self.answer(500, text.encode(), {"X-ClickHouse-Exception-Code": code})

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Answer in one write."""
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def insert(handle: Any, sql: str, data: bytes, encoding: str) -> bytes:
    """Insert data that came with a statement `INSERT INTO t (…) FORMAT f`."""
    head, _, kind = sql.rpartition("FORMAT")
    with tempfile.NamedTemporaryFile(suffix=f".{encoding}" if encoding else "") as file:
        file.write(data)
        file.flush()
        handle.query(f"{head} FROM INFILE '{file.name}' FORMAT {kind}")
    return b""


def main() -> None:
    """Serve until killed."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder, port)
    print("listening", server.server_address[1], flush=True)  # noqa: T201 the one who started it reads it
    server.serve_forever()


if __name__ == "__main__":
    main()
