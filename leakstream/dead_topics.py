"""Reads and replays dead letters on any log, also while others write to it.

Copies of one letter (somebody died between putting it aside and committing) are one. A replay first appends the
original message, then a mark on the dead topic; a death between the two makes the next replay of everything send that
one again, which the processor folds as any other duplicate.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from processors.look_back import look_back
from schemas.ports import Clock, Log, MessageTooLargeError, Record
from schemas.wire.codec import ANOMALIES_TOPIC, PROFILES_TOPIC
from schemas.wire.dead import (
    DEAD_SUFFIX,
    Letter,
    Origin,
    dead_topic,
    is_mark,
    mark_origin,
    mark_replayed,
    read_letter,
    revive,
)

DEAD_TOPICS = (dead_topic(PROFILES_TOPIC), dead_topic(ANOMALIES_TOPIC))
_PLACE = re.compile(r"(?P<topic>[A-Za-z0-9._-]{1,249})\[(?P<partition>[0-9]{1,9})\]@(?P<offset>[0-9]{1,18})")

Wanted = Callable[[Letter], bool]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """Write it as logs and lists do."""
        return f"{self.topic}[{self.partition}]@{self.offset}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A letter, and whether it was replayed."""

    letter: Letter
    replayed: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: the letters sent, and those that could not be, each with a sentence."""

    sent: tuple[Letter, ...]
    refused: tuple[tuple[Letter, str], ...]


def parse_place(text: str) -> Place:
    """Read `topic[partition]@offset`; ValueError quotes what is none."""
    match = _PLACE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a place: {text[:100]!r} (expected such as {DEAD_TOPICS[0]}[0]@17)")
    return Place(match["topic"], int(match["partition"]), int(match["offset"]))


def list_letters(log: Log, wanted: Wanted, limit: int | None) -> list[Listed]:
    """Give the newest letters that are wanted, oldest first; None for all of them."""
    found: dict[Origin, Letter] = {}
    replayed: set[Origin] = set()
    for topic in DEAD_TOPICS:
        for partition in range(log.partitions(topic)):
            found |= _look_through(log, Place(topic, partition, 0), wanted, limit, replayed)
    letters = sorted(found.values(), key=lambda letter: (letter.dead_at, _order(letter)))
    newest = letters if limit is None else letters[len(letters) - min(limit, len(letters)) :]
    return [Listed(letter, letter.origin in replayed) for letter in newest]


def _look_through(
    log: Log, at: Place, wanted: Wanted, limit: int | None, replayed: set[Origin]
) -> dict[Origin, Letter]:
    """Give the newest letters of a partition, the first copy of each, and note what was replayed."""
    found: dict[Origin, Letter] = {}
    for record in look_back(log, at.topic, at.partition):
        if is_mark(record):
            replayed.add(mark_origin(record))
            continue
        letter = read_letter(record)
        if not wanted(letter):
            continue
        if letter.origin not in found and limit is not None and len(found) >= limit:
            break
        found[letter.origin] = letter
    return found


def find_record(log: Log, at: Place) -> Record | None:
    """Give the dead letter at a place, which may also be that of the record it was made of."""
    if at.topic.endswith(DEAD_SUFFIX):
        record = next(iter(log.read(at.topic, at.partition, at.offset, 1)), None)
        there = record is not None and record.position.offset == at.offset and not is_mark(record)
        return record if there else None
    topic = dead_topic(at.topic)
    partitions = range(log.partitions(topic))
    candidates = (record for partition in partitions for record in look_back(log, topic, partition))
    return next((record for record in candidates if read_letter(record).original == str(at)), None)


def replay_records(log: Log, clock: Clock, records: Iterator[Record]) -> Replayed:
    """Append original messages to their topics, one by one, each followed by its mark."""
    sent: list[Letter] = []
    refused: list[tuple[Letter, str]] = []
    for record in records:
        letter = read_letter(record)
        if letter.is_cut:
            refused.append((letter, "only its beginning was kept"))
            continue
        try:
            log.append(record.topic.removesuffix(DEAD_SUFFIX), [revive(record)])
        except MessageTooLargeError as error:
            refused.append((letter, str(error)))
            continue
        log.append(record.topic, [mark_replayed(record, clock.now())])
        sent.append(letter)
    return Replayed(tuple(sent), tuple(refused))


def read_records(log: Log, places: Sequence[Place]) -> Iterator[Record]:
    """Give the letters at some places; one that retention took meanwhile is left out."""
    for at in places:
        record = find_record(log, at)
        if record is not None:
            yield record


def _order(letter: Letter) -> tuple[str, int, int]:
    """Order places of one time as they stand in the log."""
    at = parse_place(letter.place)
    return at.topic, at.partition, at.offset
