"""How the outbox with a spool ends: what was not sent is there for the next start, and nobody waits for long."""

import asyncio
from pathlib import Path

import pytest

from tests.collectors.doubles import NOON, Counters, until
from tests.collectors.fickle_log import FickleLog
from tests.collectors.outboxes import QUEUE, SENT, SPOOLED, dropped, make, running
from tests.collectors.spooling import Opener, drain, files_of, numbered


async def test_end_without_a_log_is_no_loss(tmp_path: Path, open_at: Opener) -> None:
    """What could not be sent is sent by the next start, before anything new."""
    log, counters, spool = FickleLog(away=True), Counters(), open_at(tmp_path)
    outbox = make(log, spool, counters)
    async with running(outbox):
        for message in numbered(0, 30):
            outbox.put(message)
    spool.close()
    assert (log.messages, dropped(counters), counters.gauges[QUEUE]) == ([], {}, 0)
    log.away, again = False, Counters()
    outbox = make(log, open_at(tmp_path), again)
    for message in numbered(30, 5):
        outbox.put(message)
    async with running(outbox):
        await until(lambda: len(log.messages) == 35)
    assert (log.messages, dropped(again)) == (numbered(0, 35), {})
    assert again.sums[SENT] >= 30


async def test_end_with_a_log_sends_the_buffer(tmp_path: Path, open_at: Opener) -> None:
    """Nothing is left for the disk."""
    log = FickleLog()
    outbox = make(log, open_at(tmp_path), Counters())
    async with running(outbox):
        for message in numbered(0, 450):
            outbox.put(message)
    assert (log.messages, files_of(tmp_path)) == (numbered(0, 450), [])


async def test_end_does_not_wait_for_a_long_spool(tmp_path: Path, open_at: Opener) -> None:
    """A batch that is on its way ends, the rest stays for the next start, with the buffer behind it."""
    log, spool = FickleLog(), open_at(tmp_path)
    spool.put(numbered(0, 1000), NOON)
    outbox = make(log, spool, Counters())
    log.gate.clear()
    async with running(outbox):
        await until(log.inside.is_set)
        outbox.put(numbered(1000, 1)[0])
        asyncio.get_running_loop().call_soon(log.gate.set)
    assert 200 <= len(log.messages) < 1000
    assert log.messages + drain(spool) == numbered(0, 1001)


async def test_end_does_not_wait_for_a_log_that_hangs(tmp_path: Path, open_at: Opener) -> None:
    """What is on its way and the buffer are in the spool while the log still says nothing; they may come twice."""
    log, counters, spool = FickleLog(), Counters(), open_at(tmp_path)
    outbox, messages = make(log, spool, counters), numbered(0, 30)
    outbox.patience_seconds = 0.0
    log.gate.clear()
    async with running(outbox) as stop:
        outbox.put(messages[0])
        await until(log.inside.is_set)
        for message in messages[1:]:
            outbox.put(message)
        stop.set()
        await until(lambda: counters.gauges.get(SPOOLED) == 30)
        log.gate.set()
    assert (drain(spool), dropped(counters), counters.gauges[QUEUE]) == (messages, {}, 0)
    assert log.messages == messages[:1]


async def test_mistake_of_the_log_ends_the_writer_and_loses_nothing(tmp_path: Path, open_at: Opener) -> None:
    """It is not retried for ever; what was on its way and what waited are in the spool, in order."""
    log, counters, spool = FickleLog(mistake=RuntimeError("broken")), Counters(), open_at(tmp_path)
    outbox = make(log, spool, counters)
    for message in numbered(0, 300):
        outbox.put(message)
    with pytest.raises(RuntimeError, match="broken"):
        await asyncio.wait_for(outbox.run(asyncio.Event()), 10)
    assert (drain(spool), dropped(counters), counters.gauges[QUEUE]) == (numbered(0, 300), {}, 0)
