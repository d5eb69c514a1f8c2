"""What the tests of the outbox with a spool share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from collectors.spool import Spool
from collectors.spooled_outbox import SpooledOutbox
from tests.collectors.doubles import Counters, StandingClock
from tests.collectors.fickle_log import FickleLog

SPOOLED, SENT = ("leakstream_spool_records",), ("leakstream_spool_sent_total",)
QUEUE = ("leakstream_collect_queue_bytes",)


@dataclass
class HighWater(Counters):
    """Counters that remember the most that was ever in the buffer."""

    most_bytes: float = 0.0

    def set(self, name: str, value: float, **labels: str) -> None:
        """Remember the value, and whether it is the highest."""
        super().set(name, value, **labels)
        if name == "leakstream_collect_queue_bytes":
            self.most_bytes = max(self.most_bytes, value)


def make(log: FickleLog, spool: Spool, counters: Counters, *, limit_bytes: int = 2**20) -> SpooledOutbox:
    """Give an outbox on a clock that stands."""
    return SpooledOutbox(log, spool, StandingClock(), counters, limit_bytes)


@asynccontextmanager
async def running(outbox: SpooledOutbox) -> AsyncIterator[asyncio.Event]:
    """Let it run; stop it in the end, and wait until it ended."""
    stop = asyncio.Event()
    writer = asyncio.create_task(outbox.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(writer, 20)


def dropped(counters: Counters) -> dict[str, int]:
    """Give what was dropped, by reason."""
    return {name[2]: count for name, count in counters.sums.items() if name[0] == "leakstream_dropped_total"}
