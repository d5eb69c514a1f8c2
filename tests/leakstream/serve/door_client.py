"""A client that says exactly what a test wants to say, and shows exactly what came back."""

import gzip
import http.client
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """ClickHouse's code of the error, '' for none; an error in the middle of a result stands at its end."""
        end = re.search(rb"\r\n__exception__\r\n\w+\r\nCode: (\d+)\. .*__exception__\r\n\Z", self.body, re.DOTALL)
        return self.headers.get("x-clickhouse-exception-code") or (end[1].decode() if end else "")

    @property
    def text(self) -> str:
        """The body, unpacked."""
        return (gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body).decode()


@dataclass(frozen=True, slots=True)
class DoorClient:
    """Talks to the door at a local port. `outcomes`, complete once its program ended, is what it said."""

    port: int
    outcomes: list[str] = field(default_factory=list)

    def send(
        self, method: str, parameters: Mapping[str, str], body: bytes | None, headers: Mapping[str, str]
    ) -> http.client.HTTPConnection:
        """Send a request and give the connection, not yet read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, "/?" + urlencode(parameters), body, dict(headers))
        return connection

    def ask(
        self, body: str | bytes | None = None, headers: Mapping[str, str] | None = None, /, **parameters: str
    ) -> Reply:
        """GET without a body, POST with one; a reply that was cut is given as far as it came."""
        sent = body.encode() if isinstance(body, str) else body
        connection = self.send("GET" if sent is None else "POST", parameters, sent, headers or {})
        try:
            reply = connection.getresponse()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            try:
                return Reply(reply.status, headers, reply.read())
            except http.client.IncompleteRead as cut:
                return Reply(reply.status, headers, cut.partial)
        finally:
            connection.close()


@contextmanager
def open_door(path: Path, *users: str, program: str = "door_program") -> Iterator[DoorClient]:
    """Run a program on a directory, with users as it reads them, and end it in order."""
    command = [sys.executable, "-m", f"tests.leakstream.serve.{program}", str(path), *users]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        client = DoorClient(int(process.stdout.readline()))
        yield client
        process.stdin.close()
        *outcomes, last = process.stdout.read().splitlines()
        client.outcomes.extend(outcomes)
    if (last, process.returncode) != ("ended", 0):
        raise AssertionError(f"the program ended badly: {last}, {process.returncode}")
