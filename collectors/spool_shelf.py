"""The segments of an open spool, in order, the last of them written to. What it costs is kept in `lost` and `problems`.

The first segment may be held: what is being sent is out of reach of dropping. A segment that is dropped behind it
leaves a note, so that the numbers of the records have no gap that nobody knows of. Whatever the disk refuses is lost
and counted; nothing here raises but for our own mistakes.
"""

import errno
import os
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from itertools import islice
from pathlib import Path

from collectors.spool_files import DROPPED, Mark, Segment, create_private, remove, segment_path, write_mark
from collectors.spool_records import Damage
from collectors.spool_repair import cut, describe, note_gap
from schemas.model import Problem
from schemas.outcomes import Reason

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(slots=True)
class Shelf:
    """`next` is the number of the next record, `disk_bytes` what the files hold, sent or not.

    `trouble` is why the last record could not be written, empty when it could.
    """

    folder: Path
    segments: deque[Segment]
    next: int
    lost: Counter[Reason] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    trouble: str = ""
    held: bool = False
    disk_bytes: int = 0
    _file: FileIO | None = None

    def __post_init__(self) -> None:
        """Count what is there, and write down how far it was sent."""
        self.disk_bytes = sum(segment.size for segment in self.segments)
        self._write_mark()

    def writing(self) -> Segment | None:
        """Give the segment that takes records now."""
        return self.segments[-1] if self._file is not None else None

    def append(self, record: bytes, at_ms: int) -> None:
        """Write the next record behind the others."""
        try:
            segment = self.writing() or self._begin(at_ms)
            self._write(segment, record)
        except OSError as error:
            self._fail(error, 1)
            return
        segment.next, segment.newest_ms = segment.next + 1, at_ms
        segment.size += len(record)
        self.disk_bytes += len(record)
        self.next, self.trouble = segment.next, ""

    def put_first(self, records: list[bytes], first: int, at_ms: int) -> None:
        """Write records before all others, in a segment of their own: all of them or none."""
        path, data = segment_path(self.folder, first), b"".join(records)
        try:
            with create_private(path) as file:
                _write_all(file, data)
        except OSError as error:
            remove(path)
            self._fail(error, len(records))
            return
        end = first + len(records)
        self.segments.appendleft(Segment(path, first, first, end, 0, len(data), at_ms, at_ms, at_ms))
        self.disk_bytes += len(data)
        self._write_mark()

    def end_segment(self) -> None:
        """Take no more records into the segment that is written to; one that took none goes."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        if not self.segments[-1].size:
            remove(self.segments.pop().path)

    def drop_oldest(self, reason: Reason) -> int:
        """Drop the oldest segment that is not held; give the number of records that are lost, 0 when there is none."""
        segment = self.oldest_droppable()
        if segment is None:
            return 0
        if segment is self.writing():
            self.end_segment()
        records = segment.records
        self.lost[reason] += records
        self.disk_bytes -= segment.size
        segment.sequence, segment.size, segment.offset = segment.next, 0, 0
        if segment is self.segments[0]:
            self.advance()
        else:
            self._leave_note(segment)
        return records

    def oldest_droppable(self) -> Segment | None:
        """Give the oldest segment with records that is not held."""
        return next((segment for segment in islice(self.segments, int(self.held), None) if segment.records), None)

    def advance(self) -> None:
        """Write down how far it was sent, then delete the files at the beginning that have nothing left."""
        self._write_mark()
        while self.segments and not self.segments[0].records:
            if self.segments[0] is self.writing():
                self.end_segment()
            if self.segments:
                segment = self.segments.popleft()
                self.disk_bytes -= segment.size
                remove(segment.path)

    def cut_first(self, damage: Damage) -> None:
        """End the first segment where it turned out to be damaged."""
        segment = self.segments[0]
        if segment is self.writing():
            self.end_segment()
        end, size = segment.next, segment.size
        with suppress(OSError):
            cut(segment, damage)
        self.disk_bytes -= size - segment.size
        self.lost[Reason.SPOOL_DAMAGED] += end - segment.next
        self.problems.append(describe(segment.path, damage))
        with suppress(OSError):
            self.segments.insert(1, note_gap(self.folder, segment.next, end))
        self.advance()

    def close(self) -> None:
        """Leave everything as the next process needs it."""
        self.end_segment()
        self._write_mark()

    def _begin(self, at_ms: int) -> Segment:
        """Begin a segment at the end."""
        path = segment_path(self.folder, self.next)
        self._file = create_private(path)
        self.segments.append(Segment(path, self.next, self.next, self.next, 0, 0, at_ms, at_ms, at_ms))
        return self.segments[-1]

    def _write(self, segment: Segment, record: bytes) -> None:
        """Write a record as a whole; what was written of it is taken back when the disk refuses the rest."""
        if self._file is None:
            raise AssertionError("no segment is written to")
        try:
            _write_all(self._file, record)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file.fileno(), segment.size)
            raise

    def _fail(self, error: OSError, records: int) -> None:
        """Count what the disk did not take; the next record begins a new segment."""
        self.end_segment()
        self.lost[Reason.DISK_FULL if error.errno in _FULL else Reason.SPOOL_UNAVAILABLE] += records
        self.trouble = f"the spool {self.folder} takes no records: {error.strerror}"

    def _leave_note(self, segment: Segment) -> None:
        """Put a note where a segment was dropped."""
        note = segment_path(self.folder, segment.first, DROPPED)
        with suppress(OSError):
            segment.path.rename(note)
            segment.path = note
            os.truncate(note, 0)

    def _write_mark(self) -> None:
        """Write down where the first record that is not sent stands."""
        first = next((segment for segment in self.segments if segment.records), None)
        if first is None:
            write_mark(self.folder, Mark(self.next, 0, self.next, self.next))
        else:
            write_mark(self.folder, Mark(first.first, first.offset, first.sequence, self.next))


def _write_all(file: FileIO, data: bytes) -> None:
    """Write bytes to the last; a file on a full disk takes some of them before it refuses."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
