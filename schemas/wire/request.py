"""A request for evidence, as bytes and back. Reading never raises on bad bytes; the envelope is codec.py's."""

from schemas.evidence import EvidenceRequest
from schemas.model import Kind
from schemas.outcomes import Invalid
from schemas.ports import Message, Record
from schemas.wire import leakstream_pb2 as pb
from schemas.wire.codec import LATEST_MS, from_unix_ms, make_message, parse_record, refuse_record, unix_ms

REQUESTS_TOPIC = "evidence-requests"


def encode_request(request: EvidenceRequest) -> Message:
    """Write one request; the key is the service."""
    body = pb.EvidenceRequestRecord(
        service=request.service,
        instance=request.instance,
        fingerprint=request.fingerprint,
        kinds=[kind.value for kind in request.kinds],
        slot_unix_ms=unix_ms(request.slot),
        goroutines=request.goroutines,
        life_unix_ms=unix_ms(request.life) if request.life else 0,
        lock_waiters=request.lock_waiters,
    )
    return make_message(request.service, b"evidence-request", body.SerializeToString())


def decode_request(record: Record) -> EvidenceRequest | Invalid:
    """Read one request, or say why these bytes are none; kinds that are not known are left out."""
    message = pb.EvidenceRequestRecord()
    refused = parse_record(record, message)
    if refused is not None:
        return refused
    if not message.service or not message.instance:
        return refuse_record(record, "service or instance is empty")
    if not all(0 <= time <= LATEST_MS for time in (message.slot_unix_ms, message.life_unix_ms)):
        return refuse_record(record, "a time lies outside 1970 to 9999")
    if message.goroutines < 0 or message.lock_waiters < 0:
        return refuse_record(record, f"{message.goroutines} goroutines, {message.lock_waiters} of them at locks")
    kinds = tuple(Kind(word) for word in message.kinds if word in Kind._value2member_map_)
    if not kinds:
        return refuse_record(record, "no kind of profile that is known")
    return EvidenceRequest(
        service=message.service,
        instance=message.instance,
        fingerprint=message.fingerprint,
        kinds=kinds,
        slot=from_unix_ms(message.slot_unix_ms),
        goroutines=message.goroutines,
        life=from_unix_ms(message.life_unix_ms) if message.life_unix_ms else None,
        lock_waiters=message.lock_waiters,
    )
