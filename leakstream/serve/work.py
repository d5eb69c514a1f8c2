"""Runs statements in threads of their own, so many at a time, and ends those that nobody waits for any more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

from leakstream.serve.engine import Engine, Limits, Statement
from leakstream.serve.handle import StatementError
from leakstream.serve.hello import hello, is_hello
from leakstream.serve.protocol import TOO_MANY_QUERIES, Request
from leakstream.serve.reading import Reading

_ENDING_SECONDS = 0.1
"""How long to wait before a statement is ended again: the first time it may not have begun."""

T = TypeVar("T")


@dataclass(slots=True)
class Work:
    """The threads and the turns. `waiting` is how many wait for a turn now."""

    engine: Engine
    limits: Limits
    threads: ThreadPoolExecutor = field(init=False)
    turns: asyncio.Semaphore = field(init=False)
    waiting: int = 0

    def __post_init__(self) -> None:
        # One more than run at a time: ending a statement needs a thread while all others are taken.
        self.threads = ThreadPoolExecutor(self.limits.running + 1, thread_name_prefix="door")
        self.turns = asyncio.Semaphore(self.limits.running)

    @asynccontextmanager
    async def begin(self, request: Request, statement: Statement) -> "AsyncIterator[Reading]":
        """Begin a statement when its turn comes, and end it in the end; raises StatementError."""
        async with self._turn(statement.limits.seconds):
            answers = iter((hello(self.engine.version),)) if is_hello(statement) else self.engine.run(statement)
            reading = Reading(request, answers)
            try:
                await self.call(request.tag, reading.begin)
                yield reading
            except BaseException:
                reading.held.close()
                raise
            finally:
                await asyncio.shield(self._run(reading.close))

    async def call(self, tag: str, work: Callable[[], T]) -> T:
        """Do a part of the work on a statement; a client that goes away meanwhile ends the statement."""
        running = self._run(work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await self._end(tag, running)
            raise

    async def close(self) -> None:
        """Wait for the threads."""
        await asyncio.to_thread(self.threads.shutdown)

    def _run(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Start work in a thread."""
        return asyncio.get_running_loop().run_in_executor(self.threads, work)

    @asynccontextmanager
    async def _turn(self, seconds: float) -> "AsyncIterator[None]":
        """Wait for a turn; raises StatementError when too many wait already, or for too long."""
        if self.turns.locked() and self.waiting >= self.limits.waiting:
            raise self._too_many()
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self.turns.acquire()
        except TimeoutError:
            raise self._too_many() from None
        finally:
            self.waiting -= 1
        try:
            yield
        finally:
            self.turns.release()

    def _too_many(self) -> StatementError:
        """Say that the door is full."""
        return StatementError(
            TOO_MANY_QUERIES,
            f"Too many simultaneous queries: {self.limits.running} run and {self.waiting} wait; try again later. "
            "(TOO_MANY_SIMULTANEOUS_QUERIES)",
        )

    async def _end(self, tag: str, running: "asyncio.Future[T]") -> None:
        """End a statement in the engine, which does not notice by itself that nobody waits."""
        while not running.done():
            with suppress(StatementError):
                await self._run(lambda: self.engine.cancel(tag))
            await asyncio.wait({running}, timeout=_ENDING_SECONDS)
        running.exception()
