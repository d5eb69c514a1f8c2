"""What our own records promise on the wire."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.fingerprint import fingerprint
from schemas.heap import GoroutineCost
from schemas.model import Anomaly, FailureReason, Finding, Growth, LogPosition, ScrapedProfile, Stack, State, Verdict
from schemas.outcomes import Invalid, Reason
from schemas.ports import Message, Record
from schemas.wire.codec import decode_anomaly, decode_profile, encode_anomaly, encode_profile, place, without_profile

AT = datetime(2026, 11, 1, 12, 0, 0, 250_000, tzinfo=UTC)
SCRAPED = ScrapedProfile("checkout", "10.0.0.7:6060", AT, AT, 0.25, 0.012, {"version": "v41"}, b"\x1f\x8b")
STACK = fingerprint(Stack(("main.leak", "main.main"), 1, "chan send"))
FINDINGS = (
    Finding("size", passed=True, value=40.0, limit=8.0),
    Finding("waves", passed=True, value=40.0, limit=-inf),
)
GROWTH = replace(
    Growth("checkout", STACK, AT, 90, 3, 2, "a", 80, 120.5, 100.0, 140.0, 30, 7.5, candidate=True, reason="rises"),
    findings=FINDINGS,
)
ANOMALY = Anomaly(
    "checkout", STACK, AT, State.FIRING, State.PENDING, Verdict.PROBABLE, "it kept growing", AT, GROWTH, "v41", AT
)
COST = GoroutineCost(2_500.5, 19_000.0, "measured: two readings of a 24 min apart", measured=True)


def record(message: Message, offset: int = 7) -> Record:
    """Put a message where a log would."""
    return Record("goroutine-profiles", LogPosition(2, offset), AT, message.key, message.value, dict(message.headers))


def test_profile_survives_the_wire() -> None:
    """What was scraped is what is processed."""
    assert decode_profile(record(encode_profile(SCRAPED, "c1"))) == SCRAPED


def test_failure_survives_the_wire() -> None:
    """So does the reason why there is no profile."""
    failed = replace(SCRAPED, profile=None, failure=FailureReason.TIMEOUT, error="no answer within 10s")
    assert decode_profile(record(encode_profile(failed, "c1"))) == failed


def test_profile_that_is_too_large_becomes_the_failure_of_the_same_attempt() -> None:
    """Everything but the profile stays, and the sentence says the size."""
    smaller = without_profile(encode_profile(SCRAPED, "c1"), "at most 1 byte")
    error = "the log does not take this profile of 2 bytes: at most 1 byte"
    expected = replace(SCRAPED, profile=None, failure=FailureReason.TOO_LARGE, error=error)
    assert smaller == encode_profile(expected, "c1")


@pytest.mark.parametrize(
    "message",
    [
        encode_profile(replace(SCRAPED, profile=None, failure=FailureReason.TIMEOUT, error="late"), "c1"),
        Message(b"s", None),
        Message(b"s", b"\xff\xff"),
    ],
)
def test_what_has_no_profile_cannot_be_made_smaller(message: Message) -> None:
    """A failure, a tombstone, strange bytes."""
    assert without_profile(message, "at most 1 byte") is None


def test_anomaly_survives_the_wire() -> None:
    """A change of state arrives with the growth that carried it, and its evidence; no limit is a limit too."""
    for anomaly in (ANOMALY, replace(ANOMALY, cost=COST)):
        assert decode_anomaly(record(encode_anomaly(anomaly))) == anomaly


def test_anomaly_of_a_writer_that_kept_no_findings_is_read() -> None:
    """An older record has none, and everything else."""
    older = replace(ANOMALY, growth=replace(GROWTH, findings=()))
    assert decode_anomaly(record(encode_anomaly(older))) == older


def test_headers_say_what_a_record_is_without_parsing() -> None:
    """Version, kind and service; the key is the service."""
    message = encode_profile(SCRAPED, "c1")
    assert (message.key, dict(message.headers)) == (
        b"checkout",
        {"schema-version": b"1", "kind": b"profile", "service": b"checkout"},
    )


def test_unknown_version_is_refused_by_name() -> None:
    """A record of another version says so, with its place."""
    strange = replace(encode_profile(SCRAPED, "c1"), headers={"schema-version": b"9"})
    refused = decode_profile(record(strange))
    assert isinstance(refused, Invalid)
    assert (refused.reason, str(refused.problem)) == (
        Reason.UNKNOWN_VERSION,
        "goroutine-profiles[2]@7: unknown schema version: b'9'",
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [(None, Reason.TOMBSTONE), (b"", Reason.EMPTY_RECORD), (b"\xff\xff", Reason.MALFORMED_RECORD)],
)
def test_nothing_and_garbage_are_refused_each_by_its_name(value: bytes | None, reason: Reason) -> None:
    """A tombstone is no empty record, and neither is garbage; for both kinds of record."""
    found = record(Message(b"k", value))
    assert [getattr(read(found), "reason", None) for read in (decode_profile, decode_anomaly)] == [reason, reason]


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_read_and_never_raise(value: bytes) -> None:
    """Any bytes have an outcome, for both kinds of record."""
    found = record(Message(b"k", value))
    assert isinstance(decode_profile(found), Invalid | ScrapedProfile)
    assert isinstance(decode_anomaly(found), Invalid | Anomaly)


@given(
    st.integers(0, 4_000_000_000_000), st.text(max_size=20), st.dictionaries(st.text(max_size=5), st.text(max_size=5))
)
def test_times_and_labels_survive_to_the_millisecond(milliseconds: int, name: str, labels: dict[str, str]) -> None:
    """Slots are exact; any text is a label."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    scraped = replace(SCRAPED, slot=at, scraped_at=at, service=f"s{name}", labels=labels)
    assert decode_profile(record(encode_profile(scraped, "c1"))) == scraped


def test_place_names_topic_partition_and_offset() -> None:
    """The same form everywhere."""
    assert place(record(Message(b"", None), 41)) == "goroutine-profiles[2]@41"
