"""What dead letters promise: the record whole, why it is there, and the way back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.model import LogPosition, Problem
from schemas.outcomes import Invalid, Reason
from schemas.ports import Message, Record
from schemas.wire.codec import encode_profile
from schemas.wire.dead import (
    CUT_BYTES,
    Letter,
    cut,
    dead_letter,
    is_mark,
    mark_origin,
    mark_replayed,
    read_letter,
    read_origin,
    read_position,
    revive,
)
from tests.schemas.wire.test_codec import SCRAPED

AT = datetime(2026, 11, 1, 12, 0, 0, 250_000, tzinfo=UTC)
NOW = AT + timedelta(seconds=2)
OURS = ("reason", "error", "place", "topic", "partition", "offset", "collector", "dead-at", "cut-from", "replayed")
NAMES = st.one_of(st.sampled_from((*OURS, "original-reason", "original-original-x", "service")), st.text(max_size=12))
HEADERS = st.dictionaries(NAMES, st.binary(max_size=20), max_size=6)
VALUES = st.none() | st.binary(max_size=60)
INVALID = Invalid(Reason.MALFORMED_RECORD, Problem("goroutine-profiles[2]@7", "not a record of this topic", "b'x'"))


def record(message: Message, topic: str = "goroutine-profiles", offset: int = 7) -> Record:
    """Put a message where a log would."""
    return Record(topic, LogPosition(2, offset), AT, message.key, message.value, dict(message.headers))


def buried(message: Message, invalid: Invalid = INVALID) -> Record:
    """Put a message aside, as the log gives it back."""
    return record(dead_letter(record(message), invalid, NOW), "goroutine-profiles.dead", 17)


@given(st.binary(max_size=20), VALUES, HEADERS)
def test_revived_letter_is_the_original_message(key: bytes, value: bytes | None, headers: dict[str, bytes]) -> None:
    """Key, value and headers come back to the byte, whatever their names; one header says from where."""
    original = Message(key, value, headers)
    letter = buried(original)
    expected = replace(original, headers={**headers, "replayed-from": b"goroutine-profiles.dead[2]@17"})
    assert (letter.key, letter.value, revive(letter)) == (key, value, expected)


@given(st.binary(max_size=20), VALUES, HEADERS)
def test_reading_a_stranger_on_the_dead_topic_never_raises(
    key: bytes, value: bytes | None, headers: dict[str, bytes]
) -> None:
    """Any record there is a letter or a mark of some sort."""
    found = record(Message(key, value, headers), "goroutine-profiles.dead")
    assert isinstance(read_letter(found), Letter)
    assert isinstance(revive(found), Message)
    assert read_position(found) is None or len(read_origin(found)) >= 1
    assert not is_mark(found) or mark_origin(found)


def test_letter_says_everything() -> None:
    """Reason, problem, place, origin, service, collector, size and time."""
    message = encode_profile(SCRAPED, "c1")
    assert read_letter(buried(message)) == Letter(
        place="goroutine-profiles.dead[2]@17",
        dead_at=NOW,
        reason="malformed_record",
        error="goroutine-profiles[2]@7: not a record of this topic: b'x'",
        original="goroutine-profiles[2]@7",
        origin=(b"goroutine-profiles", b"2", b"7", b"2026-11-01T12:00:00.250Z"),
        service="checkout",
        collector="c1",
        size_bytes=len(message.value or b""),
        is_cut=False,
    )


def test_headers_of_a_letter_can_be_filtered_on() -> None:
    """Ours stand beside the original ones, in plain words."""
    assert dict(buried(Message(b"cart", b"?", {"schema-version": b"9", "reason": b"mine"})).headers) == {
        "schema-version": b"9",
        "original-reason": b"mine",
        "reason": b"malformed_record",
        "error": b"goroutine-profiles[2]@7: not a record of this topic: b'x'",
        "place": b"goroutine-profiles[2]@7",
        "topic": b"goroutine-profiles",
        "partition": b"2",
        "offset": b"7",
        "appended-at": b"2026-11-01T12:00:00.250Z",
        "collector": b"",
        "dead-at": b"2026-11-01T12:00:02.250Z",
    }


@given(st.text(max_size=3000))
def test_error_is_bounded_and_stays_text(what: str) -> None:
    """A kilobyte at most, cut between characters."""
    error = buried(Message(b"k", b"v"), Invalid(Reason.MALFORMED_RECORD, Problem("x", what))).headers["error"]
    assert (len(error) <= 1024, error.decode(errors="replace").encode() == error) == (True, True)


def test_service_without_headers_is_the_key() -> None:
    """Records are keyed by service."""
    assert read_letter(buried(Message(b"cart", b"?"))).service == "cart"


def test_collector_of_an_oversized_record_is_not_looked_for() -> None:
    """What is too large to be read is not read."""
    invalid = replace(INVALID, reason=Reason.OVERSIZED_RECORD)
    assert read_letter(buried(encode_profile(SCRAPED, "c1"), invalid)).collector == ""


def test_cut_letter_keeps_its_beginning_and_says_so_once() -> None:
    """It tells its true size and that it cannot be replayed; it cannot be cut again."""
    letter = dead_letter(record(Message(b"k", b"x" * 5000)), INVALID, NOW)
    shorter = cut(letter)
    assert shorter is not None
    found = read_letter(record(shorter))
    assert (shorter.value, found.size_bytes, found.is_cut, cut(shorter)) == (b"x" * CUT_BYTES, 5000, True, None)


def test_mark_names_what_was_replayed() -> None:
    """It has the key and the origin of the letter, no value, and is no letter itself."""
    letter = buried(Message(b"k", None))
    mark = record(mark_replayed(letter, NOW), "goroutine-profiles.dead", 18)
    assert (mark.key, mark.value, is_mark(mark), is_mark(letter)) == (b"k", None, True, False)
    assert mark_origin(mark) == read_letter(letter).origin


def test_mark_of_a_stranger_names_its_place() -> None:
    """What does not say where it came from is known by where it stands."""
    stranger = record(Message(b"k", b"v"), "goroutine-profiles.dead", 5)
    mark = record(mark_replayed(stranger, NOW), "goroutine-profiles.dead", 6)
    assert mark_origin(mark) == read_letter(stranger).origin == (b"goroutine-profiles.dead[2]@5",)
