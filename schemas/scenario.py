"""A scenario: what a service's goroutines do, and what must be said of it. Written by people in Markdown."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.notation import Mark


@dataclass(frozen=True, slots=True)
class Line:
    """One stack and its counts, one a scrape. `instance` '' means every instance that has no line of its own."""

    stack: str
    instance: str
    items: tuple[int | Mark, ...]


class Verb(StrEnum):
    """What is expected. The value is what people write."""

    SILENT = "stays silent"
    UNSUSPECTED = "is never suspected"
    SUSPECTED = "is suspected"
    FIRES = "fires"
    RESOLVES = "resolves"
    UNRESOLVED = "is not resolved"
    LEAKS = "leaks"


@dataclass(frozen=True, slots=True)
class Expectation:
    """One line of what must be said. `subject` is a stack as written in the series, '' for everything.

    `after_seconds` and `before_seconds` count from the begin of the scenario, both ends apart; `times` is how often, or
    how many leaks; None where nothing was written. `text` is the line.
    """

    subject: str
    verb: Verb
    text: str
    after_seconds: float | None = None
    before_seconds: float | None = None
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One section of a file. `place` names it: the file and its heading."""

    place: str
    name: str
    service: str
    instances: tuple[str, ...]
    interval_seconds: float
    lines: tuple[Line, ...]
    expectations: tuple[Expectation, ...]
