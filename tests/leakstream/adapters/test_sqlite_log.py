"""The embedded log under kill -9, among processes and threads, and on a disk that takes no more."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from threading import Barrier, Condition, Event

import pytest

from leakstream.adapters.clock import SystemClock
from leakstream.adapters.sqlite_log import SqliteLog
from schemas.model import LogPosition
from schemas.ports import Clock, LogUnavailableError, Message, PartitionLostError, Record
from tests.conformance.log_suite import GROUP, PARTITIONS, TOPIC, messages, read_all
from tests.doubles import SetClock

_HEAD = """
import sys
from pathlib import Path
from leakstream.adapters.clock import SystemClock
from leakstream.adapters.sqlite_log import SqliteLog
from schemas.ports import Clock, LogUnavailableError, Message, PartitionLostError
log = SqliteLog(
    Path(sys.argv[1]), clock=SystemClock(), partitions=4, retention_seconds=1e6, retention_bytes=10**12
)
"""

_WRITER = (
    _HEAD
    + """
number = int(sys.argv[2])
while True:
    log.append("goroutine-profiles", [Message(b"%d" % part, b"%d" % number) for part in range(20)])
    print("ACK", number, flush=True)
    number += 1
"""
)

_READER = (
    _HEAD
    + """
consumer = log.subscribe("goroutine-profiles", "processors", sys.argv[2])
print("JOINED", flush=True)
while True:
    records = consumer.poll(max_records=5, timeout_seconds=0.2)
    try:
        consumer.commit({record.position.partition: record.position.offset + 1 for record in records})
    except PartitionLostError:
        continue
    for record in records:
        print("DONE", record.position.partition, record.position.offset, flush=True)
"""
)

_FILLER = (
    """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
"""
    + _HEAD
    + """
number = 0
try:
    while True:
        log.append("goroutine-profiles", [Message(b"%d" % part, b"%d" % number + b"x" * 1000) for part in range(20)])
        number += 1
except LogUnavailableError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.append("goroutine-profiles", [Message(b"%d" % part, b"%d" % number) for part in range(20)])
print(number)
"""
)


class WatchedClock(SetClock):
    """A set clock that can tell how often it was asked since then; each look of a waiting poll asks it."""

    def __init__(self) -> None:
        super().__init__()
        self._asked = Condition()
        self._times = 0

    def now(self) -> datetime:
        """Give the set time and note that somebody asked."""
        with self._asked:
            self._times += 1
            self._asked.notify_all()
        return super().now()

    def await_asked(self, times: int) -> None:
        """Wait until it was asked so many more times."""
        with self._asked:
            wanted = self._times + times
            assert self._asked.wait_for(lambda: self._times >= wanted, timeout=10)


def open_log(path: Path, clock: Clock) -> SqliteLog:
    """Open a log that keeps everything."""
    return SqliteLog(path, clock=clock, partitions=PARTITIONS, retention_seconds=1e6, retention_bytes=10**12)


def start(program: str, path: Path, argument: str) -> "subprocess.Popen[str]":
    """Start a program of this file on a log."""
    command = [sys.executable, "-c", program, str(path), argument]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill(process: "subprocess.Popen[str]") -> list[str]:
    """End a process with kill -9; give the whole lines it had printed and nobody had read."""
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return rest.split("\n")[:-1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "folder" / "log.db"


@pytest.fixture
def log(path: Path) -> Iterator[SqliteLog]:
    """An open log."""
    opened = open_log(path, SetClock())
    yield opened
    opened.close()


@pytest.mark.integration
def test_kill_loses_nothing_acknowledged(path: Path) -> None:
    """Eight times kill -9 while appending: all that was acknowledged is there, batches are whole, offsets dense."""
    acknowledged: set[bytes] = set()
    for turn in range(8):
        writer = start(_WRITER, path, str(turn * 1_000_000))
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(5 + 7 * turn)]
        lines += kill(writer)
        acknowledged |= {line.split()[1].encode() for line in lines}
        log = open_log(path, SetClock())
        places = [record.position for part in range(PARTITIONS) for record in log.read(TOPIC, part, 0, 10**6)]
        found = Counter(record.value for part in range(PARTITIONS) for record in log.read(TOPIC, part, 0, 10**6))
        counts = Counter(place.partition for place in places)
        log.close()
        assert acknowledged - found.keys() == set()
        assert set(found.values()) == {20}
        assert places == [LogPosition(part, offset) for part in sorted(counts) for offset in range(counts[part])]


@pytest.mark.integration
def test_killed_reader_of_the_same_name_goes_on_without_waiting(path: Path) -> None:
    """A restarted member takes its place at once: nothing committed comes twice, nothing is passed over."""
    log = open_log(path, SystemClock())
    places = log.append(TOPIC, [Message(str(number % 17).encode(), b"x") for number in range(600)])
    done: list[tuple[int, int]] = []
    while len(done) < len(places):
        reader = start(_READER, path, "one")
        assert reader.stdout
        assert reader.stdout.readline() == "JOINED\n"
        lines = [reader.stdout.readline() for _ in range(min(150, len(places) - len(done)))]
        lines += kill(reader)
        done += [(int(part), int(offset)) for _, part, offset in (line.split() for line in lines)]
        successor = log.subscribe(TOPIC, GROUP, "one")
        assert successor.assignment() == frozenset(range(PARTITIONS))
        committed = {(part, offset) for part in range(PARTITIONS) for offset in range(successor.committed(part))}
        successor.close()
        assert set(done) <= committed
        done = sorted(committed)  # a batch may be committed and not yet printed
    log.close()
    assert done == sorted((place.partition, place.offset) for place in places)


@pytest.mark.integration
def test_processes_share_the_work(path: Path) -> None:
    """Two processes each take a part of what a third appends, and no committed record is done by both."""
    log = open_log(path, SystemClock())
    readers = [start(_READER, path, name) for name in ("one", "two")]
    outputs = [reader.stdout for reader in readers if reader.stdout]
    assert [output.readline() for output in outputs] == ["JOINED\n"] * 2
    batch = [Message(str(number % 40).encode(), b"x") for number in range(400)]
    places = log.append(TOPIC, batch)
    parts = [len([place for place in places if place.partition % 2 == half]) for half in range(2)]
    done = [output.readline() for output, part in zip(outputs, parts, strict=True) for _ in range(part)]
    assert [kill(reader) for reader in readers] == [[], []]
    log.close()
    assert sorted(done) == sorted(f"DONE {place.partition} {place.offset}\n" for place in places)


@pytest.mark.integration
def test_disk_that_takes_no_more_makes_the_log_unavailable(path: Path) -> None:
    """The failed batch leaves nothing, the error names the file, and appending works again when there is room."""
    path.parent.mkdir()
    filler = start(_FILLER, path, "")
    output, _ = filler.communicate()
    error, batches = output.splitlines()
    assert error.startswith(f"{path} cannot be written now: the disk ")
    log = open_log(path, SetClock())
    found = Counter((record.value or b"").rstrip(b"x") for record in read_all(log))
    log.close()
    assert found == {str(number).encode(): 20 for number in range(int(batches) + 1)}


def test_threads_append_and_read_together(log: SqliteLog) -> None:
    """Four writers and three readers on one object: every record is done exactly once, in order per partition."""
    total, begin, finished = 4 * 50 * 5, Barrier(7), Event()
    done: list[list[Record]] = [[], [], []]
    members = [log.subscribe(TOPIC, GROUP, f"reader-{number}") for number in range(3)]

    def write(writer: int) -> None:
        begin.wait()
        for number in range(50):
            log.append(TOPIC, [Message(f"{writer}-{number}-{part}".encode(), b"x") for part in range(5)])

    def read(number: int) -> None:
        begin.wait()
        while not finished.is_set():
            records = members[number].poll(max_records=11, timeout_seconds=0.05)
            try:
                members[number].commit({r.position.partition: r.position.offset + 1 for r in records})
            except PartitionLostError:
                continue
            done[number].extend(records)
            if sum(map(len, done)) >= total:
                finished.set()

    with ThreadPoolExecutor(7) as pool:
        running = [pool.submit(write, number) for number in range(4)] + [pool.submit(read, n) for n in range(3)]
        try:
            for task in running:
                task.result(timeout=60)
        finally:
            finished.set()
    places = [record.position for records in done for record in records]
    assert len(set(places)) == len(places) == total
    for records in done:
        for part in range(PARTITIONS):
            offsets = [r.position.offset for r in records if r.position.partition == part]
            assert offsets == sorted(offsets)


def test_append_wakes_a_waiting_poll(log: SqliteLog) -> None:
    """A poll that waits for a minute ends with the first record."""
    consumer = log.subscribe(TOPIC, GROUP, "one")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(consumer.poll, max_records=9, timeout_seconds=60)
        log.append(TOPIC, messages("a"))
        assert [record.value for record in waiting.result(timeout=30)] == [b"a"]


def test_append_is_told_to_the_threads_of_its_process(log: SqliteLog) -> None:
    """They need not look for it, also when it came just before they began to wait."""
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(log.wait_for_append, log.appends, 20)
        log.append(TOPIC, messages("a"))
        waiting.result(timeout=10)


def test_append_of_another_process_is_found_by_a_waiting_poll(path: Path) -> None:
    """What nobody announces is looked for again and again."""
    clock = WatchedClock()
    log, other = open_log(path, clock), open_log(path, SetClock())
    consumer = log.subscribe(TOPIC, GROUP, "one")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(consumer.poll, max_records=9, timeout_seconds=20)
        clock.await_asked(4)
        other.append(TOPIC, messages("a"))
        assert [record.value for record in waiting.result(timeout=10)] == [b"a"]
    other.close()
    log.close()


def test_closing_ends_a_waiting_poll(path: Path) -> None:
    """It does not wait for its timeout."""
    log = open_log(path, SetClock())
    consumer = log.subscribe(TOPIC, GROUP, "one")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(consumer.poll, max_records=9, timeout_seconds=60)
        log.close()
        with pytest.raises(LogUnavailableError):
            waiting.result(timeout=30)
