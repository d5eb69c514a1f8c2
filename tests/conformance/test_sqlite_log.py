"""The embedded log keeps what every log promises, and refuses files that are not its own."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from leakstream.adapters.sqlite_log import SqliteLog
from schemas.ports import Log, LogUnavailableError, Message
from tests.conformance.clocked_log_suite import ClockedLogSuite
from tests.conformance.log_suite import GROUP, PARTITIONS, TOPIC, drain, messages, read_all
from tests.doubles import SetClock


def open_log(path: Path, *, partitions: int = PARTITIONS, busy_seconds: float = 10.0) -> SqliteLog:
    """Open a log that keeps everything."""
    return SqliteLog(
        path,
        clock=SetClock(),
        partitions=partitions,
        retention_seconds=1e6,
        retention_bytes=10**12,
        busy_seconds=busy_seconds,
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "folder" / "log.db"


@pytest.fixture
def clock() -> SetClock:
    """A clock that is set."""
    return SetClock()


@pytest.fixture
def log(path: Path, clock: SetClock) -> Iterator[Log]:
    """A new log in a file."""
    opened = SqliteLog(path, clock=clock, partitions=PARTITIONS, retention_seconds=3599, retention_bytes=2200)
    yield opened
    opened.close()


class TestSqliteLog(ClockedLogSuite):
    """The suite on a file."""


def test_log_survives_closing(path: Path) -> None:
    """What was appended and committed is there after opening again."""
    first = open_log(path)
    first.append(TOPIC, messages("a", "b"))
    first.close()
    second = open_log(path)
    assert [record.value for record in read_all(second, commit=True)] == [b"a", b"b"]
    second.close()
    third = open_log(path)
    assert read_all(third) == []
    third.close()


def test_file_that_is_made_anew_has_another_identity(path: Path, tmp_path: Path) -> None:
    """The same file keeps its name; offsets that begin anew are not taken for the old ones."""
    first = open_log(path)
    name = first.identity(TOPIC)
    first.close()
    again, other = open_log(path), open_log(tmp_path / "other.db")
    assert (again.identity(TOPIC), other.identity(TOPIC) != name) == (name, True)
    again.close()
    other.close()


def test_no_partition_is_starved(path: Path) -> None:
    """With more to read than one poll gives, every partition has its turn."""
    log = open_log(path)
    log.append(TOPIC, [Message(str(number).encode(), b"x") for number in range(400)])
    consumer = log.subscribe(TOPIC, GROUP, "one")
    polls = [consumer.poll(max_records=5, timeout_seconds=0) for _ in range(PARTITIONS)]
    log.close()
    assert {record.position.partition for records in polls for record in records} == set(range(PARTITIONS))


def test_topic_keeps_the_number_of_partitions_it_was_made_with(path: Path) -> None:
    """Another setting strands no record and moves no key."""
    first = open_log(path, partitions=8)
    places = first.append(TOPIC, [Message(str(number).encode(), b"x") for number in range(100)])
    first.close()
    second = open_log(path, partitions=3)
    again = second.append(TOPIC, [Message(str(number).encode(), b"x") for number in range(100)])
    assert [place.partition for place in again] == [place.partition for place in places]
    assert len(drain(second.subscribe(TOPIC, GROUP, "one"))) == 200
    second.close()


def test_retention_in_slices_reaches_everything(log: Log, clock: SetClock) -> None:
    """More than one slice in more than one partition goes in one call."""
    log.append(TOPIC, [Message(str(number % 7).encode(), b"x") for number in range(2500)])
    clock.pass_seconds(7200)
    assert (log.retain(clock.now()), log.retain(clock.now()), read_all(log)) == (2500, 0, [])


def test_locked_file_is_unavailable_and_then_works_again(log: Log, path: Path) -> None:
    """Who holds the file too long makes others fail with a sentence, and they lose nothing."""
    impatient = open_log(path, busy_seconds=0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LogUnavailableError, match=r"log\.db cannot be written now: another process holds it"):
        impatient.append(TOPIC, messages("a"))
    other.execute("ROLLBACK")
    other.close()
    impatient.append(TOPIC, messages("b"))
    impatient.close()
    assert [record.value for record in read_all(log)] == [b"b"]


def test_batch_that_fails_in_the_middle_leaves_nothing(log: Log) -> None:
    """All or nothing holds for mistakes of the caller as well."""
    broken: object = "no bytes"
    with pytest.raises(AttributeError):
        log.append(TOPIC, [Message(b"k", b"a"), Message(b"k", b"b", broken)])  # type: ignore[arg-type]  # the mistake
    assert (read_all(log), log.append(TOPIC, messages("c"))[0].offset) == ([], 0)


def test_closed_log_is_unavailable(path: Path) -> None:
    """Its error is the port's."""
    log = open_log(path)
    log.close()
    with pytest.raises(LogUnavailableError):
        log.append(TOPIC, messages("a"))


def test_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    """Garbage is never overwritten."""
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(LogUnavailableError, match=r"log\.db cannot be opened as a log: file is not a database"):
        open_log(path)
    assert path.read_bytes() == b"not a database" * 100


def test_folder_in_place_of_the_file_is_refused(path: Path) -> None:
    """The sentence names the path."""
    path.mkdir(parents=True)
    with pytest.raises(LogUnavailableError, match=r"log\.db cannot be opened as a log"):
        open_log(path)


def test_log_of_a_newer_version_is_refused(path: Path) -> None:
    """Going back would lose what the newer one knows."""
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(LogUnavailableError, match=r"written by a newer Leakstream \(version 99 of the log\)"):
        open_log(path)


def test_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    """Our tables do not go among those of others."""
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE people (name TEXT)")
    with pytest.raises(LogUnavailableError, match="a database of another program"):
        open_log(path)
    assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("people",)]
    database.close()
