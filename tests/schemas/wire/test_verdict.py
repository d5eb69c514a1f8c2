"""What a person said, on the wire."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from schemas.outcomes import Invalid, Reason
from schemas.say import Opinion, PersonalVerdict
from schemas.wire import leakstream_pb2 as pb
from schemas.wire.codec import encode_profile, make_message
from schemas.wire.verdict import decode_verdict, encode_verdict, is_verdict
from tests.schemas.wire.test_codec import SCRAPED, record

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
BENIGN = PersonalVerdict(
    *("checkout", 2**64 - 1, Opinion.BENIGN, "one per websocket", "ann", AT), up_to=5000, expires=AT + timedelta(days=9)
)


@pytest.mark.parametrize("verdict", [BENIGN, replace(BENIGN, opinion=Opinion.LEAK, up_to=0, expires=None)])
def test_verdict_survives_the_wire(verdict: PersonalVerdict) -> None:
    """What was said is what is taken up."""
    sent = record(encode_verdict(verdict))
    assert (is_verdict(sent), decode_verdict(sent)) == (True, verdict)


def test_profile_is_no_verdict() -> None:
    """The header tells them apart."""
    assert not is_verdict(record(encode_profile(SCRAPED, "c1")))


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (pb.VerdictRecord(opinion="leak"), "the service is empty"),
        (pb.VerdictRecord(service="a", opinion="odd"), "the opinion 'odd' is not known"),
        (pb.VerdictRecord(service="a", opinion="leak", given_at_unix_ms=-1), "a time lies outside 1970 to 9999"),
        (pb.VerdictRecord(service="a", opinion="benign", up_to=-1), "up to -1 goroutines"),
    ],
)
def test_what_is_no_verdict_is_refused_with_its_place(body: pb.VerdictRecord, what: str) -> None:
    """It never raises."""
    refused = decode_verdict(record(make_message("a", b"verdict", body.SerializeToString())))
    assert isinstance(refused, Invalid)
    assert (refused.reason, refused.problem.what) == (Reason.MALFORMED_RECORD, what)
