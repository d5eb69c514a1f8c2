"""Moments -> slots: a slot is a moment rounded down to the scrape interval; slots are numbered from 1970 on."""

from datetime import UTC, datetime, timedelta


def slot_number(slot: datetime, interval_seconds: float) -> int:
    """Number a slot, in intervals."""
    return round(slot.timestamp() * 1000) // round(interval_seconds * 1000)


def slot_at(number: int, interval_seconds: float) -> datetime:
    """Give the slot of a number."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=number * round(interval_seconds * 1000))


def slot_of(moment: datetime, interval_seconds: float) -> datetime:
    """Round a moment down to its slot."""
    interval = timedelta(milliseconds=round(interval_seconds * 1000))
    epoch = datetime.fromtimestamp(0, tz=moment.tzinfo)
    return moment - (moment - epoch) % interval
