"""A member of a consumer group on the embedded log.

Membership is rows with heartbeats in the same file, so members may live in several processes. The assignment is a
function of the sorted members: everybody computes the same one. A commit checks it again inside its transaction; this
is what keeps a member that lost a partition from moving its offset.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.ports import PartitionLostError, Record

if TYPE_CHECKING:
    import sqlite3

    from leakstream.adapters.sqlite_log import SqliteLog

SESSION_SECONDS = 10.0
_HEARTBEAT_SECONDS = 1.0
_OTHER_PROCESS_SECONDS = 0.2


class SqliteConsumer:
    """Implements schemas.ports.Consumer."""

    def __init__(self, log: "SqliteLog", topic: str, group: str, member: str) -> None:
        self._log = log
        self._topic = topic
        self._group = group
        self._member = member
        self._held: frozenset[int] = frozenset()
        self._next: dict[int, int] = {}
        self._beat: datetime | None = None
        self._epoch = self._join()
        self._refresh()

    def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Give the next records of the partitions held; waits up to the timeout for the first."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            self._refresh()
            records = self._take(max_records)
            left = deadline - time.monotonic()
            if records or left <= 0:
                return records
            with self._log.changed:
                self._log.changed.wait(min(left, _OTHER_PROCESS_SECONDS))

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Remember offsets, all or none; raises PartitionLostError for a partition that is not held."""
        with self._log.transaction() as database:
            held = self._assign(database)
            lost = sorted(set(offsets) - held)
            if lost:
                raise PartitionLostError(f"{self._member} does not hold partition {lost[0]} of {self._topic}")
            database.executemany(
                "INSERT OR REPLACE INTO commits VALUES (?, ?, ?, ?)",
                [(self._topic, self._group, partition, offset) for partition, offset in offsets.items()],
            )

    def committed(self, partition: int) -> int:
        """Give the committed offset, 0 before the first commit."""
        sql = "SELECT next FROM commits WHERE topic = ? AND grp = ? AND partition = ?"
        with self._log.reading() as database:
            row = database.execute(sql, (self._topic, self._group, partition)).fetchone()
        return int(row[0]) if row else 0

    def assignment(self) -> frozenset[int]:
        """Give the partitions held at the last poll."""
        return self._held

    def lag(self) -> Mapping[int, int]:
        """Give, per partition held, the records between the committed offset and the end."""
        return {p: max(0, self._log.end(self._topic, p) - self.committed(p)) for p in sorted(self._held)}

    def close(self) -> None:
        """Leave the group, unless a member of the same name took this place over."""
        sql = "DELETE FROM members WHERE topic = ? AND grp = ? AND member = ? AND epoch = ?"
        with self._log.transaction() as database:
            database.execute(sql, (self._topic, self._group, self._member, self._epoch))
        self._held = frozenset()

    def _join(self) -> int:
        """Enter the group under this name with a new epoch."""
        key = (self._topic, self._group, self._member)
        with self._log.transaction() as database:
            sql = "SELECT epoch FROM members WHERE topic = ? AND grp = ? AND member = ?"
            row = database.execute(sql, key).fetchone()
            epoch = (int(row[0]) if row else 0) + 1
            values = (*key, epoch, self._now_ms())
            database.execute("INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?)", values)
        return epoch

    def _refresh(self) -> None:
        """Beat when it is time, and take note of the partitions held; new ones start at their committed offset."""
        now = self._log.clock.now()
        if self._beat is None or (now - self._beat).total_seconds() >= _HEARTBEAT_SECONDS:
            self._beat = now
            self._send_heartbeat()
        with self._log.reading() as database:
            held = self._assign(database)
        for partition in held - self._held:
            self._next[partition] = self.committed(partition)
        self._held = frozenset(held)

    def _send_heartbeat(self) -> None:
        """Say that this member lives; one that was given up joins again."""
        sql = "UPDATE members SET seen_ms = ? WHERE topic = ? AND grp = ? AND member = ? AND epoch = ?"
        key = (self._topic, self._group, self._member, self._epoch)
        with self._log.transaction() as database:
            missing = database.execute(sql, (self._now_ms(), *key)).rowcount == 0
            taken = missing and self._is_taken(database)
            if missing and not taken:
                database.execute("INSERT INTO members VALUES (?, ?, ?, ?, ?)", (*key, self._now_ms()))

    def _is_taken(self, database: "sqlite3.Connection") -> bool:
        """Say whether a successor of the same name is in the group."""
        sql = "SELECT 1 FROM members WHERE topic = ? AND grp = ? AND member = ?"
        return database.execute(sql, (self._topic, self._group, self._member)).fetchone() is not None

    def _assign(self, database: "sqlite3.Connection") -> set[int]:
        """Give the partitions that belong to this member among the living ones; none when it was superseded."""
        sql = "SELECT member, epoch FROM members WHERE topic = ? AND grp = ? AND seen_ms >= ? ORDER BY member"
        oldest = self._now_ms() - round(SESSION_SECONDS * 1000)
        members = database.execute(sql, (self._topic, self._group, oldest)).fetchall()
        if (self._member, self._epoch) not in members:
            return set()
        rank = members.index((self._member, self._epoch))
        return {partition for partition in range(self._log.partitions) if partition % len(members) == rank}

    def _take(self, max_records: int) -> list[Record]:
        """Read on from where each partition held stands, beginning with a different one each time."""
        records: list[Record] = []
        for partition in sorted(self._held, key=lambda p: self._next[p]):
            left = max_records - len(records)
            if left <= 0:
                break
            found = self._log.read(self._topic, partition, self._next[partition], left)
            if found:
                self._next[partition] = found[-1].position.offset + 1
                records.extend(found)
        return records

    def _now_ms(self) -> int:
        """Give the log's time in milliseconds since 1970."""
        return round(self._log.clock.now().timestamp() * 1000)
