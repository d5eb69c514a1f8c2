"""The benign list: growth that is known and harmless, with its owner, up to a number of goroutines, until a day.

A file of its own, because other people write it than the settings. An entry without an owner, a reason, a limit or an
end is refused: a list that nobody looks after hides leaks.
"""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from schemas.model import Problem
from schemas.say import BenignEntry, Source
from schemas.settings_detection import StackKeys
from schemas.settings_fields import SettingsModel
from schemas.settings_load import SettingsError, validate
from schemas.settings_yaml import YamlError, read_yaml

_TIMES = re.compile(r"(?P<factor>[0-9]+(?:\.[0-9]+)?)x")
_MOST = 2**32 - 1


def parse_up_to(value: str, baseline: int | None) -> int:
    """Read a limit of goroutines: a number, or a multiple of what there was (3x); raise ValueError for neither.

    Example input: 3x, 400
    Example output: 1200
    """
    times = _TIMES.fullmatch(value)
    if times is None:
        if not (value.isascii() and value.isdecimal() and 0 < int(value) <= _MOST):
            raise ValueError(f"not a limit: {value[:100]!r} (write goroutines over the service, 5000, or a factor, 3x)")
        return int(value)
    if baseline is None:
        raise ValueError(f"{value} of how many goroutines? name the baseline")
    return max(1, min(_MOST, round(float(times["factor"]) * baseline)))


def _filled(text: str) -> str:
    """Let a text through that says something."""
    if not text.strip():
        raise ValueError("must not be empty")
    return text


Filled = Annotated[str, Field(max_length=1000), AfterValidator(_filled)]


class BenignEntrySettings(StackKeys):
    """One entry: all that is named must fit the stack, and one of fingerprint, site, origin, operation, frame is."""

    owner: Filled = Field(description="Who answers for it: a team or a person.")
    reason: Filled = Field(description="Why it is harmless; people read it wherever the growth is shown.")
    expires: date = Field(description="The day from which on it is judged as usual, UTC: 2027-03-01.")
    up_to: int | str = Field(description="Goroutines over the service: 5000; or a factor of the baseline: 3x.")
    baseline: int | None = Field(default=None, ge=1, description="Goroutines that `up_to` multiplies.")

    @model_validator(mode="after")
    def _meant(self) -> "BenignEntrySettings":
        if not self.named():
            raise ValueError("name which stacks: one of fingerprint, site, origin, operation, frame")
        parse_up_to(str(self.up_to), self.baseline)
        return self


class BenignSettings(SettingsModel):
    """The whole file."""

    benign: tuple[BenignEntrySettings, ...] = Field(default=(), max_length=10_000, description="The entries.")


def read_benign(text: str, source: str) -> tuple[BenignEntry, ...]:
    """Read a benign list, in its order; raise SettingsError with every problem. `source` names the file in them."""
    try:
        data = read_yaml(text, source)
    except YamlError as error:
        raise SettingsError((error.problem,)) from None
    listed = validate(BenignSettings, data, source)
    return tuple(_make_entry(f"{source}: benign[{index}]", entry) for index, entry in enumerate(listed.benign))


def find_expired(entries: tuple[BenignEntry, ...], now: datetime) -> tuple[Problem, ...]:
    """Name the entries that hold no longer."""
    return tuple(
        Problem(entry.place, f"expired on {entry.expires:%Y-%m-%d}: {entry.owner} takes it out or renews it")
        for entry in entries
        if entry.expires <= now
    )


def _make_entry(place: str, entry: BenignEntrySettings) -> BenignEntry:
    return BenignEntry(
        source=Source.BENIGN_FILE,
        place=place,
        service=entry.service,
        pattern=entry.pattern(),
        owner=entry.owner,
        reason=entry.reason,
        expires=datetime.combine(entry.expires, time(), UTC),
        up_to=parse_up_to(str(entry.up_to), entry.baseline),
    )
