"""One service of the live corpus: started, asked how often its pattern was called, and ended with all it began."""

import asyncio
import contextlib
import json
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from schemas.ports import Clock


@dataclass(frozen=True, slots=True)
class Order:
    """What a service is asked to do; times in seconds, `load` in ordinary requests a second."""

    pattern: str
    twin: str
    rate: str
    load: float
    after_seconds: float

    def flags(self) -> list[str]:
        """Give the program's arguments."""
        settings = {"pattern": self.pattern, "twin": self.twin, "rate": self.rate, "load": self.load}
        return [*(f"-{name}={value}" for name, value in settings.items()), f"-after={self.after_seconds}s"]


@dataclass(slots=True)
class Running:
    """A service that listens. `calls_began` is None until its pattern is called."""

    address: str
    started: datetime
    calls_began: datetime | None = None
    ended: bool = False

    async def count_calls(self, session: aiohttp.ClientSession) -> dict[str, Any]:
        """Ask how many calls were begun, and which Go runs it; empty when it does not answer."""
        try:
            async with session.get(f"http://{self.address}/calls") as answer:
                told: dict[str, Any] = json.loads(await answer.read())
        except (aiohttp.ClientError, ValueError):
            return {}
        return told


@asynccontextmanager
async def run_service(binary: Path, order: Order, clock: Clock) -> AsyncIterator[Running]:
    """Run a service; it ends with the block, and with this process, because it reads our end of a pipe.

    Raises ValueError when it refuses the order. It is a session of its own, so that what it started ends with it.
    """
    started = clock.now()
    process = await asyncio.create_subprocess_exec(
        str(binary), *order.flags(), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    try:
        if process.stdout is None:
            raise ValueError("a service without output")
        greeting, _, address = (await process.stdout.readline()).decode().strip().partition(" ")
        if greeting != "listening":
            raise ValueError(f"the service refuses {' '.join(order.flags())}")
        running = Running(address, started)
        listener = asyncio.create_task(_heed(process, running, clock))
        yield running
        listener.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _heed(process: Process, running: Running, clock: Clock) -> None:
    """Note when the calls begin, and when the service ends by itself."""
    if process.stdout is not None:
        if await process.stdout.readline():
            running.calls_began = clock.now()
        await process.stdout.read()
    running.ended = True
