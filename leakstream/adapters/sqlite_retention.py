"""Retention of the embedded log, slice by slice.

A slice is some 10 MB: one large DELETE would hold the only write lock of the file for longer than appending processes
wait for it. The caller runs each slice in a transaction of its own.
"""

import sqlite3
from collections.abc import Callable

_SLICE_RECORDS = 500


def expire(database: sqlite3.Connection, oldest_ms: int) -> int:
    """Delete a slice of the records before the first one of a partition that is young enough; give their number."""
    for place in database.execute("SELECT topic, partition FROM ends").fetchall():
        deleted = _delete(database, place, lambda _, appended_ms: appended_ms < oldest_ms)
        if deleted:
            return deleted
    return 0


def shrink(database: sqlite3.Connection, allowed_bytes: int) -> int:
    """Delete a slice of the largest partition, so that a flood on one topic costs no other; give the number."""
    sizes = database.execute("SELECT bytes, topic, partition FROM ends ORDER BY bytes DESC").fetchall()
    excess = sum(size for size, *_ in sizes) - allowed_bytes
    if excess <= 0:
        return 0
    return _delete(database, sizes[0][1:], lambda freed, _: freed < excess)


def _delete(database: sqlite3.Connection, place: tuple[str, int], wanted: Callable[[int, int], bool]) -> int:
    """Delete the oldest records of a partition while they are wanted (bytes freed so far, time in ms): one slice."""
    sql = (
        "SELECT offset, appended_ms, length(key) + coalesce(length(value), 0) FROM records"
        " WHERE topic = ? AND partition = ? ORDER BY offset LIMIT ?"
    )
    freed, count, last = 0, 0, -1
    for offset, appended_ms, size in database.execute(sql, (*place, _SLICE_RECORDS)).fetchall():
        if not wanted(freed, appended_ms):
            break
        freed, count, last = freed + size, count + 1, offset
    if count:
        database.execute("DELETE FROM records WHERE topic = ? AND partition = ? AND offset <= ?", (*place, last))
        database.execute("UPDATE ends SET bytes = bytes - ? WHERE topic = ? AND partition = ?", (freed, *place))
    return count
