"""The topic of requests, read from its end by every collector."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.read_requests import RequestReader
from leakstream.adapters.sqlite_log import SqliteLog
from schemas.evidence import EvidenceRequest
from schemas.model import Kind
from schemas.ports import Message
from schemas.wire.request import REQUESTS_TOPIC, encode_request
from tests.doubles import SetClock
from tests.store_rows import START, minute


def make_request(number: int) -> EvidenceRequest:
    """Give one of several requests."""
    return EvidenceRequest(f"service-{number}", "a:1", number, (Kind.LEAK,), START, 10)


@pytest.fixture
def clock() -> SetClock:
    """The log's clock."""
    return SetClock(START)


@pytest.fixture
def log(tmp_path: Path, clock: SetClock) -> Iterator[SqliteLog]:
    """A log without a topic."""
    opened = SqliteLog(tmp_path / "log.db", clock=clock, partitions=3, retention_seconds=1e9, retention_bytes=10**9)
    yield opened
    opened.close()


def ask(log: SqliteLog, *numbers: int) -> None:
    """Send requests."""
    log.append(REQUESTS_TOPIC, [encode_request(make_request(number)) for number in numbers])


def found(asked: tuple[tuple[EvidenceRequest, object], ...]) -> list[int]:
    """Give the numbers of requests."""
    return sorted(request.fingerprint for request, _ in asked)


def test_what_was_asked_before_is_told_apart_from_what_is_new(log: SqliteLog, clock: SetClock) -> None:
    """Each exactly once, with the log's time; what is older than asked for is left out."""
    ask(log, 1)
    clock.at = minute(50)
    ask(log, 2, 3)
    reader = RequestReader(log)
    past = reader.begin(since=minute(30))
    clock.at = minute(60)
    ask(log, 4, 5)
    new = reader.read()
    assert (found(past), found(new), found(reader.read())) == ([2, 3], [4, 5], [])
    assert {asked for _, asked in past} == {minute(50)}


def test_topic_that_is_not_there_yet_is_read_whole_once_it_is(log: SqliteLog) -> None:
    """The first request of all makes it."""
    reader = RequestReader(log)
    assert (reader.begun, reader.begin(since=START), reader.begun) == (False, (), True)
    assert reader.read() == ()
    ask(log, 1)
    assert found(reader.read()) == [1]


def test_every_reader_reads_all(log: SqliteLog) -> None:
    """There is no group."""
    readers = [RequestReader(log), RequestReader(log)]
    for reader in readers:
        reader.begin(since=START)
    ask(log, 1, 2)
    assert [found(reader.read()) for reader in readers] == [[1, 2], [1, 2]]


def test_garbage_is_counted_and_passed_over(log: SqliteLog) -> None:
    """It harms no other request."""
    reader = RequestReader(log)
    reader.begin(since=START)
    log.append(REQUESTS_TOPIC, [Message(b"x", b"\xff\xff"), Message(b"x", None), encode_request(make_request(1))])
    assert (found(reader.read()), reader.invalid) == ([1], 2)


def test_long_past_is_read_back_in_pieces(log: SqliteLog, clock: SetClock) -> None:
    """As far as it is wanted."""
    ask(log, *range(700))
    clock.at = minute(50)
    ask(log, *range(1_000, 2_300))
    reader = RequestReader(log)
    assert found(reader.begin(since=minute(1))) == list(range(1_000, 2_300))
