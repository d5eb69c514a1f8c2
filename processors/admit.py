"""record -> scraped profile or anomaly, or the reason why it is none.

A record is refused with one of: tombstone, empty_record, oversized_record, unknown_schema_version, malformed_record,
from_the_future. Size is looked at before anything is read. What a gzip stream inflates to is the decoder's business.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.model import Anomaly, Problem, ScrapedProfile
from schemas.outcomes import Invalid, Reason
from schemas.ports import Record
from schemas.say import PersonalVerdict
from schemas.wire.codec import decode_anomaly, decode_profile, place
from schemas.wire.verdict import decode_verdict, is_verdict


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a record may be. Kafka's own limit is 1 MB unless somebody raised it; a profile has 20 kB."""

    record_bytes: int = 64 * 1024 * 1024
    clock_tolerance_seconds: float = 600.0


def admit_profile(record: Record, now: datetime, bounds: Bounds) -> ScrapedProfile | Invalid:
    """Read an attempt to scrape. One from the future would close the slots of every other instance of its service.

    The future begins after the log's time for the record, or after `now` where that is earlier: a log may take its time
    from the collector, whose clock is the one in doubt.
    """
    scraped = _refuse_size(record, bounds) or decode_profile(record)
    if isinstance(scraped, Invalid):
        return scraped
    latest = min(record.appended_at, now) + timedelta(seconds=bounds.clock_tolerance_seconds)
    if scraped.slot <= latest:
        return scraped
    ahead_seconds = (scraped.slot - min(record.appended_at, now)).total_seconds()
    what = f"the slot lies {ahead_seconds:.0f} s in the future: set the clock of the collector"
    return Invalid(Reason.FROM_THE_FUTURE, Problem(place(record), what, repr(scraped.slot.isoformat())))


def admit_record(record: Record, now: datetime, bounds: Bounds) -> ScrapedProfile | PersonalVerdict | Invalid:
    """Read what stands in the topic of profiles: an attempt to scrape, or what a person said of a stack."""
    if not is_verdict(record):
        return admit_profile(record, now, bounds)
    return _refuse_size(record, bounds) or decode_verdict(record)


def admit_anomaly(record: Record, bounds: Bounds) -> Anomaly | Invalid:
    """Read a change of state."""
    return _refuse_size(record, bounds) or decode_anomaly(record)


def _refuse_size(record: Record, bounds: Bounds) -> Invalid | None:
    """Refuse what is too large, without reading it."""
    size_bytes = len(record.value or b"")
    if size_bytes <= bounds.record_bytes:
        return None
    what = f"the record has {size_bytes} bytes, more than {bounds.record_bytes}"
    return Invalid(Reason.OVERSIZED_RECORD, Problem(place(record), what))
