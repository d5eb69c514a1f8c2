"""The embedded log: one SQLite file with Kafka's semantics.

Topics, partitions by the hash of the key, dense offsets that are never used again, consumer groups with committed
offsets, members that share partitions, retention by age and size. A topic keeps the number of partitions it was made
with, because another number would move keys and break their order. Retention frees pages for new records; the file
itself does not shrink. Refused: files of a newer version, databases of somebody else, and what is no database.

One connection behind a lock: writers of one SQLite file are serial anyway.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Condition, Event, RLock
from uuid import uuid4

from leakstream.adapters.sqlite_consumer import SqliteConsumer
from leakstream.adapters.sqlite_retention import expire, shrink
from schemas.model import LogPosition
from schemas.ports import Clock, LogUnavailableError, Message, Record

SCHEMA_VERSION = 2
_BUSY_SECONDS = 10.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SLICE_PAUSE_SECONDS = 0.01

_REASONS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_BUSY": "another process holds it for too long",
    "SQLITE_IOERR": "the disk does not take or give data",
}

_TABLES = """
identity (only INTEGER NOT NULL PRIMARY KEY CHECK (only = 0), id TEXT NOT NULL);
topics (topic TEXT NOT NULL PRIMARY KEY, partitions INTEGER NOT NULL);
records (topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, appended_ms INTEGER NOT NULL,
    key BLOB NOT NULL, value BLOB, headers TEXT NOT NULL, PRIMARY KEY (topic, partition, offset));
ends (topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (topic, partition));
commits (topic TEXT NOT NULL, grp TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (topic, grp, partition));
generations (topic TEXT NOT NULL, grp TEXT NOT NULL, generation INTEGER NOT NULL, PRIMARY KEY (topic, grp));
members (topic TEXT NOT NULL, grp TEXT NOT NULL, member TEXT NOT NULL, epoch INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL, PRIMARY KEY (topic, grp, member));
claims (topic TEXT NOT NULL, grp TEXT NOT NULL, partition INTEGER NOT NULL, member TEXT NOT NULL,
    epoch INTEGER NOT NULL, generation INTEGER NOT NULL, PRIMARY KEY (topic, grp, partition))
"""


class SqliteLog:
    """Implements schemas.ports.Log. Safe for several threads and several processes on one file.

    `partitions` is the number for topics that do not exist yet. `busy_seconds` is how long to wait for a process that
    is writing.
    """

    def __init__(  # noqa: PLR0913 all but the path are named in the call
        self,
        path: Path,
        *,
        clock: Clock,
        partitions: int,
        retention_seconds: float,
        retention_bytes: int,
        busy_seconds: float = _BUSY_SECONDS,
    ) -> None:
        self.clock = clock
        self.appends = 0
        self._path = path
        self._partitions = partitions
        self._retention = timedelta(seconds=retention_seconds)
        self._retention_bytes = retention_bytes
        self._lock = RLock()
        self._changed = Condition()
        self._closed = Event()
        self._connection = _open(path, busy_seconds)

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Add a batch in one transaction; raises LogUnavailableError when the disk is full or the file locked."""
        appended_ms = to_ms(self.clock.now())
        ends: dict[int, tuple[int, int]] = {}
        rows = []
        with self.transaction() as database:
            count = self.make_topic(database, topic)
            for message in messages:
                partition = zlib.crc32(message.key) % count
                offset, size = ends.get(partition) or _end(database, topic, partition)
                rows.append((topic, partition, offset, appended_ms, message.key, message.value, _pack(message.headers)))
                ends[partition] = (offset + 1, size + len(message.key) + len(message.value or b""))
            database.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            database.executemany(
                "INSERT OR REPLACE INTO ends VALUES (?, ?, ?, ?)",
                [(topic, partition, *end) for partition, end in ends.items()],
            )
        self._tell_readers()
        return [LogPosition(row[1], row[2]) for row in rows]

    def subscribe(self, topic: str, group: str, member: str) -> SqliteConsumer:
        """Join a group; a member of the same name takes over at once the place of its predecessor."""
        return SqliteConsumer(self, topic, group, member)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> list[Record]:
        """Give the next records of a partition from an offset on; those that retention deleted are passed over."""
        sql = (
            "SELECT offset, appended_ms, key, value, headers FROM records"
            " WHERE topic = ? AND partition = ? AND offset >= ? ORDER BY offset LIMIT ?"
        )
        with self.reading() as database:
            rows = database.execute(sql, (topic, partition, offset, limit)).fetchall()
        return [
            Record(topic, LogPosition(partition, found), from_ms(appended), key, value, _unpack(headers))
            for found, appended, key, value, headers in rows
        ]

    def identity(self, topic: str) -> str:
        """Name the file and the topic in it; a file that is made anew has another name."""
        with self.reading() as database:
            (name,) = database.execute("SELECT id FROM identity").fetchone()
        return f"sqlite:{name}:{topic}"

    def partitions(self, topic: str) -> int:
        """Give the number of partitions of a topic, 0 when there is no such topic yet."""
        with self.reading() as database:
            row = database.execute("SELECT partitions FROM topics WHERE topic = ?", (topic,)).fetchone()
        return int(row[0]) if row else 0

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Give the offset of the oldest record that is left and of the next one to come; equal when there is none."""
        with self.reading() as database:
            end = _end(database, topic, partition)[0]
            first = _first(database, topic, partition)
        return (end if first is None else min(first, end), end)

    def make_topic(self, database: sqlite3.Connection, topic: str) -> int:
        """Give the number of partitions of a topic, which is settled here when it is new."""
        database.execute("INSERT OR IGNORE INTO topics VALUES (?, ?)", (topic, self._partitions))
        return int(database.execute("SELECT partitions FROM topics WHERE topic = ?", (topic,)).fetchone()[0])

    def wait_for_append(self, seen: int, seconds: float) -> None:
        """Wait until this process appended something after `appends` was `seen`, at most so long."""
        with self._changed:
            self._changed.wait_for(lambda: self.appends != seen or self._closed.is_set(), seconds)

    def retain(self, now: datetime) -> int:
        """Delete the oldest records of a partition beyond age or size, slice by slice; offsets stay as they are."""
        oldest_ms = to_ms(now - self._retention)
        deleted = 0
        while True:
            with self.transaction() as database:
                found = expire(database, oldest_ms) or shrink(database, self._retention_bytes)
            deleted += found
            if found == 0 or self._closed.wait(_SLICE_PAUSE_SECONDS):
                return deleted

    def close(self) -> None:
        """Close the file; appends and polls after this, or waiting now, raise LogUnavailableError."""
        self._closed.set()
        with self._lock:
            self._connection.close()
        self._tell_readers()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run a statement that changes nothing; any SQLite error becomes LogUnavailableError."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise LogUnavailableError(f"{self._path} cannot be read now: {_explain(error)}") from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run statements as one transaction; any SQLite error rolls back and becomes LogUnavailableError."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise LogUnavailableError(f"{self._path} cannot be written now: {_explain(error)}") from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        """Undo what was begun, if the connection still lives and SQLite did not do so itself."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            return  # closed, or the disk is gone: SQLite undoes it when the file is opened again

    def _tell_readers(self) -> None:
        """Wake the consumers of this process; those of others look for themselves."""
        with self._changed:
            self.appends += 1
            self._changed.notify_all()


def _open(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """Open or make the file; raises LogUnavailableError with a sentence when it is not ours to use."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:
            connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
            undo.callback(connection.close)
            _make_tables(connection, path)
            # In WAL mode NORMAL does not wait for the disk at each commit. The death of the process, kill -9 included,
            # loses nothing, because what was written is in the kernel's page cache; power loss may cost the last
            # moments, as with Kafka's default flush.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            undo.pop_all()
    except (sqlite3.Error, OSError) as error:
        raise LogUnavailableError(f"{path} cannot be opened as a log: {_explain(error)}") from error
    return connection


def _make_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Make what is missing, all or nothing; a file of a newer version or of somebody else is left as it is."""
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise LogUnavailableError(f"{path} was written by a newer Leakstream (version {version} of the log)")
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise LogUnavailableError(f"{path} is a database of another program")
    for table in _TABLES.split(";"):
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} WITHOUT ROWID")
    connection.execute("INSERT OR IGNORE INTO identity VALUES (0, ?)", (uuid4().hex,))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("COMMIT")


def _explain(error: Exception) -> str:
    """Say in words what SQLite or the system said, then quote it."""
    name = getattr(error, "sqlite_errorname", "")
    reason = next((words for start, words in _REASONS.items() if name.startswith(start)), None)
    return f"{reason} ({error})" if reason else str(error)


def _end(database: sqlite3.Connection, topic: str, partition: int) -> tuple[int, int]:
    """Give the next offset of a partition and its size in bytes."""
    sql = "SELECT next, bytes FROM ends WHERE topic = ? AND partition = ?"
    row = database.execute(sql, (topic, partition)).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _first(database: sqlite3.Connection, topic: str, partition: int) -> int | None:
    """Give the oldest offset that is left; None when there is none."""
    sql = "SELECT min(offset) FROM records WHERE topic = ? AND partition = ?"
    found: int | None = database.execute(sql, (topic, partition)).fetchone()[0]
    return found


def _pack(headers: Mapping[str, bytes]) -> str:
    """Write headers as JSON; latin-1 maps each byte to one character and back."""
    return json.dumps({name: value.decode("latin-1") for name, value in headers.items()})


def _unpack(text: str) -> Mapping[str, bytes]:
    """Read headers back into bytes."""
    return {name: value.encode("latin-1") for name, value in json.loads(text).items()}


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC datetime for milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
