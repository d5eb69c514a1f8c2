"""A queue of messages on disk, for the time in which the log takes none: bounded in bytes and in age, in order.

Rule 1: what was put is given again after kill -9. No fsync is needed for that: the page cache outlives the process. A
power cut can cost the last seconds; what it leaves is found by the checksums.
Rule 2: at least once. The mark of what was sent is written after the sending; a crash between them sends a batch twice.
Rule 3: the files never hold more than `size_bytes`. Room is made by dropping the oldest file, a 64th of the size at
most; a file is also dropped when its newest record is too old, and takes records for a 64th of the age at most. What
is being sent is out of reach of dropping.
Rule 4: damage costs the records that it hits and those behind them in the same file, and is told. What the disk does
not take is lost and counted, and the next put tries again.

Safe for several threads; every call may wait for the disk.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from collectors.spool_files import Segment, SpoolUnavailableError, lock_folder
from collectors.spool_records import Damage, Entry, decode, encode, read_entries, read_time
from collectors.spool_repair import find
from collectors.spool_shelf import Shelf
from schemas.model import Problem
from schemas.outcomes import Reason
from schemas.ports import Message
from schemas.wire.codec import unix_ms

__all__ = ["Losses", "Spool", "SpoolState", "SpoolUnavailableError"]

_LARGEST_SEGMENT_BYTES = 16 * 2**20
_SHARES = 64


@dataclass(frozen=True, slots=True)
class SpoolState:
    """What is not sent yet; `trouble` says why the last message could not be put, empty when it could."""

    records: int
    bytes: int
    oldest_seconds: float
    trouble: str


@dataclass(frozen=True, slots=True)
class Losses:
    """Messages that will never be sent, by reason, and the damage that was found."""

    dropped: Mapping[Reason, int]
    problems: tuple[Problem, ...]


class Spool:
    """The queue in one folder, for one process at a time.

    Opening checks every record that is left, and raises SpoolUnavailableError when the folder cannot be used.
    """

    def __init__(self, folder: Path, *, size_bytes: int, age_seconds: float) -> None:
        self._size_bytes = size_bytes
        self._age_ms = round(age_seconds * 1000)
        self._segment_bytes = min(_LARGEST_SEGMENT_BYTES, size_bytes // _SHARES)
        self._lock = Lock()
        self._held = lock_folder(folder)
        self._ends: list[int] = []
        try:
            found = find(folder)
        except SpoolUnavailableError:
            os.close(self._held)
            raise
        self._shelf = Shelf(folder, found.segments, found.next, problems=found.problems)
        self._shelf.lost[Reason.SPOOL_DAMAGED] += found.lost

    def put(self, messages: Sequence[Message], now: datetime) -> None:
        """Add messages behind the others; the oldest go when there is no room."""
        at_ms = unix_ms(now)
        with self._lock:
            self._drop_old(at_ms)
            for message in messages:
                self._put(message, at_ms)

    def keep_place(self, count: int) -> int:
        """Keep the first places of an empty spool for messages that are being sent past it; give where they are."""
        with self._lock:
            if self._shelf.segments:
                raise AssertionError("a place is kept in an empty spool")
            place = self._shelf.next
            self._shelf.next += count
            return place

    def put_first(self, messages: Sequence[Message], place: int, now: datetime) -> None:
        """Add messages at the place that was kept for them, before everything that was put since."""
        with self._lock:
            records = [encode(place + index, unix_ms(now), message) for index, message in enumerate(messages)]
            if self._shelf.disk_bytes + sum(map(len, records)) > self._size_bytes:
                self._shelf.lost[Reason.SPOOL_SIZE] += len(records)
            else:
                self._shelf.put_first(records, place, unix_ms(now))

    def peek(self, limit_records: int, limit_bytes: int) -> tuple[Message, ...]:
        """Give the oldest messages, at least one; none when it is empty. They cannot be dropped until `done`.

        Raises SpoolUnavailableError when they cannot be read now.
        """
        with self._lock:
            self._release()
            while self._shelf.segments:
                found = self._read(self._shelf.segments[0], limit_records, limit_bytes)
                if not isinstance(found, Damage):
                    self._shelf.held = True
                    return found
                self._shelf.cut_first(found)
            return ()

    def done(self, count: int) -> None:
        """Forget so many of the messages that the last peek gave: they were sent. 0 gives all of them back."""
        with self._lock:
            ends = self._ends
            self._release()
            if not count:
                return
            segment = self._shelf.segments[0]
            segment.sequence += count
            segment.offset = ends[count - 1]
            if segment.records:
                _look_at_age(segment)
            self._shelf.advance()

    def trim(self, now: datetime) -> None:
        """Drop what is too old or too much."""
        with self._lock:
            self._drop_old(unix_ms(now))
            self._make_room(0)

    def state(self, now: datetime) -> SpoolState:
        """Say how much is not sent yet, and how old the oldest of it is."""
        with self._lock:
            segments = self._shelf.segments
            age_ms = unix_ms(now) - segments[0].oldest_ms if segments else 0
            records = sum(segment.records for segment in segments)
            size = sum(segment.size - segment.offset for segment in segments)
            return SpoolState(records, size, max(0, age_ms) / 1000, self._shelf.trouble)

    def take_losses(self) -> Losses:
        """Give what was lost since this was last asked."""
        with self._lock:
            losses = Losses(dict(+self._shelf.lost), tuple(self._shelf.problems))
            self._shelf.lost.clear()
            self._shelf.problems.clear()
            return losses

    def close(self) -> None:
        """Let go of the folder; what is not sent stays there."""
        with self._lock:
            if self._held < 0:
                return
            self._shelf.close()
            os.close(self._held)
            self._held = -1

    def _put(self, message: Message, at_ms: int) -> None:
        """Add one message."""
        record = encode(self._shelf.next, at_ms, message)
        if len(record) > self._size_bytes or not self._make_room(len(record)):
            self._shelf.lost[Reason.SPOOL_SIZE] += 1
            return
        segment = self._shelf.writing()
        if segment is not None and self._is_full(segment, len(record), at_ms):
            self._shelf.end_segment()
        self._shelf.append(record, at_ms)

    def _is_full(self, segment: Segment, more_bytes: int, at_ms: int) -> bool:
        """Whether a segment has taken what one takes, in bytes or in time."""
        is_large = segment.size + more_bytes > self._segment_bytes
        return is_large or at_ms - segment.began_ms >= self._age_ms // _SHARES

    def _make_room(self, more_bytes: int) -> bool:
        """Drop the oldest segments until there is room; whether there is."""
        while self._shelf.disk_bytes + more_bytes > self._size_bytes:
            if not self._shelf.drop_oldest(Reason.SPOOL_SIZE):
                return False
        return True

    def _drop_old(self, at_ms: int) -> None:
        """Drop the segments whose newest record is too old."""
        while (segment := self._shelf.oldest_droppable()) and segment.newest_ms + self._age_ms < at_ms:
            self._shelf.drop_oldest(Reason.SPOOL_AGE)

    def _read(self, segment: Segment, limit_records: int, limit_bytes: int) -> tuple[Message, ...] | Damage:
        """Read the oldest messages of a segment; the damage when there are none before it."""
        messages: list[Message] = []
        try:
            with segment.path.open("rb") as file:
                for entry in read_entries(file, segment.offset, segment.size, segment.sequence):
                    message = None if isinstance(entry, Damage) else decode(entry.body)
                    if isinstance(entry, Damage) or message is None:
                        return tuple(messages) or _damage(entry, segment)
                    if messages and entry.end - segment.offset > limit_bytes:
                        break
                    messages.append(message)
                    self._ends.append(entry.end)
                    if len(messages) >= limit_records:
                        break
        except FileNotFoundError:
            return Damage(segment.offset, segment.sequence, "the file is gone", "")
        except OSError as error:
            raise SpoolUnavailableError(f"{segment.path} cannot be read: {error.strerror}") from error
        return tuple(messages)

    def _release(self) -> None:
        """Let what was peeked at be dropped again."""
        self._ends = []
        self._shelf.held = False


def _damage(found: Entry | Damage, segment: Segment) -> Damage:
    """Give the damage at the head of a segment: a record that is no message although its checksum is right is one."""
    if isinstance(found, Damage):
        return found
    return Damage(segment.offset, found.sequence, "the record is no message", repr(found.body[:32]))


def _look_at_age(segment: Segment) -> None:
    """Read when the oldest record that is left was put; keep the last known time when it cannot be read."""
    with suppress(OSError), segment.path.open("rb") as file:
        segment.oldest_ms = read_time(file, segment.offset) or segment.oldest_ms
