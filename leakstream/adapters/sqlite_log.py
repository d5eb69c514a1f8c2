"""The embedded log: one SQLite file with Kafka's semantics.

Topics, partitions by the hash of the key, dense offsets that are never used again, consumer groups with committed
offsets, members that share partitions, retention by age and size. WAL with synchronous=NORMAL: what `append` gave back
survives the death of the process at any moment (the page cache stays); power loss may cost the last moments, as with
Kafka's default flush. One connection behind a lock: writers of one SQLite file are serial anyway.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Condition, RLock

from leakstream.adapters.sqlite_consumer import SqliteConsumer
from schemas.model import LogPosition
from schemas.ports import Clock, LogUnavailableError, Message, Record

SCHEMA_VERSION = 1
_BUSY_SECONDS = 10.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIZE_SLICE = 1_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, appended_ms INTEGER NOT NULL,
    key BLOB NOT NULL, value BLOB, headers TEXT NOT NULL,
    PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ends (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS commits (
    topic TEXT NOT NULL, grp TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (topic, grp, partition)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS members (
    topic TEXT NOT NULL, grp TEXT NOT NULL, member TEXT NOT NULL, epoch INTEGER NOT NULL, seen_ms INTEGER NOT NULL,
    PRIMARY KEY (topic, grp, member)
) WITHOUT ROWID;
"""


class SqliteLog:
    """Implements schemas.ports.Log. Safe for several threads and several processes on one file."""

    def __init__(
        self, path: Path, *, clock: Clock, partitions: int, retention_seconds: float, retention_bytes: int
    ) -> None:
        self.clock = clock
        self.partitions = partitions
        self.changed = Condition()
        self._retention = timedelta(seconds=retention_seconds)
        self._retention_bytes = retention_bytes
        self._lock = RLock()
        self._connection = _open(path)

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Add a batch in one transaction; raises LogUnavailableError when the disk is full or the file locked."""
        appended_ms = to_ms(self.clock.now())
        positions = []
        with self.transaction() as database:
            ends = {partition: self._end(database, topic, partition) for partition in range(self.partitions)}
            for message in messages:
                partition = zlib.crc32(message.key) % self.partitions
                offset, size = ends[partition]
                headers = json.dumps({name: value.decode("latin-1") for name, value in message.headers.items()})
                database.execute(
                    "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (topic, partition, offset, appended_ms, message.key, message.value, headers),
                )
                ends[partition] = (offset + 1, size + len(message.key) + len(message.value or b""))
                positions.append(LogPosition(partition, offset))
            database.executemany(
                "INSERT OR REPLACE INTO ends VALUES (?, ?, ?, ?)",
                [(topic, partition, *end) for partition, end in ends.items()],
            )
        with self.changed:
            self.changed.notify_all()
        return positions

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
            Record(topic, LogPosition(partition, found), from_ms(appended), key, value, _headers(headers))
            for found, appended, key, value, headers in rows
        ]

    def end(self, topic: str, partition: int) -> int:
        """Give the offset of the next record that will be appended."""
        with self.reading() as database:
            return self._end(database, topic, partition)[0]

    def retain(self, now: datetime) -> int:
        """Delete the oldest records beyond age or size; offsets stay as they are."""
        with self.transaction() as database:
            deleted = self._expire(database, to_ms(now - self._retention))
            return deleted + self._shrink(database)

    def close(self) -> None:
        """Close the file; appends after this raise LogUnavailableError."""
        with self._lock:
            self._connection.close()
        with self.changed:
            self.changed.notify_all()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Run a statement that changes nothing; any SQLite error becomes LogUnavailableError."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise LogUnavailableError(f"the log file cannot be read now: {error}") from error

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
                raise LogUnavailableError(f"the log file cannot be used now: {error}") from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        """Undo what was begun, if the connection still lives."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.ProgrammingError:
            return  # closed: there is nothing to undo

    @staticmethod
    def _end(database: sqlite3.Connection, topic: str, partition: int) -> tuple[int, int]:
        """Give the next offset of a partition and its size in bytes."""
        sql = "SELECT next, bytes FROM ends WHERE topic = ? AND partition = ?"
        row = database.execute(sql, (topic, partition)).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _expire(self, database: sqlite3.Connection, oldest_ms: int) -> int:
        """Delete, per partition, the records before the first one that is young enough."""
        deleted = 0
        for topic, partition, _ in self._sizes(database):
            sql = "SELECT min(offset) FROM records WHERE topic = ? AND partition = ? AND appended_ms >= ?"
            keep = database.execute(sql, (topic, partition, oldest_ms)).fetchone()[0]
            before = self._end(database, topic, partition)[0] if keep is None else keep
            deleted += self._delete(database, topic, partition, before)
        return deleted

    def _shrink(self, database: sqlite3.Connection) -> int:
        """Delete the oldest records of the largest partitions until the whole fits."""
        deleted = 0
        while (sizes := self._sizes(database)) and sum(size for _, _, size in sizes) > self._retention_bytes:
            topic, partition, _ = max(sizes, key=lambda item: item[2])
            sql = "SELECT min(offset) FROM records WHERE topic = ? AND partition = ?"
            first = database.execute(sql, (topic, partition)).fetchone()[0]
            if first is None:
                break
            share = max(1, min(_SIZE_SLICE, (self._end(database, topic, partition)[0] - first) // 10))
            deleted += self._delete(database, topic, partition, first + share)
        return deleted

    @staticmethod
    def _sizes(database: sqlite3.Connection) -> list[tuple[str, int, int]]:
        """Give topic, partition and bytes of every partition."""
        return database.execute("SELECT topic, partition, bytes FROM ends").fetchall()

    @staticmethod
    def _delete(database: sqlite3.Connection, topic: str, partition: int, before: int) -> int:
        """Delete the records of a partition before an offset."""
        where = "WHERE topic = ? AND partition = ? AND offset < ?"
        size = f"SELECT count(*), coalesce(sum(length(key) + coalesce(length(value), 0)), 0) FROM records {where}"  # noqa: S608 constant text
        count, freed = database.execute(size, (topic, partition, before)).fetchone()
        if count:
            database.execute(f"DELETE FROM records {where}", (topic, partition, before))  # noqa: S608 constant text
            sql = "UPDATE ends SET bytes = bytes - ? WHERE topic = ? AND partition = ?"
            database.execute(sql, (freed, topic, partition))
        return int(count)


def _open(path: Path) -> sqlite3.Connection:
    """Open or make the file; a file of a newer version, or one that is no database, is refused with a sentence."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise LogUnavailableError(f"{path} was written by a newer Leakstream (version {version} of the log)")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except (sqlite3.Error, OSError) as error:
        raise LogUnavailableError(f"{path} cannot be opened as a log: {error}") from error
    return connection


def _headers(text: str) -> Mapping[str, bytes]:
    """Read headers back into bytes."""
    return {name: value.encode("latin-1") for name, value in json.loads(text).items()}


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """The aware UTC datetime for milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=milliseconds)
