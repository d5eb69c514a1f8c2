"""An HTTP proxy before a store that spoils inserts, one way at a time: what a network and servers do to a writer.

It forwards everything else. `fault` is set by the test; `spoiled` counts how often it struck.
"""

import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection, as a process that dies does."""


_CUT = b"HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"


class Deed(StrEnum):
    """What the proxy does to an insert."""

    ANSWER = "answers itself, the store sees nothing"
    COMMIT_AND_ANSWER = "lets the store take it, and answers something else"
    RESET_IN_THE_REQUEST = "resets while the rows come"
    RESET_AFTER_COMMIT = "lets the store take it, and resets before the answer"
    CUT_THE_ANSWER = "lets the store take it, and resets within the answer"
    HANG = "lets the store take it, and never answers"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to spoil inserts. `code` is ClickHouse's; 0 is an answer that is not ClickHouse's."""

    deed: Deed
    status: int = 500
    code: int = 0
    body: str = ""
    kind: str = "text/plain"


class Proxy(ThreadingHTTPServer):
    """Listens on a free port before another one."""

    daemon_threads = True

    def __init__(self, behind: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.fault: Fault | None = None
        self.spoiled = 0
        self.ending = threading.Event()

    @property
    def url(self) -> str:
        """Give its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Forward."""
        self._answer(*self._forward(b""))

    def do_POST(self) -> None:
        """Forward, or spoil it when it is an insert and a fault is set."""
        fault = self.server.fault
        length = int(self.headers.get("Content-Length", 0))
        if fault is not None and fault.deed is Deed.RESET_IN_THE_REQUEST:
            body = self.rfile.read(length // 2)
            if self._inserts(body):
                self.server.spoiled += 1
                self._reset()
                return
            body += self.rfile.read(length - len(body))
        else:
            body = self._read(length)
        if fault is None or not self._inserts(body):
            self._answer(*self._forward(body))
            return
        self.server.spoiled += 1
        self._spoil(fault, body)

    def _spoil(self, fault: Fault, body: bytes) -> None:
        """Do the deed."""
        if fault.deed is not Deed.ANSWER:
            self._forward(body)
        if fault.deed is Deed.HANG:
            self.server.ending.wait()
        if fault.deed in {Deed.RESET_AFTER_COMMIT, Deed.HANG}:
            self._reset()
        elif fault.deed is Deed.CUT_THE_ANSWER:
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\nX-ClickHouse-Query-Id: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"
            )
            self.wfile.flush()
            self._reset()
        else:
            headers = {"Content-Type": fault.kind}
            if fault.code:
                headers["X-ClickHouse-Exception-Code"] = str(fault.code)
            self._answer(fault.status, headers, fault.body.encode())

    def _read(self, length: int) -> bytes:
        """Read a body, sent whole or in chunks."""
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(length)
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _inserts(self, body: bytes) -> bool:
        """Say whether this is an insert."""
        asked = dict(parse_qsl(urlsplit(self.path).query)).get("query", "").encode() or body
        return asked.lstrip()[:6].upper() == b"INSERT"

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Ask the store."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.behind)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_HOP}
        connection.request(self.command, self.path, body, kept)
        answer = connection.getresponse()
        told = {name: value for name, value in answer.getheaders() if name.lower() not in _OF_THE_HOP}
        result = answer.status, told, answer.read()
        connection.close()
        return result

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _reset(self) -> None:
        """Close so that the other side sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.connection.close()
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Take requests until the connection is closed, by whomever."""
        try:
            super().handle()
        except (OSError, ValueError):
            self.close_connection = True

    def finish(self) -> None:
        """Let go of a connection that may be closed already."""
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True


_OF_THE_HOP = frozenset({"connection", "content-length", "transfer-encoding", "host", "keep-alive", "date", "server"})


@contextmanager
def running_proxy(behind: int) -> Iterator[Proxy]:
    """Run a proxy before a port."""
    proxy = Proxy(behind)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.ending.set()
        proxy.shutdown()
        thread.join()
        proxy.server_close()
