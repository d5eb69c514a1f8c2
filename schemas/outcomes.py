"""How an item leaves the pipeline early. There are three ways, and every one carries its reason."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.model import Problem


class Reason(StrEnum):
    """Why something did not go all the way. The value is what metrics, tables and logs say."""

    DUPLICATE_SLOT = "duplicate_slot"
    EXPIRED = "expired"
    TOMBSTONE = "tombstone"
    EMPTY_RECORD = "empty_record"
    OVERSIZED_RECORD = "oversized_record"
    MALFORMED_RECORD = "malformed_record"
    MALFORMED_PROFILE = "malformed_profile"
    UNKNOWN_VERSION = "unknown_schema_version"
    FROM_THE_FUTURE = "from_the_future"
    NEGATIVE_COUNT = "negative_count"
    STORE_UNAVAILABLE = "store_unavailable"
    LOG_UNAVAILABLE = "log_unavailable"
    TOO_LARGE = "too_large"
    BUFFER_FULL = "buffer_full"
    SPOOL_SIZE = "spool_size"
    SPOOL_AGE = "spool_age"
    SPOOL_DAMAGED = "spool_damaged"
    SPOOL_UNAVAILABLE = "spool_unavailable"
    DISK_FULL = "disk_full"
    SINK_REFUSED = "sink_refused"
    SINK_UNAVAILABLE = "sink_unavailable"


@dataclass(frozen=True, slots=True)
class Dropped:
    """Left out on purpose; counted with its reason, nothing to repair."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Invalid:
    """Can never be processed; kept aside with its reason."""

    reason: Reason
    problem: Problem


@dataclass(frozen=True, slots=True)
class Retry:
    """Cannot be processed now; the same item again after so many seconds."""

    reason: Reason
    after_seconds: float
    detail: str = ""
