"""Requests for evidence as bytes and back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceRequest
from schemas.model import Kind, LogPosition
from schemas.outcomes import Invalid
from schemas.ports import Message, Record
from schemas.wire import leakstream_pb2 as pb
from schemas.wire.codec import decode_profile
from schemas.wire.request import decode_request, encode_request
from tests.store_rows import START, minute

REQUEST = EvidenceRequest("checkout", "a:1", 255, (Kind.TEXT, Kind.LEAK), START, 1_000, minute(-60), 7)


def record_of(message: Message) -> Record:
    """Put a message into the log."""
    return Record("evidence-requests", LogPosition(0, 5), START, message.key, message.value, dict(message.headers))


def decoded(body: pb.EvidenceRequestRecord) -> EvidenceRequest | Invalid:
    """Read a body."""
    return decode_request(record_of(Message(b"checkout", body.SerializeToString())))


@pytest.mark.parametrize("request_", [REQUEST, replace(REQUEST, life=None, lock_waiters=0)])
def test_request_comes_back_as_it_was(request_: EvidenceRequest) -> None:
    """The key is the service, the header says what it is."""
    message = encode_request(request_)
    assert (message.key, message.headers["kind"]) == (b"checkout", b"evidence-request")
    assert decode_request(record_of(message)) == request_


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (pb.EvidenceRequestRecord(service="s", kinds=["goroutineleak"]), "service or instance is empty"),
        (pb.EvidenceRequestRecord(service="s", instance="i"), "no kind of profile that is known"),
        (
            pb.EvidenceRequestRecord(service="s", instance="i", kinds=["block"]),
            "no kind of profile that is known",
        ),
        (
            pb.EvidenceRequestRecord(service="s", instance="i", kinds=["goroutineleak"], goroutines=-1),
            "-1 goroutines, 0 of them at locks",
        ),
        (
            pb.EvidenceRequestRecord(service="s", instance="i", kinds=["goroutineleak"], slot_unix_ms=-1),
            "a time lies outside 1970 to 9999",
        ),
    ],
)
def test_what_is_no_request_says_why(body: pb.EvidenceRequestRecord, what: str) -> None:
    """Each with its sentence and its place."""
    refused = decoded(body)
    assert isinstance(refused, Invalid)
    assert (refused.problem.where, refused.problem.what) == ("evidence-requests[0]@5", what)


def test_kind_of_a_newer_processor_is_left_out() -> None:
    """What is known of a request is served."""
    body = pb.EvidenceRequestRecord(service="s", instance="i", kinds=["block", "goroutineleak"])
    request = decoded(body)
    assert isinstance(request, EvidenceRequest)
    assert request.kinds == (Kind.LEAK,)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_none(value: bytes) -> None:
    """Never an error."""
    record = record_of(Message(b"checkout", value))
    assert isinstance(decode_request(record), EvidenceRequest | Invalid)
    decode_profile(record)
