"""The files of a spool: how they are named, the mark that says how far they were sent, and the lock.

    00000000000000001041.spool     records from number 1041 on
    00000000000000002090.dropped   records from number 2090 on were dropped on purpose, or counted as lost
    mark                           how far everything was sent, replaced as a whole
    lock                           held by the collector that uses the folder

The numbers have no gaps: where one file ends the next one begins, so that missing records can be counted. The one
exception is the beginning, where sent and dropped files are simply deleted.
"""

import fcntl
import os
import re
import zlib
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from schemas.model import Problem

RECORDS, DROPPED = ".spool", ".dropped"
_NAME = re.compile(r"0[0-9]{19}\.(spool|dropped)")
_MARK, _NEW_MARK, _LOCK = "mark", "mark.new", "lock"
_MARK_FIELDS = 4
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700
_QUOTED_BYTES = 60


class SpoolUnavailableError(Exception):
    """The folder of the spool cannot be used: the sentence says why."""


@dataclass(slots=True)
class Segment:
    """One file of records, and what of it is not sent yet: from `sequence` at `offset`, up to `next` at `size`.

    Times are those at which records were put, in milliseconds since 1970: of the first, of the oldest that is not
    sent, of the last.
    """

    path: Path
    first: int
    sequence: int
    next: int
    offset: int = 0
    size: int = 0
    began_ms: int = 0
    oldest_ms: int = 0
    newest_ms: int = 0

    @property
    def records(self) -> int:
        """How many are not sent yet."""
        return self.next - self.sequence


@dataclass(frozen=True, slots=True)
class Mark:
    """How far it was sent: up to `sequence`, which stands at `offset` in the file `first`; `next` was never used."""

    first: int
    offset: int
    sequence: int
    next: int


def segment_path(folder: Path, first: int, suffix: str = RECORDS) -> Path:
    """Name the file that begins with a record."""
    return folder / f"{first:020d}{suffix}"


def list_segments(folder: Path) -> list[Path]:
    """Give the files of records and the notes of dropped ones, oldest first; files of others are left alone."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file())


def create_private(path: Path) -> FileIO:
    """Open an empty file for writing, readable by nobody else."""
    return FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE), "wb")


def remove(path: Path) -> None:
    """Delete a file of records; one that cannot be deleted lies before the mark and is deleted by the next start."""
    with suppress(OSError):
        path.unlink()


def read_mark(folder: Path) -> Mark | Problem | None:
    """Read the mark; None when there is none, a Problem when it cannot be believed."""
    path = folder / _MARK
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    numbers = raw.decode("ascii", "replace").split(" ")[:_MARK_FIELDS]
    if len(numbers) == _MARK_FIELDS and all(number.isdigit() for number in numbers):
        mark = Mark(*map(int, numbers))
        if raw == _encode_mark(mark):
            return mark
    what = "the mark is damaged: everything that is left is sent, some of it again"
    return Problem(str(path), what, repr(raw[:_QUOTED_BYTES]))


def write_mark(folder: Path, mark: Mark) -> None:
    """Replace the mark as a whole; when the disk is full the old one stays, and more is sent twice after a crash."""
    new = folder / _NEW_MARK
    with suppress(OSError):
        with create_private(new) as file:
            file.write(_encode_mark(mark))
        new.replace(folder / _MARK)


def _encode_mark(mark: Mark) -> bytes:
    """Write the mark as a line that people can read, with its CRC-32 as hex digits."""
    text = f"{mark.first} {mark.offset} {mark.sequence} {mark.next}".encode()
    return b"%s %08x\n" % (text, zlib.crc32(text))


def lock_folder(folder: Path) -> int:
    """Make the folder when missing, and take it for this process; gives what to close. The lock ends with the process.

    Raises SpoolUnavailableError.
    """
    try:
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        held = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
    except OSError as error:
        raise SpoolUnavailableError(f"the spool {folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(held, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(held)
        sentence = f"the spool {folder} is in use by another collector (process {holder}); each needs its own"
        raise SpoolUnavailableError(sentence) from error
    with suppress(OSError):  # a full disk: the number is for people only
        os.ftruncate(held, 0)
        os.pwrite(held, f"{os.getpid()}\n".encode(), 0)
    return held
