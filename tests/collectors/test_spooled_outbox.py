"""What the outbox with a spool promises: one order, nothing lost while the log is away, little memory."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from collectors.batch import size_of
from collectors.spool import Spool
from collectors.spooled_outbox import SpooledOutbox
from schemas.model import FailureReason, ScrapedProfile
from schemas.ports import Message
from schemas.wire.codec import encode_profile
from tests.collectors.doubles import NOON, Counters, StandingClock, read_back, until
from tests.collectors.fickle_log import FickleLog
from tests.collectors.spooling import Opener, at, drain, files_of, numbered

_SPOOLED, _SENT = ("leakstream_spool_records",), ("leakstream_spool_sent_total",)
_QUEUE = ("leakstream_collect_queue_bytes",)


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
async def running(outbox: SpooledOutbox) -> AsyncIterator[None]:
    """Let it run; stop it in the end, and wait until it ended."""
    stop = asyncio.Event()
    writer = asyncio.create_task(outbox.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(writer, 20)


def dropped(counters: Counters) -> dict[str, int]:
    """Give what was dropped, by reason."""
    return {name[2]: count for name, count in counters.sums.items() if name[0] == "leakstream_dropped_total"}


async def test_log_that_works_needs_no_disk(tmp_path: Path, open_at: Opener) -> None:
    """Messages go straight to the log in order, and no file of records is ever made."""
    log, counters, spool = FickleLog(), Counters(), open_at(tmp_path)
    outbox, messages = make(log, spool, counters), numbered(0, 450)
    async with running(outbox):
        for message in messages:
            outbox.put(message)
        await until(lambda: len(log.messages) == 450)
    assert (log.messages, counters.sums, counters.gauges[_QUEUE]) == (messages, {}, 0)
    assert files_of(tmp_path) == []


async def test_log_that_comes_back_gets_everything_in_order(tmp_path: Path, open_at: Opener) -> None:
    """What waited in the spool, then what came while it was sent, then what came later; nothing twice."""
    log, counters, spool = FickleLog(away=True), Counters(), open_at(tmp_path)
    outbox, messages = make(log, spool, counters), numbered(0, 900)
    async with running(outbox):
        for message in messages[:500]:
            outbox.put(message)
        await until(lambda: counters.gauges.get(_SPOOLED) == 500)
        assert (outbox.trouble, counters.gauges[_QUEUE]) == ("away", 0)
        log.away = False
        for message in messages[500:]:
            outbox.put(message)
            await asyncio.sleep(0)
        await until(lambda: len(log.messages) == 900)
        assert outbox.trouble == ""
    assert (log.messages, dropped(counters), counters.gauges[_SPOOLED]) == (messages, {}, 0)
    assert 500 <= counters.sums[_SENT] <= 900
    assert files_of(tmp_path) == []


@pytest.mark.parametrize("seed", range(5))
async def test_log_that_comes_and_goes_gets_everything_once_in_order(
    tmp_path: Path, open_at: Opener, seed: int
) -> None:
    """Whatever the moments at which it goes away."""
    chance = random.Random(seed)  # noqa: S311 a schedule, no secret
    log, counters, spool = FickleLog(), HighWater(), open_at(tmp_path)
    outbox, messages = make(log, spool, counters, limit_bytes=20_000), numbered(0, 1500)
    async with running(outbox):
        for index, message in enumerate(messages):
            outbox.put(message)
            if chance.random() < 0.01:
                log.away = not log.away
            if index % 20 == 0:
                await asyncio.sleep(chance.choice([0, 0.01, 0.03]))
        log.away = False
        await until(lambda: len(log.messages) == 1500)
    assert (log.messages, dropped(counters)) == (messages, {})
    assert counters.most_bytes <= 20_000


@pytest.mark.parametrize("refused", [True, False])
async def test_slow_append_does_not_hold_up_the_buffer_nor_the_order(
    tmp_path: Path, open_at: Opener, *, refused: bool
) -> None:
    """While a batch is on its way the buffer goes to the spool; the batch stays before it, taken or refused."""
    log, counters, spool = FickleLog(), HighWater(), open_at(tmp_path)
    outbox, messages = make(log, spool, counters, limit_bytes=2000), numbered(0, 300)
    log.gate.clear()
    async with running(outbox):
        outbox.put(messages[0])
        await until(log.inside.is_set)
        for message in messages[1:]:
            outbox.put(message)
            await until(lambda: counters.gauges[_QUEUE] < 1900)
        assert counters.gauges[_SPOOLED] > 100
        log.away = refused
        log.gate.set()
        await until(lambda: bool(outbox.trouble) or not refused)
        log.away = False
        await until(lambda: len(log.messages) == 300)
    assert (log.messages, dropped(counters)) == (messages, {})
    assert counters.most_bytes <= 2000


async def test_buffer_stays_small_while_the_log_is_away(tmp_path: Path, open_at: Opener) -> None:
    """Twenty times the limit passes through it, and all of it arrives."""
    log, counters, spool = FickleLog(away=True), HighWater(), open_at(tmp_path, size_bytes=10**8)
    outbox, messages = make(log, spool, counters, limit_bytes=200_000), numbered(0, 400, size=10_000)
    async with running(outbox):
        for message in messages:
            outbox.put(message)
            await until(lambda: counters.gauges[_QUEUE] < 190_000)
        log.away = False
        await until(lambda: len(log.messages) == 400)
    assert (log.messages, dropped(counters)) == (messages, {})
    assert counters.most_bytes <= 200_000


async def test_buffer_that_nobody_empties_drops_the_oldest_and_counts(tmp_path: Path, open_at: Opener) -> None:
    """Should even the disk be too slow, memory stays bounded."""
    counters, log = HighWater(), FickleLog()
    outbox = make(log, open_at(tmp_path), counters, limit_bytes=110)
    for message in numbered(0, 25):
        outbox.put(message)
    assert (dropped(counters), counters.most_bytes <= 121) == ({"buffer_full": 15}, True)
    async with running(outbox):
        await until(lambda: len(log.messages) == 10)
    assert log.messages == numbered(15, 10)


async def test_end_without_a_log_is_no_loss(tmp_path: Path, open_at: Opener) -> None:
    """What could not be sent is sent by the next start, before anything new."""
    log, counters, spool = FickleLog(away=True), Counters(), open_at(tmp_path)
    outbox = make(log, spool, counters)
    async with running(outbox):
        for message in numbered(0, 30):
            outbox.put(message)
    spool.close()
    assert (log.messages, dropped(counters), counters.gauges[_QUEUE]) == ([], {}, 0)
    log.away, again = False, Counters()
    outbox = make(log, open_at(tmp_path), again)
    for message in numbered(30, 5):
        outbox.put(message)
    async with running(outbox):
        await until(lambda: len(log.messages) == 35)
    assert (log.messages, dropped(again)) == (numbered(0, 35), {})
    assert again.sums[_SENT] >= 30


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


async def test_batch_that_was_added_in_part_is_sent_again(tmp_path: Path, open_at: Opener) -> None:
    """Nothing is missing, and what comes twice comes in order."""
    log, counters = FickleLog(away=True, part=3), Counters()
    outbox = make(log, open_at(tmp_path), counters)
    async with running(outbox):
        for message in numbered(0, 10):
            outbox.put(message)
        await until(lambda: bool(outbox.trouble))
        log.away = False
        await until(lambda: numbered(9, 1)[0] in log.messages)
    assert (list(dict.fromkeys(message.value for message in log.messages)), dropped(counters)) == (
        [message.value for message in numbered(0, 10)],
        {},
    )


async def test_what_is_too_old_is_dropped_with_its_reason(tmp_path: Path, open_at: Opener) -> None:
    """Left by a collector of long ago."""
    log, counters, spool = FickleLog(), Counters(), open_at(tmp_path, age_seconds=64.0)
    spool.put(numbered(0, 3), at(-100))
    spool.put(numbered(3, 3), at(-10))
    async with running(make(log, spool, counters)):
        await until(lambda: len(log.messages) == 3)
    assert (log.messages, dropped(counters)) == (numbered(3, 3), {"spool_age": 3})


async def test_damage_is_counted_and_the_rest_is_sent(tmp_path: Path, open_at: Opener) -> None:
    """A torn record that a killed collector left."""
    spool = open_at(tmp_path)
    spool.put(numbered(0, 3), NOON)
    spool.close()
    [path] = files_of(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    log, counters = FickleLog(), Counters()
    async with running(make(log, open_at(tmp_path), counters)):
        await until(lambda: len(log.messages) == 2)
    assert (log.messages, dropped(counters)) == (numbered(0, 2), {"spool_damaged": 1})
    assert counters.sums["leakstream_spool_damage_total",] == 1


@pytest.mark.parametrize("spooled", [True, False])
async def test_profile_too_large_for_the_log_becomes_a_failure(
    tmp_path: Path, open_at: Opener, *, spooled: bool
) -> None:
    """The attempt is still a row; what is too large even so is counted; the others are not held up."""
    slot = ScrapedProfile("shop", "a:1", NOON, NOON, 60.0, 0.1, {"job": "shop"}, b"p" * 500)
    failure = ScrapedProfile("shop", "b:1", NOON, NOON, 60.0, 0.1, {}, None, FailureReason.TIMEOUT, "e" * 500)
    plain = Message(b"s", b"x" * 500)
    batch = [*numbered(0, 1), encode_profile(slot, "c"), plain, encode_profile(failure, "c"), *numbered(1, 1)]
    log, counters = FickleLog(largest_bytes=300, away=spooled), Counters()
    outbox = make(log, open_at(tmp_path), counters)
    async with running(outbox):
        for message in batch:
            outbox.put(message)
        await until(lambda: not spooled or counters.gauges.get(_SPOOLED) == 5)
        log.away = False
        await until(lambda: len(log.messages) == 3)
    first, told, last = log.messages
    sentence = "the log does not take this profile of 500 bytes: the limit is 300 bytes"
    expected = ScrapedProfile(
        "shop", "a:1", NOON, NOON, 60.0, 0.1, {"job": "shop"}, None, FailureReason.TOO_LARGE, sentence
    )
    assert (first, read_back(told), told.headers["kind"], last) == (batch[0], expected, b"failure", batch[-1])
    assert dropped(counters) == {"too_large": 2}


async def test_mistake_of_the_log_ends_the_writer_and_loses_nothing(tmp_path: Path, open_at: Opener) -> None:
    """It is not retried for ever; what was on its way and what waited are in the spool, in order."""
    log, counters, spool = FickleLog(mistake=RuntimeError("broken")), Counters(), open_at(tmp_path)
    outbox = make(log, spool, counters)
    for message in numbered(0, 300):
        outbox.put(message)
    with pytest.raises(RuntimeError, match="broken"):
        await asyncio.wait_for(outbox.run(asyncio.Event()), 10)
    assert (drain(spool), dropped(counters), counters.gauges[_QUEUE]) == (numbered(0, 300), {}, 0)


def test_sizes_are_those_of_key_and_value() -> None:
    """A tombstone has no value."""
    assert [size_of(Message(b"key", b"12345")), size_of(Message(b"key", None))] == [8, 3]
