"""The embedded log keeps what every log promises, and survives kill -9."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leakstream.adapters.sqlite_log import SqliteLog
from schemas.ports import Log, LogUnavailableError
from tests.conformance.log_suite import TOPIC, LogSuite, messages, read_all
from tests.doubles import SetClock

_WRITER = """
import sys
from pathlib import Path
from leakstream.adapters.sqlite_log import SqliteLog
from tests.conformance.log_suite import TOPIC, messages
from tests.doubles import SetClock
log = SqliteLog(Path(sys.argv[1]), clock=SetClock(), partitions=4, retention_seconds=1e6, retention_bytes=10**12)
number = int(sys.argv[2])
while True:
    log.append(TOPIC, messages(*(f"{number}.{part}" for part in range(20))))
    print(number, flush=True)
    number += 1
"""


def open_log(path: Path, clock: SetClock) -> SqliteLog:
    """Open a log with four partitions, an hour less a second and 2,200 bytes of retention."""
    return SqliteLog(path, clock=clock, partitions=4, retention_seconds=3599, retention_bytes=2200)


@pytest.fixture
def clock() -> SetClock:
    """A clock that is set."""
    return SetClock()


@pytest.fixture
def log(tmp_path: Path, clock: SetClock) -> Iterator[Log]:
    """A new log in a file."""
    opened = open_log(tmp_path / "log.db", clock)
    yield opened
    opened.close()


class TestSqliteLog(LogSuite):
    """The suite on a file."""


def test_log_survives_closing(tmp_path: Path, clock: SetClock) -> None:
    """What was appended and committed is there after opening again."""
    first = open_log(tmp_path / "log.db", clock)
    first.append(TOPIC, messages("a", "b"))
    first.close()
    second = open_log(tmp_path / "log.db", clock)
    assert [record.value for record in read_all(second, commit=True)] == [b"a", b"b"]
    assert read_all(second) == []
    second.close()


def test_kill_loses_nothing_acknowledged(tmp_path: Path, clock: SetClock) -> None:
    """Five times kill -9 while appending: every batch that was acknowledged is there, whole, and no batch in part."""
    path, acknowledged = tmp_path / "log.db", -1
    for _ in range(5):
        command = [sys.executable, "-c", _WRITER, str(path), str(acknowledged + 1000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            lines = [writer.stdout.readline() for _ in range(30)]
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split("\n")
        acknowledged = max(int(line) for line in [*lines, *rest[:-1]] if line.strip())
        log = SqliteLog(path, clock=clock, partitions=4, retention_seconds=1e6, retention_bytes=10**12)
        values = [record.value.decode() for record in read_all(log) if record.value]
        log.close()
        batches = [value.split(".")[0] for value in values]
        assert {batches.count(batch) for batch in set(batches)} == {20}
        assert str(acknowledged) in batches


def test_closed_log_is_unavailable(tmp_path: Path, clock: SetClock) -> None:
    """Its error is the port's."""
    log = open_log(tmp_path / "log.db", clock)
    log.close()
    with pytest.raises(LogUnavailableError):
        log.append(TOPIC, messages("a"))


def test_file_that_is_no_log_is_refused_with_its_path(tmp_path: Path, clock: SetClock) -> None:
    """Garbage is never overwritten."""
    path = tmp_path / "log.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(LogUnavailableError, match=r"log\.db cannot be opened as a log"):
        open_log(path, clock)


def test_log_of_a_newer_version_is_refused(tmp_path: Path, clock: SetClock) -> None:
    """Going back would lose what the newer one knows."""
    path = tmp_path / "log.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(LogUnavailableError, match="newer Leakstream"):
        open_log(path, clock)
