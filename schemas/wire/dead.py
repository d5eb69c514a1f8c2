"""Dead letters: a record that cannot be processed, with its reason, its place and a way back.

It travels on a topic of its own with key, value and headers as they were. What we know of it stands in headers of ours;
an original header of the same name is kept under `original-`, so that nothing is lost and `revive` gives the very
message. Which records become dead letters: all that carry bytes worth looking at, so every `Invalid` but a tombstone,
which is counted only. A profile that cannot be read inside a good record (malformed_profile) is a failed scrape in the
store and a dead letter too, because its bytes would be lost otherwise.

A replay leaves a mark on the same topic: no value, and the identity of the record that was replayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from schemas.outcomes import Invalid, Reason
from schemas.ports import Message, Record
from schemas.wire.codec import PROFILES_TOPIC, place, read_collector

DEAD_SUFFIX = ".dead"
DEAD_REASONS = (
    Reason.EMPTY_RECORD,
    Reason.OVERSIZED_RECORD,
    Reason.UNKNOWN_VERSION,
    Reason.MALFORMED_RECORD,
    Reason.FROM_THE_FUTURE,
    Reason.MALFORMED_PROFILE,
)
"""Why a record becomes a dead letter, in the order in which it is looked at."""

REPLAYED_FROM = "replayed-from"
MAXIMUM_ERROR_BYTES = 1024
CUT_BYTES = 1024
"""What is kept of a value that the log does not take as a dead letter."""

_MAXIMUM_COLLECTOR_BYTES = 200
_MAXIMUM_DIGITS = 19
_ORIGIN = ("topic", "partition", "offset", "appended-at")
_OURS = frozenset((*_ORIGIN, "reason", "error", "place", "collector", "dead-at", "cut-from", "replayed"))
_KEPT = "original-"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

Origin = tuple[bytes, ...]
"""Names the record a dead letter was made of: topic, partition, offset, time of the log. Several copies share it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a dead letter says of itself. `original` is the place of the record it was made of.

    `size_bytes` is the size of the value as it was; `is_cut` says that only its beginning is left, so that it cannot
    be replayed. Words from outside (error, service, collector) may hold anything.
    """

    place: str
    dead_at: datetime
    reason: str
    error: str
    original: str
    origin: Origin
    service: str
    collector: str
    size_bytes: int
    is_cut: bool


def dead_topic(topic: str) -> str:
    """Give the name of the topic where the dead letters of a topic are kept."""
    return topic + DEAD_SUFFIX


def dead_letter(record: Record, invalid: Invalid, now: datetime) -> Message:
    """Put a record aside, whole, with the reason why."""
    ours = {
        "reason": invalid.reason.value.encode(),
        "error": _clip(str(invalid.problem), MAXIMUM_ERROR_BYTES),
        "place": place(record).encode(),
        **_origin(record),
        "collector": _clip(_find_collector(record, invalid), _MAXIMUM_COLLECTOR_BYTES),
        "dead-at": _write_time(now),
    }
    kept = {_KEPT + name if _is_reserved(name) else name: value for name, value in record.headers.items()}
    return Message(record.key, record.value, kept | ours)


def cut(letter: Message) -> Message | None:
    """Keep only the beginning of value and headers of a letter that is too large; None when that was done before."""
    if "cut-from" in letter.headers:
        return None
    value = letter.value or b""
    headers = {name: header[:CUT_BYTES] for name, header in letter.headers.items()}
    return Message(letter.key, value[:CUT_BYTES], {**headers, "cut-from": str(len(value)).encode()})


def revive(record: Record) -> Message:
    """Give the original message back from a dead letter; a header says from where."""
    headers = {name.removeprefix(_KEPT): value for name, value in record.headers.items() if name not in _OURS}
    return Message(record.key, record.value, {**headers, REPLAYED_FROM: place(record).encode()})


def read_letter(record: Record) -> Letter:
    """Read what a dead letter says; what is missing in it is empty, and its place stands in for its origin."""
    headers = record.headers
    cut_from = headers.get("cut-from", b"")
    return Letter(
        place=place(record),
        dead_at=_read_time(headers.get("dead-at", b"")) or record.appended_at,
        reason=_text(headers, "reason"),
        error=_text(headers, "error"),
        original=_text(headers, "place"),
        origin=read_origin(record),
        service=_text(headers, "service") or record.key.decode(errors="replace"),
        collector=_text(headers, "collector"),
        size_bytes=len(record.value or b"") if (size := _number(cut_from)) is None else size,
        is_cut=bool(cut_from),
    )


def read_origin(record: Record) -> Origin:
    """Give the identity of the record that a letter or a mark speaks of; a stranger's letter speaks of itself."""
    found = tuple(record.headers.get(name, b"") for name in _ORIGIN)
    return found if all(found) else (place(record).encode(),)


def read_position(record: Record) -> tuple[int, int] | None:
    """Give partition and offset of the record that a letter was made of; None when it does not say."""
    partition, offset = (_number(record.headers.get(name, b"")) for name in ("partition", "offset"))
    return None if partition is None or offset is None else (partition, offset)


def mark_replayed(record: Record, now: datetime) -> Message:
    """Make the mark that a letter was replayed; the same key keeps it behind the letter in the same partition."""
    names = [name for name in _ORIGIN if name in record.headers]
    origin = {name: record.headers[name] for name in names}
    return Message(record.key, None, {**origin, "replayed": place(record).encode(), "dead-at": _write_time(now)})


def is_mark(record: Record) -> bool:
    """Say whether this is the mark of a replay, and no letter."""
    return record.value is None and "replayed" in record.headers


def mark_origin(record: Record) -> Origin:
    """Give the identity of what was replayed."""
    found = read_origin(record)
    return found if len(found) > 1 else (record.headers["replayed"],)


def _origin(record: Record) -> dict[str, bytes]:
    """Write the identity of a record; the time tells two topics of one name apart."""
    position = record.position
    values = (record.topic, str(position.partition), str(position.offset))
    return dict(zip(_ORIGIN, (*(value.encode() for value in values), _write_time(record.appended_at)), strict=True))


def _is_reserved(name: str) -> bool:
    """Say whether an original header must step aside for ours."""
    return name in _OURS or name.startswith(_KEPT)


def _find_collector(record: Record, invalid: Invalid) -> str:
    """Read who sent a profile; not from what is too large to be read."""
    if record.topic != PROFILES_TOPIC or invalid.reason is Reason.OVERSIZED_RECORD or not record.value:
        return ""
    return read_collector(record.value)


def _clip(text: str, maximum_bytes: int) -> bytes:
    """Write text within a number of bytes, cut between characters."""
    data = text.encode(errors="replace")
    return data if len(data) <= maximum_bytes else data[:maximum_bytes].decode(errors="ignore").encode()


def _text(headers: Mapping[str, bytes], name: str) -> str:
    """Read a header as text, whatever it holds."""
    return headers.get(name, b"").decode(errors="replace")


def _number(data: bytes) -> int | None:
    """Read a whole number of a sane length."""
    return int(data) if data.isdigit() and len(data) <= _MAXIMUM_DIGITS else None


def _write_time(moment: datetime) -> bytes:
    """Write a time in UTC, ISO 8601, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


def _read_time(data: bytes) -> datetime | None:
    """Read such a time; None when it is none."""
    try:
        found = datetime.fromisoformat(data.decode())
    except ValueError:
        return None
    return found if found.tzinfo is not None and found >= _NEVER else None
