"""A recording of scrapes, as `leakstream replay` reads it: an attempt a line of `manifest.jsonl`, in order of time.

`{"time":…,"service":…,"instance":…,"labels":{…},"process_start":…,"kind":"goroutine","profile":"profiles/1.pb.gz"}`, or
`"error":"connection refused"` in place of the profile. Keys that are not known are ignored: others may write more.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from schemas.model import Kind

NO_LABELS: Mapping[str, str] = MappingProxyType({})
_QUOTED_CHARACTERS = 120


class RecordingError(ValueError):
    """A line or a folder is no recording; the message is a sentence that quotes it."""


class Attempt(BaseModel):
    """One attempt to scrape: `profile` names the file with the bytes, or `error` says why there are none."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    time: AwareDatetime
    service: str = Field(min_length=1, max_length=1000)
    instance: str = Field(min_length=1, max_length=1000)
    labels: dict[str, str] = Field(default_factory=dict)
    process_start: AwareDatetime | None = None
    kind: Kind = Kind.GOROUTINE
    profile: str = ""
    error: str = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Attempt":
        if bool(self.profile) == bool(self.error):
            raise ValueError("name exactly one of profile and error")
        return self


def read_attempt(line: bytes) -> Attempt:
    """Read one line of a manifest; raises RecordingError."""
    try:
        return Attempt.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        shown = ascii(line[:_QUOTED_CHARACTERS].decode(errors="backslashreplace"))
        raise RecordingError(f"{place + ': ' if place else ''}{first['msg']}: {shown}") from None


def name_attempt(path: str) -> Attempt:
    """Read what a path `<service>/<instance>/<unix_ms>.pb.gz` says; raises RecordingError.

    Example input: checkout/10.0.0.7:6060/1761955200000.pb.gz
    Example output: checkout, 10.0.0.7:6060, 2025-11-01T00:00:00Z
    """
    service, instance, name = path.split("/") if path.count("/") == 2 else ("", "", "")  # noqa: PLR2004 the path's form
    stem = name.removesuffix(".pb.gz")
    if not (service and instance and stem.isascii() and stem.isdecimal() and len(stem) < 15):  # noqa: PLR2004 year 5138
        raise RecordingError(f"not <service>/<instance>/<unix_ms>.pb.gz: {path[:_QUOTED_CHARACTERS]!r}")
    return Attempt(time=datetime.fromtimestamp(int(stem) / 1000, UTC), service=service, instance=instance, profile=path)
