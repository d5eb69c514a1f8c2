"""Reads the folder of a spool as the last process left it: what is still to be sent, and what was damaged.

Every record that was not sent is checked. Damage costs the records it hits and those behind them in the same file: the
file is cut there. What is missing is counted by the numbers of the records: up to the next file, or up to the number
that the mark knows; a record that was torn at the very end counts as one.
"""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from collectors.spool_files import (
    DROPPED,
    Mark,
    Segment,
    SpoolUnavailableError,
    create_private,
    list_segments,
    read_mark,
    remove,
    segment_path,
)
from collectors.spool_records import Damage, read_entries
from schemas.model import Problem


@dataclass(slots=True)
class Found:
    """What was found: segments in order, notes of dropped records among them. `next` is the number of the next put."""

    segments: deque[Segment] = field(default_factory=deque)
    next: int = 0
    lost: int = 0
    problems: list[Problem] = field(default_factory=list)


def find(folder: Path) -> Found:
    """Read a folder and mend it; raises SpoolUnavailableError when it cannot be read or mended."""
    try:
        return _find(folder)
    except OSError as error:
        raise SpoolUnavailableError(f"the spool {folder} cannot be used: {error}") from error


def _find(folder: Path) -> Found:
    """Look at each file in turn, with the number at which it must end."""
    found, mark = Found(), read_mark(folder)
    if isinstance(mark, Problem):
        found.problems.append(mark)
    known = mark if isinstance(mark, Mark) else Mark(0, 0, 0, 0)
    paths = [path for path in list_segments(folder) if not _is_sent(path, known)]
    for index, path in enumerate(paths):
        following = int(paths[index + 1].stem) if index + 1 < len(paths) else None
        if path.suffix == DROPPED:
            _take_note(path, following, found)
        else:
            _take_segment(path, known, following, found)
    found.next = max(found.next, known.next)
    if not paths and known.sequence < known.next:
        found.lost += known.next - known.sequence
        found.problems.append(Problem(str(folder), f"{known.next - known.sequence} records are missing"))
    _forget_beginning(found)
    return found


def _is_sent(path: Path, mark: Mark) -> bool:
    """Delete a file that lies before the mark, and say so."""
    if int(path.stem) >= mark.first:
        return False
    path.unlink()
    return True


def _take_note(path: Path, following: int | None, found: Found) -> None:
    """Keep a note of dropped records in its place."""
    first = int(path.stem)
    end = max(first, following or first)
    found.segments.append(Segment(path, first, sequence=end, next=end))
    found.next = max(found.next, end)


def _take_segment(path: Path, mark: Mark, following: int | None, found: Found) -> None:
    """Check a file of records, and count what is missing of it."""
    first = int(path.stem)
    sequence, offset = (mark.sequence, mark.offset) if first == mark.first else (first, 0)
    segment = Segment(path, first, sequence, sequence, offset, path.stat().st_size)
    damage = check(segment)
    expected = following if following is not None else max(mark.next, segment.next)
    missing = max(0, expected - segment.next)
    if damage is None and missing:
        damage = Damage(segment.size, segment.next, f"{missing} records are missing", "")
    if damage is not None:
        found.problems.append(describe(path, damage))
        found.lost += missing or (1 if following is None else 0)
    if segment.records:
        found.segments.append(segment)
    else:
        path.unlink()
    if missing:
        found.segments.append(note_gap(path.parent, segment.next, expected))
    found.next = max(found.next, expected, segment.next)


def check(segment: Segment) -> Damage | None:
    """Read a segment from its offset on, fill in what it holds, and cut it where it is damaged."""
    damage: Damage | None = None
    if segment.offset > segment.size:
        damage = Damage(segment.size, segment.sequence, "the file is shorter than what was sent of it", "")
    with segment.path.open("rb") as file:
        for entry in read_entries(file, segment.offset, segment.size, segment.sequence):
            if isinstance(entry, Damage):
                damage = entry
                break
            if segment.next == segment.sequence:
                segment.began_ms = segment.oldest_ms = entry.put_at_ms
            segment.next, segment.newest_ms = entry.sequence + 1, entry.put_at_ms
    if damage is not None:
        cut(segment, damage)
    return damage


def cut(segment: Segment, damage: Damage) -> None:
    """End a segment where it is damaged, in the file too."""
    segment.size, segment.next = damage.offset, damage.sequence
    segment.offset = min(segment.offset, segment.size)
    with segment.path.open("r+b") as file:
        file.truncate(damage.offset)


def note_gap(folder: Path, first: int, end: int) -> Segment:
    """Write down that records are missing and were counted, so that they are not counted again."""
    path = segment_path(folder, first, DROPPED)
    create_private(path).close()
    return Segment(path, first, sequence=end, next=end)


def describe(path: Path, damage: Damage) -> Problem:
    """Say where a file is damaged, and how."""
    return Problem(f"{path} byte {damage.offset}", damage.what, damage.quote)


def _forget_beginning(found: Found) -> None:
    """Delete the notes before the first record that is left: nobody looks for what was there."""
    while found.segments and not found.segments[0].records:
        remove(found.segments.popleft().path)
