"""What a person said of a stack, as bytes and back. Reading never raises on bad bytes; the envelope is codec.py's."""

from schemas.outcomes import Invalid
from schemas.ports import Message, Record
from schemas.say import Opinion, PersonalVerdict
from schemas.wire import leakstream_pb2 as pb
from schemas.wire.codec import LATEST_MS, from_unix_ms, make_message, parse_record, refuse_record, unix_ms

VERDICT = b"verdict"
_MOST = 2**32 - 1


def encode_verdict(verdict: PersonalVerdict) -> Message:
    """Write one verdict; the key is the service, so it stands in order among the profiles of its service."""
    body = pb.VerdictRecord(
        service=verdict.service,
        fingerprint=verdict.fingerprint,
        opinion=verdict.opinion.value,
        reason=verdict.reason,
        given_by=verdict.by,
        given_at_unix_ms=unix_ms(verdict.given_at),
        up_to=verdict.up_to,
        expires_unix_ms=unix_ms(verdict.expires) if verdict.expires else 0,
    )
    return make_message(verdict.service, VERDICT, body.SerializeToString())


def is_verdict(record: Record) -> bool:
    """Tell a verdict from the profiles of its topic."""
    return record.headers.get("kind") == VERDICT


def decode_verdict(record: Record) -> PersonalVerdict | Invalid:
    """Read one verdict, or say why these bytes are none."""
    message = pb.VerdictRecord()
    refused = parse_record(record, message)
    if refused is not None:
        return refused
    if not message.service:
        return refuse_record(record, "the service is empty")
    if message.opinion not in Opinion._value2member_map_:
        return refuse_record(record, f"the opinion {message.opinion[:100]!r} is not known")
    if not all(0 <= moment <= LATEST_MS for moment in (message.given_at_unix_ms, message.expires_unix_ms)):
        return refuse_record(record, "a time lies outside 1970 to 9999")
    if not 0 <= message.up_to <= _MOST:
        return refuse_record(record, f"up to {message.up_to} goroutines")
    return PersonalVerdict(
        service=message.service,
        fingerprint=message.fingerprint,
        opinion=Opinion(message.opinion),
        reason=message.reason,
        by=message.given_by,
        given_at=from_unix_ms(message.given_at_unix_ms),
        up_to=message.up_to,
        expires=from_unix_ms(message.expires_unix_ms) if message.expires_unix_ms else None,
    )
