"""The nouns of a ticket: where it stands, what happened to it, what was decided, and what is told.

A leak has one ticket for each (environment, service, fingerprint). It may be shown in several places (sinks); where it
stands is one truth for all of them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.model import Advice, Anomaly


class TicketState(StrEnum):
    """Where a ticket stands, in the words of issue trackers."""

    NEW = "new"
    ONGOING = "ongoing"
    ESCALATING = "escalating"
    REGRESSED = "regressed"
    RECOVERED = "recovered"
    ARCHIVED = "archived"
    WONT_FIX = "wont_fix"
    CLOSED = "closed"


OPEN_STATES = frozenset({TicketState.NEW, TicketState.ONGOING, TicketState.ESCALATING, TicketState.REGRESSED})
"""The leak is there and people should look at it. A recovered ticket is still open in its sinks, until it is closed."""

SHUT_STATES = frozenset({TicketState.ARCHIVED, TicketState.WONT_FIX, TicketState.CLOSED})
"""The ticket is closed in its sinks."""


class What(StrEnum):
    """What can happen to a ticket. The value is what people read."""

    FIRES = "it grows like a leak"
    DOUBLES = "it doubled since people were last told"
    PROVEN = "the runtime itself calls these goroutines leaked"
    RECOVERS = "it stopped growing, and instances answered"
    SILENCED = "people say that it needs no alarm"
    LASTS = "it is known for a while"
    CALMS = "it did not double for a while"
    SETTLES = "it stayed away, and instances answered all the time"
    PERSON_CLOSES = "a person closed it"
    PERSON_REJECTS = "a person said that it will not be fixed"
    PERSON_ARCHIVES = "a person archived it until it grows"
    PERSON_REOPENS = "a person opened it again"
    MAY_SHOW = "what kept it from being shown is over"


class Act(StrEnum):
    """What every sink has to do."""

    NOTHING = "nothing"
    OPEN = "open"
    UPDATE = "update"
    COMMENT = "comment"
    CLOSE = "close"
    REOPEN = "reopen"


class Shown(StrEnum):
    """What sinks show of a ticket."""

    NO = "no"
    OPEN = "open"
    SHUT = "shut"


class Hidden(StrEnum):
    """Why sinks are not told of a ticket now; what happens meanwhile is remembered, and told when that is over."""

    NO = ""
    BUDGET = "budget"
    MAINTENANCE = "maintenance"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to a ticket at a time: the slot where data say so, else the clock.

    `by` says who did it, where it was a person. `fixed_in` is the version that a person named when closing it.
    `above` is the number of goroutines up to which a person wants to hear nothing more. `since_fix`: versions that
    came after `fixed_in` are among those that grow; None where nobody can tell. `sink` is where a person did it.
    """

    what: What
    at: datetime
    anomaly: Anomaly | None = None
    by: str = ""
    fixed_in: str = ""
    above: int = 0
    since_fix: bool | None = None
    sink: str = ""


@dataclass(frozen=True, slots=True)
class TicketMemory:
    """All that is remembered of one ticket, after one move.

    `number` counts its moves from 1. `generation` is 1, and one more for each ticket that followed a closed one.
    `seen` is the newest slot that was judged: older data changes nothing. `changed_at` is when the state changed,
    `closed_at` when it was closed (None: it is not, or never was). `told` is how many goroutines people were told of
    last. `above`: an archived ticket stays shut up to so many. `anomaly` is the newest one.
    """

    key: str
    state: TicketState
    number: int
    generation: int
    seen: datetime
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    closed_by: str
    fixed_in: str
    above: int
    told: int
    shown: Shown
    hidden: Hidden
    anomaly: Anomaly


@dataclass(frozen=True, slots=True)
class Move:
    """One decision that changed a ticket: what sinks have to do, why, and the memory after it."""

    act: Act
    at: datetime
    reason: str
    memory: TicketMemory


@dataclass(frozen=True, slots=True)
class Stays:
    """One decision that changed nothing, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of a ticket at one move: one line of its history."""

    number: int
    at: datetime
    state: TicketState
    act: Act
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """A leak that has no ticket of its own, for there are too many. `fingerprint` is as people write it."""

    service: str
    fingerprint: str
    goroutines: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one leak says to people, whole, at one moment. `key` is stable over the leak's life.

    `marker` names this ticket, of which a leak may have several one after the other. `history` is in order, the newest
    last; it never changes where it was. A roll-up stands for so many `leaks`, the worst of which are its `members`, and
    `anomaly` is the worst one's; every other ticket has none.
    """

    key: str
    marker: str
    title: str
    state: TicketState
    opened_at: datetime
    updated_at: datetime
    anomaly: Anomaly
    advice: Advice
    sql: str
    history: tuple[Told, ...]
    members: tuple[Member, ...] = ()
    leaks: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """What one sink has to do with one ticket.

    `reference` is where the ticket is in that sink, as the sink said; empty: it never said. A sink that is to open one
    must look for the ticket's `marker` first: an earlier call may have made it and its answer been lost.
    """

    act: Act
    number: int
    ticket: Ticket
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A sink did what it had to. `reference` is where the ticket is there."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a ticket stands in a sink, whoever did it.

    `at` is since when, by the sink's clock, `by` who did it, as far as the sink tells. `rejected`: it was closed as
    something that will not be fixed. `fixed_in` is the version that was named when it was closed.
    """

    is_open: bool
    at: datetime
    by: str = ""
    rejected: bool = False
    fixed_in: str = ""
