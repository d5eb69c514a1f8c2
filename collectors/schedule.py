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
_MOST_PASSED = 100
"""A scrape ends within its timeout: where more intervals passed, the clock was set or the machine slept."""


@dataclass(frozen=True, slots=True)
class Due:
    """The instant at which a scrape is due, and the slot it belongs to."""

    at: datetime
    slot: datetime


def interval_of(target: Target) -> timedelta:
    """Give the target's interval, to the millisecond, at least one."""
    return timedelta(milliseconds=max(1, round(target.interval_seconds * 1000)))


def phase_of(target: Target) -> timedelta:
    """Give the target's place in the interval, to the millisecond, at least 0 and less than the interval."""
    digest = blake2b(f"{target.service}\n{target.instance}".encode(), digest_size=8).digest()
    interval_ms = interval_of(target) // timedelta(milliseconds=1)
    return timedelta(milliseconds=int.from_bytes(digest, "big") * interval_ms // _HASH_SPAN)


def next_due(target: Target, now: datetime) -> Due:
    """Give the first due instant after `now`."""
    interval, phase = interval_of(target), phase_of(target)
    slot = _EPOCH + (now - phase - _EPOCH) // interval * interval + interval
    return Due(slot + phase, slot)


def due_after(target: Target, done: Due, now: datetime) -> tuple[Due, tuple[Due, ...]]:
    """Give the next instant once a scrape has ended, and those that passed while it ran.

    Where the clock was set meanwhile, the rhythm starts anew at `now` and nothing counts as passed.
    """
    interval = interval_of(target)
    if not -interval <= now - done.at <= _MOST_PASSED * interval:
        return next_due(target, now), ()
    due, passed = next_due(target, done.at), []
    while due.at < now:
        passed.append(due)
        due = next_due(target, due.at)
    return due, tuple(passed)


def catch_up(target: Target, due: Due, now: datetime) -> tuple[Due, tuple[Due, ...]]:
    """Give the instant to scrape at, and those that nobody kept: each lies more than an interval back.

    A collector that got no processor for seconds must not tell of a moment long gone, nor leave a slot without a word.
    An instant that is further off was made before the clock was set: the rhythm starts anew and nothing counts as lost.
    """
    interval = interval_of(target)
    if not -interval <= now - due.at <= _MOST_PASSED * interval:
        return next_due(target, now), ()
    lost = []
    while now - due.at > interval:
        lost.append(due)
        due = next_due(target, due.at)
    return due, tuple(lost)
