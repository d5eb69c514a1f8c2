"""Records on their way into the log: bounded in bytes, written in batches by one task.

Scraping never waits for the log: when it is away the oldest records are dropped and counted, memory stays flat. A
record is either written or counted as dropped, never both: what is being written is out of reach of dropping.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from collectors.batch import append_measured, size_of, take_batch
from collectors.waiting import pause
from schemas.outcomes import Reason
from schemas.ports import Appender, LogUnavailableError, Message
from schemas.telemetry import Telemetry

_GATHER_SECONDS = 0.05
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 5.0
_LAST_ATTEMPTS = 5


@dataclass(slots=True)
class Outbox:
    """A queue of messages. `limit_bytes` bounds what waits; 256 MiB are some 10,000 typical profiles.

    `trouble` is what the log said when it could not take the last batch, empty when it could.
    """

    log: Appender
    telemetry: Telemetry
    limit_bytes: int = 256 * 2**20
    trouble: str = ""
    waits_in: str = "memory"
    _waiting: deque[Message] = field(default_factory=deque)
    _writing: list[Message] = field(default_factory=list)
    _bytes: int = 0
    _filled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: Message) -> None:
        """Add a message; the oldest ones go when there is no room."""
        self._waiting.append(message)
        self._bytes += size_of(message)
        self._make_room()
        self._filled.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Write batches until stopped and empty; give up then after a few attempts, counting what is lost."""
        waker = asyncio.create_task(self._wake_at(stop))
        try:
            while not stop.is_set():
                await self._filled.wait()
                await pause(_GATHER_SECONDS, stop)
                await self._write_all(stop)
            await self._flush()
        finally:
            waker.cancel()
            self._lose()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        """Wake the writer at the end."""
        await stop.wait()
        self._filled.set()

    async def _write_all(self, stop: asyncio.Event) -> None:
        """Write what waits, as often as it takes, until stopped."""
        wait_seconds = _FIRST_WAIT_SECONDS
        while self._waiting and not stop.is_set():
            if await self._write_batch():
                wait_seconds = _FIRST_WAIT_SECONDS
                continue
            await pause(wait_seconds, stop)
            wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)
        if not self._waiting and not stop.is_set():
            self._filled.clear()

    async def _flush(self) -> None:
        """Write what is left; give up after a few attempts in a row."""
        failures = 0
        while self._waiting and failures < _LAST_ATTEMPTS:
            failures = 0 if await self._write_batch() else failures + 1
            if failures:
                await asyncio.sleep(_FIRST_WAIT_SECONDS)

    async def _write_batch(self) -> bool:
        """Write the oldest messages; put them back, and give False, when the log cannot take them."""
        self._writing = take_batch(self._waiting)
        try:
            left_out = await append_measured(self.log, self.telemetry, self._writing)
        except LogUnavailableError as error:
            self.trouble = str(error) or "the log is unavailable"
            self._waiting.extendleft(reversed(self._writing))
            self._writing = []
            self._make_room()
            return False
        self.trouble = ""
        if left_out:
            self.telemetry.add("leakstream_dropped_total", left_out, stage="collect", reason=Reason.TOO_LARGE.value)
        self._bytes -= sum(map(size_of, self._writing))
        self._writing = []
        self._make_room()
        return True

    def _make_room(self) -> None:
        """Drop the oldest waiting messages, but for the newest, down to the limit; show how much is held."""
        while self._bytes > self.limit_bytes and len(self._waiting) > 1:
            self._drop_oldest()
        self.telemetry.set("leakstream_collect_queue_bytes", self._bytes)

    def _lose(self) -> None:
        """Drop what could not be written before the end."""
        self._waiting.extendleft(reversed(self._writing))
        self._writing = []
        while self._waiting:
            self._drop_oldest()
        self.telemetry.set("leakstream_collect_queue_bytes", self._bytes)

    def _drop_oldest(self) -> None:
        """Drop one message, and count it."""
        self._bytes -= size_of(self._waiting.popleft())
        self.telemetry.add("leakstream_dropped_total", stage="collect", reason=Reason.LOG_UNAVAILABLE.value)
