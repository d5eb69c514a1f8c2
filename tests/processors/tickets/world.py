"""A small world for tickets: leaks, people, a tracker and a store that fail, notifiers that die.

`Faults` decides by a seed what goes wrong. The store is a double that answers the queries of tickets (which have tests
of their own on the engine); the tracker keeps issues as trackers do: found by a marker, commented, closed by anybody.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pyarrow as pa

from schemas.outcomes import Reason, Retry
from schemas.ports import Delivery, StoreUnavailableError
from schemas.tickets import Act, Delivered, Order, Seen
from tests.ticket_maker import NOW

Row = Mapping[str, object]


class Death(BaseException):
    """The process is gone, wherever it was."""


@dataclass(slots=True)
class Faults:
    """What goes wrong next; `rate` is 0 when the weather is fine."""

    random: Random
    rate: float = 0.0

    def strike(self, share: float = 1.0) -> bool:
        """Say whether something goes wrong now."""
        return self.random.random() < self.rate * share

    def perhaps_die(self) -> None:
        """Kill whoever is at work."""
        if self.strike(0.2):
            raise Death


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        """Give the time."""
        return self.time

    def pass_(self, **span: float) -> None:
        """Let time pass."""
        self.time += timedelta(**span)


@dataclass(slots=True)
class MemoryStore:
    """What is inserted, by key; the newest row of a key counts. `scraped` is when instances answered last."""

    faults: Faults
    moves: dict[object, dict[object, Row]] = field(default_factory=lambda: defaultdict(dict))
    told: dict[object, dict[object, Row]] = field(default_factory=lambda: defaultdict(dict))
    scraped: datetime = NOW

    def insert(self, table: str, rows: pa.Table, _token: str) -> None:
        """Take rows, or fail before or after that."""
        self.faults.perhaps_die()
        if self.faults.strike():
            raise StoreUnavailableError("away")
        for row in rows.to_pylist():
            if table == "ticket_moves":
                self.moves[row["ticket_key"]][row["number"]] = row
            else:
                self.told[row["ticket_key"]][row["sink"], row["number"]] = row
        self.faults.perhaps_die()
        if self.faults.strike():
            raise StoreUnavailableError("the answer was lost")

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Answer a query, which goes by its name."""
        self.faults.perhaps_die()
        if self.faults.strike(0.5):
            raise StoreUnavailableError("away")
        given = parameters or {}
        answer: Callable[[Row], list[Row]] = getattr(self, f"_{sql}")
        return answer(given)

    def _ticket_moves(self, given: Row) -> list[Row]:
        return sorted(self.moves.get(given["ticket_key"], {}).values(), key=_number)

    def _ticket_number(self, given: Row) -> list[Row]:
        numbers = [_number(row) for row in self.moves.get(given["ticket_key"], {}).values()]
        return [{"number": max(numbers)}] if numbers else []

    def _ticket_deliveries(self, given: Row) -> list[Row]:
        return sorted(self.told.get(given["ticket_key"], {}).values(), key=_number)

    def _tickets_alive(self, given: Row) -> list[Row]:
        return [row for row in self.newest() if self._is_alive(row, given["since"])]

    def _newest_scrape(self, given: Row) -> list[Row]:
        since = given["since"]
        return [{"slot": self.scraped}] if isinstance(since, datetime) and self.scraped > since else []

    def _open_ticket_counts(self, given: Row) -> list[Row]:
        shown = [r for r in self.newest() if r["shown"] == "open" and r["ticket_key"] != given["roll_up"]]
        return [{"service": name, "tickets": count} for name, count in Counter(r["service"] for r in shown).items()]

    def _rolled_up(self, given: Row) -> list[Row]:
        alive = {"new", "ongoing", "escalating", "regressed"}
        found = [row for row in self.newest() if row["hidden"] == "budget" and row["state"] in alive]
        found.sort(key=lambda row: -int(str(row["told"])))
        return [{**row, "leaks": len(found)} for row in found[: int(str(given["limit"]))]]

    def execute(self, sql: str, _parameters: Mapping[str, object] | None = None) -> None:
        """Nothing of tickets is written so."""
        raise NotImplementedError(sql)

    def close(self) -> None:
        """Nothing is open."""

    def newest(self) -> list[Row]:
        """Give the newest move of every ticket."""
        return [max(moves.values(), key=_number) for moves in self.moves.values()]

    def _is_alive(self, row: Row, since: object) -> bool:
        """As tickets_alive.sql."""
        told = [one for one in self.told.get(row["ticket_key"], {}).values() if one["number"] == row["number"]]
        waits = not told or any(one["status"] == "intended" for one in told)
        ended = row["state"] in {"closed", "archived", "wont_fix"}
        young = row["shown"] == "shut" and isinstance(since, datetime) and row["changed_at"] > since  # type: ignore[operator]
        return not ended or row["hidden"] != "" or young or (row["act"] != "nothing" and waits)


def _number(row: Row) -> int:
    return int(str(row["number"]))


@dataclass(slots=True)
class Issue:
    """One issue of a tracker. `changed` and `by` say when and by whom it was opened or closed last.

    `touched`: a person did so, once.
    """

    reference: str
    marker: str
    is_open: bool = True
    comments: list[int] = field(default_factory=list)
    changed: datetime = NOW
    by: str = ""
    rejected: bool = False
    touched: bool = False


@dataclass(slots=True)
class Tracker:
    """Keeps issues, as a sink does that looks for the marker before it makes one."""

    faults: Faults
    clock: Clock
    name: str = "tracker"
    issues: list[Issue] = field(default_factory=list)

    def send(self, order: Order) -> Delivery:
        """Obey, or fail before or after that."""
        self.faults.perhaps_die()
        if self.faults.strike():
            return Retry(Reason.SINK_UNAVAILABLE, self.faults.random.choice([0.0, 7.0]), "429")
        issue = self._find(order)
        self._obey(issue, order)
        self.faults.perhaps_die()
        if self.faults.strike():
            return Retry(Reason.SINK_UNAVAILABLE, 0.0, "the answer was lost")
        return Delivered(issue.reference)

    def look(self, reference: str) -> Seen | Retry | None:
        """Say how an issue stands."""
        self.faults.perhaps_die()
        if self.faults.strike():
            return Retry(Reason.SINK_UNAVAILABLE, 0.0, "503")
        issue = next(one for one in self.issues if one.reference == reference)
        return Seen(issue.is_open, issue.changed, issue.by, issue.rejected)

    def close(self) -> None:
        """Nothing is open."""

    def open_issues(self) -> list[str]:
        """Give the markers of issues that are open."""
        return sorted(issue.marker for issue in self.issues if issue.is_open)

    def act(self, issue: Issue, *, is_open: bool, rejected: bool = False) -> None:
        """Let a person open or close an issue."""
        issue.is_open, issue.by, issue.changed, issue.rejected = is_open, "alice", self.clock.now(), rejected
        issue.touched = True

    def _find(self, order: Order) -> Issue:
        """Find the issue of a ticket, or make it."""
        found = [issue for issue in self.issues if issue.marker == order.ticket.marker]
        if not found:
            self.issues.append(Issue(f"#{len(self.issues) + 1}", order.ticket.marker, changed=self.clock.now()))
        return found[0] if found else self.issues[-1]

    def _obey(self, issue: Issue, order: Order) -> None:
        """Do what is asked, once."""
        if order.act in (Act.COMMENT, Act.CLOSE, Act.REOPEN) and order.number not in issue.comments:
            issue.comments.append(order.number)
        if order.act in (Act.CLOSE, Act.REOPEN):
            issue.is_open, issue.by, issue.changed = order.act is Act.REOPEN, "", self.clock.now()


def fine(seed: int = 0) -> Faults:
    """Give fine weather."""
    return Faults(Random(seed))  # noqa: S311 no secret
