"""A member of a consumer group on the embedded log.

Membership is rows with heartbeats in the same file, so members may live in several processes. Whoever changes the
members (joins, leaves, gives up a silent one) gives out the partitions anew in the same transaction, round robin over
the sorted names. Each partition that changes hands gets a claim with the group's next generation.

Rule 1: a member may commit a partition only under the very claim under which it read from it.
Rule 2: a claim that is new to a member starts at the committed offset, also when the partition was its own before.
Rule 3: generations of a group only grow; a name that comes back is another member.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from schemas.ports import Membership, PartitionLostError, Record

if TYPE_CHECKING:
    import sqlite3

    from leakstream.adapters.sqlite_log import SqliteLog

SESSION_SECONDS = 10.0
_HEARTBEAT_SECONDS = 1.0
_OTHER_PROCESS_SECONDS = 0.2  # appends of other processes notify nobody here


class SqliteConsumer:
    """Implements schemas.ports.Consumer."""

    def __init__(self, log: "SqliteLog", topic: str, group: str, member: str) -> None:
        self._log = log
        self._topic = topic
        self._group = group
        self._member = member
        self._claims: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._turn = 0
        self._rebalances = 0
        self._beat: datetime = log.clock.now()
        with log.transaction() as database:
            self._epoch = self._join(database)
        self._take_note()

    def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Give the next records of the partitions held; waits up to the timeout for the first.

        A partition that was lost and came back since the last poll is left out of this one, which does not wait: so
        `assignment` shows every loss.
        """
        deadline = time.monotonic() + timeout_seconds
        while True:
            seen = self._log.appends
            self._send_heartbeat()
            undisturbed = self._take_note()
            records = self._take(max_records)
            left = deadline - time.monotonic()
            if records or left <= 0 or not undisturbed:
                return records
            self._log.wait_for_append(seen, min(left, _OTHER_PROCESS_SECONDS))

    def stay(self) -> None:
        """Send a heartbeat when it is time, and learn what is held now."""
        self._send_heartbeat()
        self._take_note()

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Remember offsets, all or none; raises PartitionLostError for a partition that is not held."""
        with self._log.transaction() as database:
            claims = self._find_claims(database)
            lost = sorted(p for p in offsets if p not in self._claims or claims.get(p) != self._claims[p])
            if lost:
                raise PartitionLostError(f"{self._member} does not hold partition {lost[0]} of {self._topic}")
            database.executemany(
                "INSERT OR REPLACE INTO commits VALUES (?, ?, ?, ?)",
                [(self._topic, self._group, partition, offset) for partition, offset in offsets.items()],
            )

    def committed(self, partition: int) -> int:
        """Give the committed offset, or the oldest one left where retention went past it or nothing was committed."""
        sql = "SELECT next FROM commits WHERE topic = ? AND grp = ? AND partition = ?"
        with self._log.reading() as database:
            row = database.execute(sql, (self._topic, self._group, partition)).fetchone()
        start, _ = self._log.bounds(self._topic, partition)
        return max(int(row[0]), start) if row else start

    def assignment(self) -> frozenset[int]:
        """Give the partitions held at the last poll."""
        return frozenset(self._claims)

    def lag(self) -> Mapping[int, int]:
        """Give, per partition held, the records between the committed offset and the end."""
        ends = {partition: self._log.bounds(self._topic, partition)[1] for partition in sorted(self._claims)}
        return {partition: max(0, end - self.committed(partition)) for partition, end in ends.items()}

    def membership(self) -> Membership:
        """Give how often partitions came or went; nothing stalls here."""
        return Membership(self._rebalances, 0)

    def close(self) -> None:
        """Leave the group, unless a member of the same name took this place over."""
        sql = "DELETE FROM members WHERE topic = ? AND grp = ? AND member = ? AND epoch = ?"
        with self._log.transaction() as database:
            if database.execute(sql, (self._topic, self._group, self._member, self._epoch)).rowcount:
                self._rebalance(database)
        self._claims = {}

    def _join(self, database: "sqlite3.Connection") -> int:
        """Enter the group, in the place of a member of the same name; give the epoch of this membership."""
        epoch = self._begin_generation(database)
        values = (self._topic, self._group, self._member, epoch, self._now_ms())
        database.execute("INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?)", values)
        self._give_up_silent(database)
        self._rebalance(database)
        return epoch

    def _send_heartbeat(self) -> None:
        """Say, when it is time, that this member lives, and give up those that do not."""
        now = self._log.clock.now()
        # abs: a clock that was set back must not silence a member until it has caught up
        if abs((now - self._beat).total_seconds()) < _HEARTBEAT_SECONDS:
            return
        epoch = self._epoch
        with self._log.transaction() as database:
            if not self._renew(database) and not self._is_replaced(database):
                epoch = self._join(database)
            elif self._give_up_silent(database):
                self._rebalance(database)
        self._epoch = epoch
        self._beat = now

    def _renew(self, database: "sqlite3.Connection") -> bool:
        """Write the time of this heartbeat; False when this membership is no more."""
        sql = "UPDATE members SET seen_ms = ? WHERE topic = ? AND grp = ? AND member = ? AND epoch = ?"
        values = (self._now_ms(), self._topic, self._group, self._member, self._epoch)
        return database.execute(sql, values).rowcount > 0

    def _is_replaced(self, database: "sqlite3.Connection") -> bool:
        """Say whether a successor of the same name is in the group."""
        sql = "SELECT 1 FROM members WHERE topic = ? AND grp = ? AND member = ?"
        return database.execute(sql, (self._topic, self._group, self._member)).fetchone() is not None

    def _give_up_silent(self, database: "sqlite3.Connection") -> bool:
        """Remove members without a heartbeat for the session time, also one from a future the clock was set back from.

        Says whether there were any.
        """
        now, session = self._now_ms(), round(SESSION_SECONDS * 1000)
        sql = "DELETE FROM members WHERE topic = ? AND grp = ? AND seen_ms NOT BETWEEN ? AND ?"
        return database.execute(sql, (self._topic, self._group, now - session, now + session)).rowcount > 0

    def _rebalance(self, database: "sqlite3.Connection") -> None:
        """Give out the partitions; a claim stays as it is where its holder stays."""
        place = (self._topic, self._group)
        generation = self._begin_generation(database)
        sql = "SELECT member, epoch FROM members WHERE topic = ? AND grp = ? ORDER BY member"
        members = database.execute(sql, place).fetchall()
        if not members:
            database.execute("DELETE FROM claims WHERE topic = ? AND grp = ?", place)
            return
        sql = "SELECT partition, member, epoch FROM claims WHERE topic = ? AND grp = ?"
        holders = {partition: (member, epoch) for partition, member, epoch in database.execute(sql, place)}
        partitions = range(self._log.make_topic(database, self._topic))
        owners = {partition: members[partition % len(members)] for partition in partitions}
        database.executemany(
            "INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?)",
            [(*place, p, *owner, generation) for p, owner in owners.items() if holders.get(p) != owner],
        )

    def _begin_generation(self, database: "sqlite3.Connection") -> int:
        """Give a number that this group never had before."""
        place = (self._topic, self._group)
        database.execute("INSERT OR IGNORE INTO generations VALUES (?, ?, 0)", place)
        database.execute("UPDATE generations SET generation = generation + 1 WHERE topic = ? AND grp = ?", place)
        sql = "SELECT generation FROM generations WHERE topic = ? AND grp = ?"
        return int(database.execute(sql, place).fetchone()[0])

    def _find_claims(self, database: "sqlite3.Connection") -> dict[int, int]:
        """Give the generation of each partition that this membership holds in the file."""
        sql = "SELECT partition, generation FROM claims WHERE topic = ? AND grp = ? AND member = ? AND epoch = ?"
        return dict(database.execute(sql, (self._topic, self._group, self._member, self._epoch)).fetchall())

    def _take_note(self) -> bool:
        """Learn what is held now; False when a partition went away and came back: it waits for the next call."""
        with self._log.reading() as database:
            found = self._find_claims(database)
        known = self._claims
        returned = {p for p, generation in found.items() if known.get(p, generation) != generation}
        claims = {p: generation for p, generation in found.items() if p not in returned}
        for partition in claims.keys() - known.keys():
            self._next[partition] = self.committed(partition)
        self._rebalances += claims != known
        self._claims = claims
        return not returned

    def _take(self, max_records: int) -> list[Record]:
        """Read on in each partition, beginning with another one each time so that none is starved."""
        partitions = sorted(self._claims)
        self._turn += 1
        first = self._turn % max(1, len(partitions))
        records: list[Record] = []
        for partition in partitions[first:] + partitions[:first]:
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
