"""What a record may be, and the name of every way not to be one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.admit import Bounds, admit_anomaly, admit_profile
from schemas.model import LogPosition, ScrapedProfile
from schemas.outcomes import Invalid, Reason
from schemas.ports import Message, Record
from schemas.wire.codec import encode_anomaly, encode_profile
from tests.ticket_maker import make_anomaly

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BOUNDS = Bounds(record_bytes=1000, clock_tolerance_seconds=600)
SCRAPED = ScrapedProfile("checkout", "a:1", NOW, NOW, 60.0, 0.01, {}, b"\x1f\x8b")


def record(message: Message, appended_at: datetime = NOW) -> Record:
    """Put a message where a log would."""
    return Record("goroutine-profiles", LogPosition(2, 7), appended_at, message.key, message.value, message.headers)


def at(slot: datetime) -> Message:
    """Make a record of a slot."""
    return encode_profile(replace(SCRAPED, slot=slot), "c1")


def outcome(found: Record, now: datetime = NOW) -> str:
    """Name what became of a record."""
    admitted = admit_profile(found, now, BOUNDS)
    return admitted.reason.value if isinstance(admitted, Invalid) else "admitted"


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (encode_profile(SCRAPED, "c1"), "admitted"),
        (Message(b"k", None), "tombstone"),
        (Message(b"k", None, {"schema-version": b"9"}), "tombstone"),
        (Message(b"k", b""), "empty_record"),
        (Message(b"k", b"\xff\xff"), "malformed_record"),
        (Message(b"k", b"\xff\xff", {"schema-version": b"9"}), "unknown_schema_version"),
        (Message(b"k", b"\xff" * 1001), "oversized_record"),
        (encode_profile(replace(SCRAPED, profile=b"x" * 1000), "c1"), "oversized_record"),
        (encode_profile(replace(SCRAPED, slot=NOW + timedelta(minutes=11)), "c1"), "from_the_future"),
    ],
)
def test_every_record_has_a_named_outcome(message: Message, name: str) -> None:
    """Nothing is left to guess."""
    assert outcome(record(message)) == name


@pytest.mark.parametrize(
    ("slot", "appended", "now", "name"),
    [
        (600, 0, 0, "admitted"),
        (601, 0, 0, "from_the_future"),
        (601, 1, 1, "admitted"),
        (601, 900, 0, "from_the_future"),
        (601, 0, 900, "from_the_future"),
        (-9_000_000, 0, 0, "admitted"),
    ],
)
def test_future_begins_after_the_earlier_of_both_clocks(slot: int, appended: int, now: int, name: str) -> None:
    """Ten minutes are forgiven; neither a late processor nor a log that believes collectors lets more through."""
    times = [NOW + timedelta(seconds=seconds) for seconds in (slot, appended, now)]
    assert outcome(record(at(times[0]), times[1]), times[2]) == name


def test_future_says_by_how_much_and_what_to_do() -> None:
    """The sentence is for the person whose clock is wrong."""
    refused = admit_profile(record(at(NOW + timedelta(hours=2))), NOW, BOUNDS)
    assert isinstance(refused, Invalid)
    assert str(refused.problem) == (
        "goroutine-profiles[2]@7: the slot lies 7200 s in the future: set the clock of the collector: "
        "'2026-11-01T14:00:00+00:00'"
    )


def test_anomaly_is_read_within_the_same_size() -> None:
    """And refused beyond it."""
    message = encode_anomaly(make_anomaly())
    small = Bounds(record_bytes=10)
    refused = admit_anomaly(record(message), small)
    assert (admit_anomaly(record(message), BOUNDS), getattr(refused, "reason", None)) == (
        make_anomaly(),
        Reason.OVERSIZED_RECORD,
    )


@given(st.none() | st.binary(max_size=100), st.dictionaries(st.just("schema-version"), st.binary(max_size=2)))
def test_any_record_is_admitted_or_refused_and_never_raises(value: bytes | None, headers: dict[str, bytes]) -> None:
    """Reading is total."""
    found = record(Message(b"k", value, headers))
    assert isinstance(admit_profile(found, NOW, BOUNDS), ScrapedProfile | Invalid)
