"""Records on their way into a log that may be away: a small buffer in memory, and behind it a spool on disk.

Rule 1: one order. What is being sent is older than the spool, the spool is older than the buffer. A batch that goes
straight to the log keeps its place at the head of the spool, and goes there when the log does not take it.
Rule 2: while anything is in the spool, messages go behind it; only an empty spool is passed by.
Rule 3: scraping waits for nothing. Files are touched in threads, the buffer goes to the spool as soon as it is half
full, and should even that be too slow, the oldest message of the buffer is dropped and counted.
Rule 4: at the end the buffer goes to the log, or to the spool for the next start: neither is a drop. A batch that the
log keeps waiting then goes to the spool as well, before somebody loses patience with the process: it may come twice.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from collectors.batch import BATCH_BYTES, BATCH_RECORDS, append_measured, size_of, take_batch
from collectors.spool import Losses, Spool, SpoolState, SpoolUnavailableError
from collectors.waiting import pause
from schemas.outcomes import Reason
from schemas.ports import Appender, Clock, LogUnavailableError, Message
from schemas.telemetry import Telemetry

BUFFER_BYTES = 64 * 2**20

_GATHER_SECONDS = 0.05
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 5.0
_T = TypeVar("_T")


@dataclass(slots=True)
class SpooledOutbox:
    """A queue of messages in two parts. `limit_bytes` bounds the part in memory, what is being sent included.

    `trouble` is what the log said when it could not take the last batch, empty when it could. `patience_seconds` is how
    long the end waits for the log.
    """

    log: Appender
    spool: Spool
    clock: Clock
    telemetry: Telemetry
    limit_bytes: int = BUFFER_BYTES
    patience_seconds: float = 5.0
    trouble: str = ""
    waits_in: str = "spool"
    _spool_trouble: str = ""
    _waiting: deque[Message] = field(default_factory=deque)
    _bytes: int = 0
    _spooling: bool = False
    _passing: tuple[Sequence[Message], int, datetime] | None = None
    _filled: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def put(self, message: Message) -> None:
        """Add a message; it waits for nothing."""
        self._waiting.append(message)
        self._bytes += size_of(message)
        while self._bytes > self.limit_bytes and len(self._waiting) > 1:
            self._bytes -= size_of(self._waiting.popleft())
            self._drop(Reason.BUFFER_FULL, 1)
        self._show_buffer()
        self._filled.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until stopped; then send the buffer, or put it into the spool."""
        ended = asyncio.Event()

        def end(_: object) -> None:
            ended.set()
            self._filled.set()

        waker = asyncio.create_task(stop.wait())
        waker.add_done_callback(end)
        state = await self._on_disk(lambda: self.spool.state(self.clock.now()))
        self._spooling = state.records > 0
        tasks = [asyncio.create_task(self._send_until(ended)), asyncio.create_task(self._spill_until(ended))]
        for task in tasks:
            task.add_done_callback(end)
        try:
            await ended.wait()
            await asyncio.wait(tasks, timeout=self.patience_seconds)
            await self._secure()
            await asyncio.wait(tasks)
            for task in tasks:
                task.result()
        finally:
            waker.cancel()
            await self._secure()

    async def _send_until(self, ended: asyncio.Event) -> None:
        """Send batch after batch, in the end those of the buffer; wait longer and longer while they are refused."""
        wait_seconds = _FIRST_WAIT_SECONDS
        while not ended.is_set():
            sent = await self._send_next()
            if sent is None:
                await pause(wait_seconds, ended)
                wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)
                continue
            wait_seconds = _FIRST_WAIT_SECONDS
            if not sent:
                await self._filled.wait()
                await pause(_GATHER_SECONDS, ended)
        while self._waiting and not self._spooling:
            await self._send_next()

    async def _spill_until(self, ended: asyncio.Event) -> None:
        """Put the buffer into the spool whenever it has to go behind it, or becomes too full to wait for the log."""
        while not ended.is_set():
            await self._filled.wait()
            await pause(_GATHER_SECONDS, ended)
            if self._spooling or self._bytes > self.limit_bytes // 2:
                await self._spill()

    async def _spill(self) -> None:
        """Put the buffer into the spool."""
        async with self._turn:
            batch = list(self._waiting)
            self._waiting.clear()
            self._filled.clear()
            if not batch:
                return
            self._spooling = True
            await self._on_disk(lambda: self.spool.put(batch, self.clock.now()))
            self._forget(batch)

    async def _secure(self) -> None:
        """Put all that is only in memory into the spool, what is on its way past the spool included."""
        async with self._turn:
            if self._passing is not None:
                passing, self._passing, self._spooling = self._passing, None, True
                await self._on_disk(lambda: self.spool.put_first(*passing))
        await self._spill()

    async def _send_next(self) -> int | None:
        """Send the oldest batch; give how many messages were in it, None when they could not be sent."""
        try:
            async with self._turn:
                batch, place = await self._take()
        except SpoolUnavailableError as error:
            self._tell_trouble(str(error))
            return None
        if not batch:
            return 0
        try:
            left_out = await append_measured(self.log, self.telemetry, batch)
        except LogUnavailableError as error:
            self.trouble = str(error) or "the log is unavailable"
            await self._give_back(batch, place)
            return None
        except Exception:
            await self._give_back(batch, place)
            raise
        self.trouble = ""
        await self._finish(batch, place, left_out)
        return len(batch)

    async def _take(self) -> tuple[Sequence[Message], int | None]:
        """Take the oldest batch: from the spool, or with its place there from the buffer when the spool is empty."""
        limit_bytes = min(BATCH_BYTES, self.limit_bytes // 4)
        if self._spooling:
            batch: Sequence[Message] = await self._on_disk(lambda: self._peek(limit_bytes))
            if batch:
                self._bytes += sum(map(size_of, batch))
                return batch, None
            self._spooling = False
        batch = take_batch(self._waiting, limit_bytes)
        if not self._waiting:
            self._filled.clear()
        if not batch:
            return (), None
        place = self.spool.keep_place(len(batch))
        self._passing = batch, place, self.clock.now()
        return batch, place

    def _peek(self, limit_bytes: int) -> Sequence[Message]:
        """Look at the head of the spool, after what is too old is gone."""
        self.spool.trim(self.clock.now())
        return self.spool.peek(BATCH_RECORDS, limit_bytes)

    async def _give_back(self, batch: Sequence[Message], place: int | None) -> None:
        """Leave what was not sent at the head of the spool."""
        async with self._turn:
            passing, self._passing, self._spooling = self._passing, None, True
            if place is None:
                await self._on_disk(lambda: self.spool.done(0))
            elif passing is not None:
                await self._on_disk(lambda: self.spool.put_first(*passing))
            self._forget(batch)

    async def _finish(self, batch: Sequence[Message], place: int | None, left_out: int) -> None:
        """Forget what was sent."""
        if left_out:
            self._drop(Reason.TOO_LARGE, left_out)
        if place is None:
            async with self._turn:
                await self._on_disk(lambda: self.spool.done(len(batch)))
            self.telemetry.add("leakstream_spool_sent_total", len(batch) - left_out)
        self._passing = None
        self._forget(batch)

    def _forget(self, batch: Sequence[Message]) -> None:
        """Let go of a batch that is in the log or in the spool."""
        self._bytes -= sum(map(size_of, batch))
        self._show_buffer()

    async def _on_disk(self, work: Callable[[], _T]) -> _T:
        """Do something with files in a thread; tell afterwards what it cost and how the spool stands."""

        def run() -> tuple[_T, Losses, SpoolState]:
            result = work()
            return result, self.spool.take_losses(), self.spool.state(self.clock.now())

        result, losses, state = await asyncio.to_thread(run)
        self._tell(losses, state)
        return result

    def _tell(self, losses: Losses, state: SpoolState) -> None:
        """Count and log what was lost, show what waits."""
        for reason, count in losses.dropped.items():
            self._drop(reason, count)
        for problem in losses.problems:
            self.telemetry.add("leakstream_spool_damage_total")
            structlog.get_logger().error("the spool is damaged", problem=str(problem))
        self.telemetry.set("leakstream_spool_records", state.records)
        self.telemetry.set("leakstream_spool_bytes", state.bytes)
        self.telemetry.set("leakstream_spool_oldest_seconds", state.oldest_seconds)
        self._tell_trouble(state.trouble)

    def _tell_trouble(self, trouble: str) -> None:
        """Log when the disk stops or begins to work."""
        if trouble == self._spool_trouble:
            return
        self._spool_trouble = trouble
        logger = structlog.get_logger()
        if trouble:
            logger.error("the spool does not work", error=trouble)
        else:
            logger.info("the spool works again")

    def _drop(self, reason: Reason, count: int) -> None:
        """Count messages that will not be sent."""
        self.telemetry.add("leakstream_dropped_total", count, stage="collect", reason=reason.value)

    def _show_buffer(self) -> None:
        """Show what is held in memory."""
        self.telemetry.set("leakstream_collect_queue_bytes", self._bytes)
