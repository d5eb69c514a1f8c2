"""What people say of stacks: rules, entries of the benign list, verdicts. All frozen values.

In globs `*` stands for any text and nothing else is special: names of Go functions are full of brackets.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class StackPattern:
    """Which stacks are meant: all that is given must fit. `frame` fits when any frame of the stack does."""

    fingerprint: int | None = None
    site: str = "*"
    origin: str = "*"
    operation: str = "*"
    frame: str = "*"


@dataclass(frozen=True, slots=True)
class StackRule:
    """How stacks of a pattern are judged: never, or with some numbers of their own (None: as the service's others).

    `minimum_growth` in goroutines over the span that was judged. `place` says where the rule stands in the settings.
    """

    place: str
    pattern: StackPattern
    service: str = "*"
    enabled: bool = True
    learning_slots: int | None = None
    hold_slots: int | None = None
    quiet_slots: int | None = None
    minimum_growth: float | None = None
    serving_minutes: float | None = None
    demand_minutes: float | None = None


class Source(StrEnum):
    """Who says that a stack needs no alarm. The value is what metrics say."""

    SERVICE_OFF = "service_off"
    PATTERN = "pattern"
    BENIGN_FILE = "benign_file"
    BENIGN_TABLE = "benign_table"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class BenignEntry:
    """An entry of the benign list: it silences up to so many goroutines over the service, until it expires."""

    source: Source
    place: str
    service: str
    pattern: StackPattern
    owner: str
    reason: str
    expires: datetime
    up_to: int


class Opinion(StrEnum):
    """What a person calls a stack."""

    LEAK = "leak"
    BENIGN = "benign"


@dataclass(frozen=True, slots=True)
class PersonalVerdict:
    """What a person said of one stack of one service. `given_at` is for people; what counts is its place in the log.

    Of what is benign, `up_to` goroutines over the service are, until `expires`; both mean nothing for a leak.
    """

    service: str
    fingerprint: int
    opinion: Opinion
    reason: str
    by: str
    given_at: datetime
    up_to: int = 0
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Why a stack that grows like a leak is none to people: who says so, and the sentence."""

    source: Source
    sentence: str
