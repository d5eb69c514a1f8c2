"""What the outbox promises: every message is written or counted, in order, within bounded memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from collectors.outbox import Outbox
from schemas.ports import Message
from tests.collectors.doubles import Counters, MemoryLog, until
from tests.collectors.fickle_log import FickleLog

_DROPPED = ("leakstream_dropped_total", "collect", "log_unavailable")
_QUEUE = ("leakstream_collect_queue_bytes",)


def numbered(count: int, size: int = 10) -> list[Message]:
    """Give messages of `size` bytes that tell their number."""
    return [Message(b"s", str(number).encode().rjust(size - 1)) for number in range(count)]


@asynccontextmanager
async def running(outbox: Outbox) -> AsyncIterator[None]:
    """Let the writer run; stop it in the end, and wait until it ended."""
    stop = asyncio.Event()
    writer = asyncio.create_task(outbox.run(stop))
    yield
    stop.set()
    await asyncio.wait_for(writer, 20)


async def test_messages_arrive_in_order_in_batches() -> None:
    """Two hundred at a time, none twice, and nothing is held in the end."""
    log, counters = MemoryLog(), Counters()
    outbox = Outbox(log, counters)
    messages = numbered(450)
    async with running(outbox):
        for message in messages:
            outbox.put(message)
    assert (log.messages, log.batches, counters.gauges[_QUEUE]) == (messages, [200, 200, 50], 0)


async def test_batch_is_bounded_in_bytes() -> None:
    """A message larger than a batch travels alone."""
    log = MemoryLog()
    outbox = Outbox(log, Counters())
    async with running(outbox):
        for message in numbered(3, 12 * 2**20) + numbered(2):
            outbox.put(message)
    assert log.batches == [1, 1, 3]


async def test_log_that_comes_back_gets_everything() -> None:
    """What was refused is written again, before what came later; the trouble is over then."""
    log = MemoryLog(refusals=2)
    outbox = Outbox(log, Counters())
    messages = numbered(3)
    async with running(outbox):
        outbox.put(messages[0])
        await until(lambda: outbox.trouble == "away")
        outbox.put(messages[1])
        await until(lambda: log.messages == messages[:2])
        assert outbox.trouble == ""
        outbox.put(messages[2])
    assert log.messages == messages


async def test_full_outbox_drops_the_oldest_and_counts() -> None:
    """What is held never exceeds the limit by more than the newest."""
    counters = Counters()
    outbox = Outbox(MemoryLog(), counters, limit_bytes=100)
    for message in numbered(25):
        outbox.put(message)
        assert counters.gauges[_QUEUE] <= 100
    assert counters.sums == {_DROPPED: 15}


async def test_every_message_is_written_or_dropped_never_both() -> None:
    """While the log comes and goes and the room is small, what is written and what is counted add up."""
    log, counters = MemoryLog(refusals=1), Counters()
    outbox = Outbox(log, counters, limit_bytes=100)
    messages = numbered(60)
    async with running(outbox):
        for index, message in enumerate(messages):
            outbox.put(message)
            if index % 7 == 0:
                await asyncio.sleep(0.01)
            if index == 30:
                log.refusals += 1
    values = [message.value for message in log.messages]
    assert values == sorted(set(values), key=lambda value: int(value or b""))
    assert len(values) + counters.sums[_DROPPED] == len(messages)
    assert counters.gauges[_QUEUE] == 0


async def test_what_cannot_be_written_in_the_end_is_counted() -> None:
    """The end does not wait for ever."""
    log, counters = MemoryLog(refusals=1000), Counters()
    outbox = Outbox(log, counters)
    async with running(outbox):
        for message in numbered(3):
            outbox.put(message)
    assert (log.messages, counters.sums, counters.gauges[_QUEUE]) == ([], {_DROPPED: 3}, 0)


async def test_message_too_large_for_the_log_costs_only_itself() -> None:
    """It is counted with its own reason; the rest of the batch goes on."""
    log, counters = FickleLog(largest_bytes=50), Counters()
    outbox = Outbox(log, counters)
    batch = [*numbered(2), Message(b"s", b"x" * 51), *numbered(1)]
    async with running(outbox):
        for message in batch:
            outbox.put(message)
    assert (log.messages, counters.gauges[_QUEUE]) == ([*batch[:2], batch[3]], 0)
    assert counters.sums == {("leakstream_dropped_total", "collect", "too_large"): 1}


async def test_mistake_of_the_log_ends_the_writer() -> None:
    """It is not retried for ever; what was on its way is counted."""
    log, counters = MemoryLog(mistake=RuntimeError("broken")), Counters()
    outbox = Outbox(log, counters)
    outbox.put(numbered(1)[0])
    with pytest.raises(RuntimeError, match="broken"):
        await asyncio.wait_for(outbox.run(asyncio.Event()), 10)
    assert (counters.sums, counters.gauges[_QUEUE]) == ({_DROPPED: 1}, 0)
