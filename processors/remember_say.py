"""Stored words of people -> the memory of a service: verdicts in the order of the log, the table of benign growth."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from processors.match_stack import match_glob
from processors.memory import ServiceMemory
from schemas.model import parse_fingerprint
from schemas.say import BenignEntry, Opinion, PersonalVerdict, Source, StackPattern

Row = Mapping[str, object]

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def remember_verdict(memory: ServiceMemory, verdict: PersonalVerdict) -> None:
    """Take in what a person said; the last word on a stack counts."""
    memory.verdicts[verdict.fingerprint] = verdict


def remember_benign(memory: ServiceMemory, rows: Iterable[Row]) -> None:
    """Take in the rows of restore_benign.sql that mean this service."""
    memory.benign = tuple(entry for entry in map(_read_entry, rows) if match_glob(entry.service, memory.name))


def read_verdict(row: Row) -> PersonalVerdict:
    """Read a row of restore_verdicts.sql."""
    expires = _time(row["expires"])
    return PersonalVerdict(
        service=str(row["service"]),
        fingerprint=int(str(row["fingerprint"])),
        opinion=Opinion(str(row["opinion"])),
        reason=str(row["reason"]),
        by=str(row["given_by"]),
        given_at=_time(row["given_at"]),
        up_to=int(str(row["up_to"])),
        expires=None if expires == _NEVER else expires,
    )


def _read_entry(row: Row) -> BenignEntry:
    named = str(row["fingerprint"])
    pattern = StackPattern(
        fingerprint=parse_fingerprint(named) if named else None,
        site=str(row["site"]),
        origin=str(row["origin"]),
        operation=str(row["operation"]),
        frame=str(row["frame"]),
    )
    return BenignEntry(
        source=Source.BENIGN_TABLE,
        place="table benign",
        service=str(row["service"]),
        pattern=pattern,
        owner=str(row["owner"]),
        reason=str(row["reason"]),
        expires=_time(row["expires"]),
        up_to=int(str(row["up_to"])),
    )


def _time(value: object) -> datetime:
    """Take a time from a stored row; anything else there is our mistake."""
    if not isinstance(value, datetime):
        raise TypeError(f"expected a time from the store, got {value!r}")
    return value
