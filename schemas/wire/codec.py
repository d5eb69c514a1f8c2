"""Our own records, as bytes and back; requests for evidence are request.py's.

Reading never raises on bad bytes: what cannot be read is an Invalid with its
place. Writing raises only on our own mistakes.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.message import Message as ProtobufMessage

from schemas.heap import GoroutineCost
from schemas.model import (
    Anomaly,
    FailureReason,
    Finding,
    Fingerprint,
    Growth,
    Kind,
    Problem,
    ScrapedProfile,
    State,
    Verdict,
)
from schemas.outcomes import Invalid, Reason
from schemas.ports import Message, Record
from schemas.wire import leakstream_pb2 as pb

SCHEMA_VERSION = b"1"
PROFILES_TOPIC = "goroutine-profiles"
ANOMALIES_TOPIC = "leak-anomalies"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_QUOTED_BYTES = 32
LATEST_MS = 253402300799999  # the last millisecond of the year 9999; datetime ends there


def unix_ms(moment: datetime) -> int:
    """Milliseconds since 1970; moments before it are our mistake and give a negative number."""
    return (moment - _EPOCH) // _MILLISECOND


def from_unix_ms(milliseconds: int) -> datetime:
    """Give the aware UTC datetime for milliseconds since 1970."""
    return _EPOCH + milliseconds * _MILLISECOND


def encode_profile(profile: ScrapedProfile, collector: str) -> Message:
    """Write one attempt to scrape; the key is the service, so that a service stays in order."""
    body = pb.ProfileRecord(
        service=profile.service,
        instance=profile.instance,
        slot_unix_ms=unix_ms(profile.slot),
        scraped_at_unix_ms=unix_ms(profile.scraped_at),
        interval_ms=round(profile.interval_seconds * 1000),
        duration_ms=round(profile.duration_seconds * 1000),
        labels=dict(profile.labels),
        profile=profile.profile or b"",
        failure=profile.failure.value if profile.failure else "",
        error=profile.error,
        process_start_unix_ms=unix_ms(profile.process_start) if profile.process_start else 0,
        collector=collector,
        kind="" if profile.kind is Kind.GOROUTINE else profile.kind.value,
        asked_for=profile.asked_for,
    )
    kind = b"failure" if profile.failure else b"profile"
    return make_message(profile.service, kind, body.SerializeToString())


def decode_profile(record: Record) -> ScrapedProfile | Invalid:
    """Read one attempt to scrape, or say why these bytes are none."""
    message = pb.ProfileRecord()
    refused = parse_record(record, message) or _refuse_profile(record, message)
    if refused is not None:
        return refused
    return ScrapedProfile(
        service=message.service,
        instance=message.instance,
        slot=from_unix_ms(message.slot_unix_ms),
        scraped_at=from_unix_ms(message.scraped_at_unix_ms),
        interval_seconds=message.interval_ms / 1000,
        duration_seconds=message.duration_ms / 1000,
        labels=dict(message.labels),
        profile=None if message.failure else message.profile,
        failure=_failure(message.failure),
        error=message.error,
        process_start=from_unix_ms(message.process_start_unix_ms) if message.process_start_unix_ms else None,
        kind=Kind(message.kind or Kind.GOROUTINE),
        asked_for=message.asked_for if message.HasField("asked_for") else None,
    )


def without_profile(message: Message, error: str) -> Message | None:
    """Make of a profile that is too large for the log the failure of the same attempt; None when it is no profile."""
    body = pb.ProfileRecord()
    try:
        body.ParseFromString(message.value or b"")
    except DecodeError:
        return None
    if not body.profile:
        return None
    size, body.profile = len(body.profile), b""
    body.failure = FailureReason.TOO_LARGE.value
    body.error = f"the log does not take this profile of {size} bytes: {error}"
    return make_message(body.service, b"failure", body.SerializeToString())


def read_collector(value: bytes) -> str:
    """Give the name of the collector in a profile record, whatever else is wrong with it; empty when there is none."""
    message = pb.ProfileRecord()
    try:
        message.ParseFromString(value)
    except DecodeError:
        return ""
    return message.collector


def encode_anomaly(anomaly: Anomaly) -> Message:
    """Write one change of state; the key is the service."""
    growth, fingerprint = anomaly.growth, anomaly.fingerprint
    body = pb.AnomalyRecord(
        service=anomaly.service,
        fingerprint=fingerprint.value,
        operation=fingerprint.operation,
        site=fingerprint.site,
        origin=fingerprint.origin,
        frames=fingerprint.frames,
        slot_unix_ms=unix_ms(anomaly.slot),
        state=anomaly.state.value,
        previous=anomaly.previous.value,
        verdict=anomaly.verdict.value,
        reason=anomaly.reason,
        since_unix_ms=unix_ms(anomaly.since),
        goroutines=growth.goroutines,
        instances=growth.instances,
        growing_instances=growth.growing_instances,
        worst_instance=growth.worst_instance,
        floor=growth.floor,
        growth_per_hour=growth.growth_per_hour,
        growth_low=growth.growth_low,
        growth_high=growth.growth_high,
        scale_slots=growth.scale_slots,
        score=growth.score,
        growth_reason=growth.reason,
        first_version=anomaly.first_version,
        first_seen_unix_ms=unix_ms(anomaly.first_seen),
        findings=[_write_finding(finding) for finding in growth.findings],
        **_write_cost(anomaly.cost),
    )
    return make_message(anomaly.service, b"anomaly", body.SerializeToString())


def decode_anomaly(record: Record) -> Anomaly | Invalid:
    """Read one change of state, or say why these bytes are none."""
    message = pb.AnomalyRecord()
    refused = parse_record(record, message)
    if refused is not None:
        return refused
    if not message.service:
        return refuse_record(record, "the service is empty")
    try:
        return _anomaly(message)
    except (ValueError, OverflowError) as error:
        return refuse_record(record, str(error))


def _anomaly(message: pb.AnomalyRecord) -> Anomaly:
    """Build the noun; ValueError names the state or verdict that does not exist."""
    fingerprint = Fingerprint(
        message.fingerprint, message.operation, message.site, message.origin, tuple(message.frames)
    )
    slot = from_unix_ms(message.slot_unix_ms)
    return Anomaly(
        service=message.service,
        fingerprint=fingerprint,
        slot=slot,
        state=State(message.state),
        previous=State(message.previous),
        verdict=Verdict(message.verdict),
        reason=message.reason,
        since=from_unix_ms(message.since_unix_ms),
        growth=_growth(message, fingerprint, slot),
        first_version=message.first_version,
        first_seen=from_unix_ms(message.first_seen_unix_ms),
        cost=_read_cost(message),
    )


def _growth(message: pb.AnomalyRecord, fingerprint: Fingerprint, slot: datetime) -> Growth:
    """Build the growth that carried a change of state; what changes state was a candidate or was watched."""
    return Growth(
        service=message.service,
        fingerprint=fingerprint,
        slot=slot,
        goroutines=message.goroutines,
        instances=message.instances,
        growing_instances=message.growing_instances,
        worst_instance=message.worst_instance,
        floor=message.floor,
        growth_per_hour=message.growth_per_hour,
        growth_low=message.growth_low,
        growth_high=message.growth_high,
        scale_slots=message.scale_slots,
        score=message.score,
        candidate=message.state in (State.PENDING, State.FIRING),
        reason=message.growth_reason,
        findings=tuple(Finding(one.name, one.passed, one.value, one.limit) for one in message.findings),
    )


def _write_finding(finding: Finding) -> pb.FindingRecord:
    """Write one kind of evidence."""
    return pb.FindingRecord(name=finding.name, passed=finding.passed, value=finding.value, limit=finding.limit)


def _write_cost(cost: GoroutineCost | None) -> dict[str, Any]:
    """Give the fields of what a goroutine costs, none where it is not known."""
    if cost is None:
        return {}
    ends = {"cost_low_bytes": cost.low_bytes, "cost_high_bytes": cost.high_bytes}
    return {**ends, "cost_how": cost.how, "cost_measured": cost.measured}


def _read_cost(message: pb.AnomalyRecord) -> GoroutineCost | None:
    """Read what a goroutine costs; None where it is not known."""
    if not message.cost_how:
        return None
    return GoroutineCost(message.cost_low_bytes, message.cost_high_bytes, message.cost_how, message.cost_measured)


def make_message(service: str, kind: bytes, value: bytes) -> Message:
    """Put the headers on, which other consumers filter by without parsing."""
    headers = {"schema-version": SCHEMA_VERSION, "kind": kind, "service": service.encode()}
    return Message(key=service.encode(), value=value, headers=headers)


def parse_record(record: Record, message: ProtobufMessage) -> Invalid | None:
    """Fill the message from the record, or say why it cannot be."""
    if record.value is None:
        return Invalid(Reason.TOMBSTONE, Problem(place(record), "a tombstone: there is no value"))
    if not record.value:
        return Invalid(Reason.EMPTY_RECORD, Problem(place(record), "the record is empty"))
    version = record.headers.get("schema-version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        problem = Problem(place(record), "unknown schema version", repr(version[:_QUOTED_BYTES]))
        return Invalid(Reason.UNKNOWN_VERSION, problem)
    try:
        message.ParseFromString(record.value)
    except DecodeError:
        return refuse_record(record, "not a record of this topic")
    return None


def _refuse_profile(record: Record, message: pb.ProfileRecord) -> Invalid | None:
    """Say what is wrong with a profile record that parsed."""
    if not message.service or not message.instance:
        return refuse_record(record, "service or instance is empty")
    if message.interval_ms <= 0:
        return refuse_record(record, f"the interval is {message.interval_ms} ms")
    times = (message.slot_unix_ms, message.scraped_at_unix_ms, message.process_start_unix_ms)
    if not all(0 <= time <= LATEST_MS for time in times):
        return refuse_record(record, "a time lies outside 1970 to 9999")
    if not message.failure and not message.profile:
        return refuse_record(record, "neither a profile nor a failure")
    if message.kind and message.kind not in Kind._value2member_map_:
        return refuse_record(record, f"the kind {message.kind[:_QUOTED_BYTES]!r} is not known")
    return None


def _failure(word: str) -> FailureReason | None:
    """Read the reason; a word of a newer collector is kept as an internal failure, its sentence stands in `error`."""
    if not word:
        return None
    return FailureReason(word) if word in FailureReason._value2member_map_ else FailureReason.INTERNAL


def refuse_record(record: Record, what: str) -> Invalid:
    """Refuse a record, quoting its first bytes."""
    return Invalid(Reason.MALFORMED_RECORD, Problem(place(record), what, repr((record.value or b"")[:_QUOTED_BYTES])))


def place(record: Record) -> str:
    """Name where a record stands.

    Example output: goroutine-profiles[2]@1041
    """
    return f"{record.topic}[{record.position.partition}]@{record.position.offset}"
