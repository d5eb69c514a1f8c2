"""The nouns, in the order in which the data meets them.

Everything here is a frozen value. Times are aware datetimes in UTC, counts are goroutines, a fingerprint is an
unsigned 64-bit integer that people only ever see as `g1-` and 16 hex digits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from schemas.heap import GoroutineCost

FINGERPRINT_PREFIX = "g1-"
"""`1` is the version of the fingerprint algorithm; another algorithm gets another prefix."""


ELLIPSIS = "..."
"""Stands among frames where some were left out; no function has such a name."""


class Kind(StrEnum):
    """Which profile was asked for; all but the first are evidence: `heap` of what fires, the others of suspects."""

    GOROUTINE = "goroutine"
    LEAK = "goroutineleak"
    TEXT = "goroutine-text"
    HEAP = "heap"


class FailureReason(StrEnum):
    """Why an attempt to scrape gave no profile. One word a person can group by; the sentence is in `error`."""

    REFUSED = "connection_refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    NOT_FOUND = "not_found"
    REDIRECT = "redirect"
    HTTP_STATUS = "http_status"
    NOT_A_PROFILE = "not_a_profile"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    MALFORMED = "malformed_profile"
    SKIPPED = "previous_scrape_running"
    LATE = "collector_late"
    FORBIDDEN_ADDRESS = "forbidden_address"
    GUARDED = "guarded"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Target:
    """One address to scrape. `labels` are the visible ones, `service` and `instance` among them."""

    service: str
    instance: str
    url: str
    labels: Mapping[str, str]
    interval_seconds: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class ScrapedProfile:
    """One attempt to take a profile: the bytes as received, or the reason why there are none.

    `slot` is the scheduled time rounded down to the interval; `scraped_at` the true start. Exactly one of `profile`
    and `failure` is set. `error` is a sentence for people, empty on success. `process_start` is None where the target
    did not say. Evidence (every kind but `goroutine`) has the slot of its request, and in `asked_for` the fingerprint
    it was asked for.
    """

    service: str
    instance: str
    slot: datetime
    scraped_at: datetime
    interval_seconds: float
    duration_seconds: float
    labels: Mapping[str, str] = field(default_factory=dict)
    profile: bytes | None = None
    failure: FailureReason | None = None
    error: str = ""
    process_start: datetime | None = None
    kind: Kind = Kind.GOROUTINE
    asked_for: int | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """A normalised stack and how many goroutines stood in it. `frames` are function names, leaf first.

    The runtime's frames are gone from the leaf end; `operation` holds its word for the wait. `own` is the index of the
    first frame of the service's own code, None where there is none. ELLIPSIS stands where the middle of a deep stack
    was left out.
    """

    frames: tuple[str, ...]
    count: int
    operation: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    created_by: str | None = None
    wait_minutes: int | None = None
    own: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of an input that could not be used: where it stands, what is wrong, and the input itself, quoted."""

    where: str
    what: str
    quote: str = ""

    def __str__(self) -> str:
        """Say it on one line."""
        return f"{self.where}: {self.what}" + (f": {self.quote}" if self.quote else "")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The identity of a normalised stack, with what a person needs to recognise it.

    `site` is the first frame below runtime and sync, `origin` the goroutine's entry function; both are empty for a
    stack without frames. `own` is the index of the first frame of the service's own code, None where there is none.
    Equality rests on the value alone: builds may spell the rest differently.
    """

    value: int
    operation: str = field(compare=False)
    site: str = field(compare=False)
    origin: str = field(compare=False)
    frames: tuple[str, ...] = field(compare=False)
    own: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        """Show it as people see it, `g1-` and 16 hex digits."""
        return format_fingerprint(self.value)


@dataclass(frozen=True, slots=True)
class Count:
    """How many goroutines of one process stood in one stack in one slot."""

    fingerprint: Fingerprint
    goroutines: int


@dataclass(frozen=True, slots=True)
class LabelCount:
    """How many goroutines of one process stood in one stack in one slot under one value of a pprof label."""

    fingerprint: Fingerprint
    key: str
    value: str
    goroutines: int


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where a record stands in the log; orders all records of one service."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of evidence of a judgement: what was found beside what was asked for; docs/detection.md names them."""

    name: str
    passed: bool
    value: float
    limit: float


@dataclass(frozen=True, slots=True)
class Growth:
    """What the growth of one fingerprint in one service looks like at the end of one slot.

    Rates are goroutines per hour, summed over instances, with a 90 % interval. `floor` is the sum of the newest
    floors. `scale_slots` is the length of the span that was judged. `reason` says why it is a candidate for a leak,
    or why not. `doubtful`: it is none, and a dump may tell that it is.
    """

    service: str
    fingerprint: Fingerprint
    slot: datetime
    goroutines: int
    instances: int
    growing_instances: int
    worst_instance: str
    floor: int
    growth_per_hour: float
    growth_low: float
    growth_high: float
    scale_slots: int
    score: float
    candidate: bool
    reason: str
    findings: tuple[Finding, ...] = ()
    doubtful: bool = False


class State(StrEnum):
    """Where an anomaly stands."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Verdict(StrEnum):
    """How sure we are. `proven` is the runtime's own word (its `goroutineleak` profile names the same stack)."""

    SUSPECT = "suspect"
    PROBABLE = "probable"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A change of state of one (service, fingerprint), with the growth that carried it.

    `since` is the slot of the first evaluation that called it a candidate. `first_version` is the value of the label
    `version` in the first profile that showed the stack, empty when targets carry none. `cost` is what readings of
    memory said of one of its goroutines, None before the first.
    """

    service: str
    fingerprint: Fingerprint
    slot: datetime
    state: State
    previous: State
    verdict: Verdict
    reason: str
    since: datetime
    growth: Growth
    first_version: str
    first_seen: datetime
    cost: GoroutineCost | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """What usually causes such a stack and what to do about it. `fix` is Go code or a sentence."""

    pattern: str
    cause: str
    fix: str


def format_fingerprint(value: int) -> str:
    """Write a fingerprint as people see it.

    Example input: 255
    Example output: g1-00000000000000ff
    """
    return f"{FINGERPRINT_PREFIX}{value:016x}"


def parse_fingerprint(text: str) -> int:
    """Read `g1-…` back into a number; raise ValueError that quotes the text when it is not one."""
    digits = text.removeprefix(FINGERPRINT_PREFIX)
    if digits == text or len(digits) != 16 or not all(c in "0123456789abcdef" for c in digits):  # noqa: PLR2004 64 bits
        msg = f"not a fingerprint: {text!r} (expected {FINGERPRINT_PREFIX} and 16 hex digits)"
        raise ValueError(msg)
    return int(digits, 16)
