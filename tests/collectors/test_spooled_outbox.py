"""What the outbox with a spool promises: one order, nothing lost while the log is away, little memory."""

import asyncio
import random
from pathlib import Path

import pytest

from collectors.batch import size_of
from collectors.spooled_outbox import SpooledOutbox
from schemas.model import FailureReason, ScrapedProfile
from schemas.ports import Message
from schemas.wire.codec import encode_profile
from tests.collectors.doubles import NOON, Counters, read_back, until
from tests.collectors.fickle_log import FickleLog
from tests.collectors.outboxes import QUEUE, SENT, SPOOLED, HighWater, dropped, make, running
from tests.collectors.spooling import Opener, at, files_of, numbered
from tests.doubles import SetClock


async def test_log_that_works_needs_no_disk(tmp_path: Path, open_at: Opener) -> None:
    """Messages go straight to the log in order, and no file of records is ever made."""
    log, counters, spool = FickleLog(), Counters(), open_at(tmp_path)
    outbox, messages = make(log, spool, counters), numbered(0, 450)
    async with running(outbox):
        for message in messages:
            outbox.put(message)
        await until(lambda: len(log.messages) == 450)
    assert (log.messages, counters.sums, counters.gauges[QUEUE]) == (messages, {}, 0)
    assert files_of(tmp_path) == []


async def test_log_that_comes_back_gets_everything_in_order(tmp_path: Path, open_at: Opener) -> None:
    """What waited in the spool, then what came while it was sent, then what came later; nothing twice."""
    log, counters, spool = FickleLog(away=True), Counters(), open_at(tmp_path)
    outbox, messages = make(log, spool, counters), numbered(0, 900)
    async with running(outbox):
        for message in messages[:500]:
            outbox.put(message)
        await until(lambda: counters.gauges.get(SPOOLED) == 500)
        assert (outbox.trouble, counters.gauges[QUEUE]) == ("away", 0)
        log.away = False
        for message in messages[500:]:
            outbox.put(message)
            await asyncio.sleep(0)
        await until(lambda: len(log.messages) == 900)
        assert outbox.trouble == ""
    assert (log.messages, dropped(counters), counters.gauges[SPOOLED]) == (messages, {}, 0)
    assert 500 <= counters.sums[SENT] <= 900
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
            await until(lambda: counters.gauges[QUEUE] < 1900)
        assert counters.gauges[SPOOLED] > 100
        log.away = refused
        log.gate.set()
        await until(lambda: bool(outbox.trouble) or not refused)
        log.away = False
        await until(lambda: len(log.messages) == 300)
    assert (log.messages, dropped(counters)) == (messages, {})
    assert counters.most_bytes <= 2000


async def test_batch_is_as_old_as_its_sending(tmp_path: Path, open_at: Opener) -> None:
    """The time for which the log kept it waiting counts."""
    log, counters, clock = FickleLog(away=True), Counters(), SetClock(NOON)
    outbox = SpooledOutbox(log, open_at(tmp_path), clock, counters)
    log.gate.clear()
    async with running(outbox):
        outbox.put(numbered(0, 1)[0])
        await until(log.inside.is_set)
        clock.pass_seconds(30.0)
        log.gate.set()
        await until(lambda: counters.gauges.get(SPOOLED) == 1)
    assert counters.gauges["leakstream_spool_oldest_seconds",] == 30.0


async def test_buffer_stays_small_while_the_log_is_away(tmp_path: Path, open_at: Opener) -> None:
    """Twenty times the limit passes through it, and all of it arrives."""
    log, counters, spool = FickleLog(away=True), HighWater(), open_at(tmp_path, size_bytes=10**8)
    outbox, messages = make(log, spool, counters, limit_bytes=200_000), numbered(0, 400, size=10_000)
    async with running(outbox):
        for message in messages:
            outbox.put(message)
            await until(lambda: counters.gauges[QUEUE] < 190_000)
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
        await until(lambda: not spooled or counters.gauges.get(SPOOLED) == 5)
        log.away = False
        await until(lambda: len(log.messages) == 3)
    first, told, last = log.messages
    sentence = "the log does not take this profile of 500 bytes: the limit is 300 bytes"
    expected = ScrapedProfile(
        "shop", "a:1", NOON, NOON, 60.0, 0.1, {"job": "shop"}, None, FailureReason.TOO_LARGE, sentence
    )
    assert (first, read_back(told), told.headers["kind"], last) == (batch[0], expected, b"failure", batch[-1])
    assert dropped(counters) == {"too_large": 2}


def test_sizes_are_those_of_key_and_value() -> None:
    """A tombstone has no value."""
    assert [size_of(Message(b"key", b"12345")), size_of(Message(b"key", None))] == [8, 3]
