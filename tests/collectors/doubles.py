"""Small doubles for the tests of the collectors: a log in memory, counters that remember, a server that misbehaves."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.model import LogPosition, ScrapedProfile, Target
from schemas.ports import LogUnavailableError, Message, Record
from schemas.wire.codec import decode_profile

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class MemoryLog:
    """Keeps what is appended; refuses the next `refusals` batches, and breaks with `mistake` when there is one."""

    messages: list[Message] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    refusals: int = 0
    mistake: Exception | None = None

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Keep a batch."""
        if self.mistake is not None:
            raise self.mistake
        if self.refusals > 0:
            self.refusals -= 1
            raise LogUnavailableError("away")
        self.batches.append(len(messages))
        self.messages += messages
        return [LogPosition(0, len(topic)) for _ in messages]

    def attempts(self) -> list[ScrapedProfile]:
        """Give what was appended, read back as a processor would."""
        return [read_back(message) for message in self.messages]


@dataclass
class Counters:
    """Remembers sums of counters, values of gauges and numbers of observations, by name and label values."""

    sums: Counter[tuple[str, ...]] = field(default_factory=Counter)
    gauges: dict[tuple[str, ...], float] = field(default_factory=dict)
    observed: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, value: float = 1.0, **labels: str) -> None:
        """Count."""
        self.sums[name, *labels.values()] += int(value)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Remember the value."""
        self.gauges[name, *labels.values()] = value

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Count the observation."""
        assert value >= 0, labels
        self.observed[name] += 1


@dataclass
class StandingClock:
    """A clock that stands."""

    moment: datetime = NOON

    def now(self) -> datetime:
        """Give the moment."""
        return self.moment


def read_back(message: Message) -> ScrapedProfile:
    """Decode a message as if it came out of the log."""
    record = Record("goroutine-profiles", LogPosition(0, 0), NOON, message.key, message.value, dict(message.headers))
    profile = decode_profile(record)
    assert isinstance(profile, ScrapedProfile), profile
    return profile


def make_target(url: str = "", *, instance: str = "a:1", interval: float = 60.0, timeout: float = 10.0) -> Target:
    """Give a target of the service `shop`."""
    labels = {"job": "shop", "service": "shop", "instance": instance}
    return Target("shop", instance, url, labels, interval, timeout)


def raw_answer(head: str, body: bytes = b"") -> Answer:
    """Give an answer that is sent as it stands, after which the connection is closed."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer


def ok_answer(body: bytes) -> Answer:
    """Give an honest answer with status 200."""
    return raw_answer(f"HTTP/1.1 200 OK\nContent-Length: {len(body)}\nConnection: close", body)


@asynccontextmanager
async def serve(answer: Answer, heads: list[bytes] | None = None) -> AsyncIterator[str]:
    """Serve one answer to every request on a port of 127.0.0.1; gives host:port. `heads` gets each request."""
    busy: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if heads is not None:
                heads.append(head)
            await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(handle(reader, writer))
        busy.add(task)
        task.add_done_callback(busy.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
        for task in list(busy):
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for a condition; fail when it does not come."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 the condition is a test's own, nothing signals it
            await asyncio.sleep(0.01)
