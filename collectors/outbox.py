"""Records on their way into the log: bounded in bytes, written in batches by one task.

Scraping never waits for the log: when it is away the oldest records are dropped and counted, memory stays flat.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from schemas.outcomes import Reason
from schemas.ports import Log, LogUnavailableError, Message
from schemas.telemetry import Telemetry
from schemas.wire.codec import PROFILES_TOPIC

_BATCH_RECORDS = 200
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 5.0
_FLUSH_ATTEMPTS = 5


@dataclass(slots=True)
class Outbox:
    """A queue of messages. `limit_bytes` bounds what waits; 256 MiB are some 10,000 typical profiles."""

    log: Log
    telemetry: Telemetry
    limit_bytes: int = 256 * 2**20
    _waiting: deque[Message] = field(default_factory=deque)
    _bytes: int = 0
    _filled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: Message) -> None:
        """Add a message; the oldest ones go when there is no room."""
        self._waiting.append(message)
        self._bytes += _size(message)
        while self._bytes > self.limit_bytes and len(self._waiting) > 1:
            self._bytes -= _size(self._waiting.popleft())
            self.telemetry.add("leakstream_dropped_total", stage="collect", reason=Reason.LOG_UNAVAILABLE.value)
        self._tell()

    async def run(self, stop: asyncio.Event) -> None:
        """Write batches until stopped and empty; give up then after a few attempts, counting what is lost."""
        wait_seconds, failures = _FIRST_WAIT_SECONDS, 0
        while not (stop.is_set() and not self._waiting):
            await self._wait(stop)
            batch = [self._waiting[index] for index in range(min(_BATCH_RECORDS, len(self._waiting)))]
            if not batch:
                continue
            try:
                await asyncio.to_thread(self.log.append, PROFILES_TOPIC, batch)
            except LogUnavailableError:
                failures += 1
                if stop.is_set() and failures >= _FLUSH_ATTEMPTS:
                    self._lose()
                await asyncio.sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)
                continue
            wait_seconds, failures = _FIRST_WAIT_SECONDS, 0
            self._forget(batch)

    async def _wait(self, stop: asyncio.Event) -> None:
        """Wait for a message or for the end."""
        if self._waiting or stop.is_set():
            return
        self._filled.clear()
        waits = [asyncio.ensure_future(self._filled.wait()), asyncio.ensure_future(stop.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for waiting in waits:
            waiting.cancel()

    def _forget(self, batch: list[Message]) -> None:
        """Take a written batch out; messages that were dropped meanwhile are gone already."""
        written = set(map(id, batch))
        while self._waiting and id(self._waiting[0]) in written:
            self._bytes -= _size(self._waiting.popleft())
        self._tell()

    def _lose(self) -> None:
        """Drop what could not be written before the end."""
        lost, reason = len(self._waiting), Reason.LOG_UNAVAILABLE.value
        self.telemetry.add("leakstream_dropped_total", lost, stage="collect", reason=reason)
        self._waiting.clear()
        self._bytes = 0

    def _tell(self) -> None:
        """Show how much waits, and wake the writer."""
        self.telemetry.set("leakstream_collect_queue_bytes", self._bytes)
        self._filled.set()


def _size(message: Message) -> int:
    """Give the bytes that a message holds."""
    return len(message.key) + len(message.value or b"")
