"""When a target is scraped: at its own phase of every interval. Pure.

The phase is a hash of what names the target, so targets spread over the interval, restarts keep the rhythm, and no
slot is taken twice: a slot has exactly one instant at which it is due.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from schemas.model import Target

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HASH_SPAN = 2**64


@dataclass(frozen=True, slots=True)
class Due:
    """The instant at which a scrape is due, and the slot it belongs to."""

    at: datetime
    slot: datetime


def phase_of(target: Target) -> timedelta:
    """Give the target's place in the interval, to the millisecond, at least 0 and less than the interval."""
    digest = blake2b(f"{target.service}\n{target.instance}".encode(), digest_size=8).digest()
    interval_ms = round(target.interval_seconds * 1000)
    return timedelta(milliseconds=int.from_bytes(digest, "big") * interval_ms // _HASH_SPAN)


def next_due(target: Target, now: datetime) -> Due:
    """Give the first due instant after `now`."""
    interval = timedelta(milliseconds=round(target.interval_seconds * 1000))
    phase = phase_of(target)
    slot = _EPOCH + (now - phase - _EPOCH) // interval * interval + interval
    return Due(slot + phase, slot)
