"""What is remembered of every ticket that may still change, backed by the store.

Rule 1: a decision stands in the store before anything is told, and one insert makes it whole.
Rule 2: what is remembered here can be read again from the store at any time; a crash forgets nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from processors.tickets.journal import Kept, read_kept_anomaly, read_moves, tabulate_moves
from schemas.model import Anomaly
from schemas.ports import Clock, PartitionLostError, Store
from schemas.tickets import SHUT_STATES, Act, Move, Shown, TicketMemory, Told

QUERIES = (
    "ticket_moves",
    "ticket_number",
    "ticket_deliveries",
    "tickets_alive",
    "newest_scrape",
    "open_ticket_counts",
    "rolled_up",
)
"""The names of the queries that are asked of the store."""


@dataclass(slots=True)
class Entry:
    """One ticket: its memory (None: there is none), and of its present generation what was decided and delivered.

    `acts` are all moves that sinks have to follow, in order. `statuses` are the newest words by sink and number,
    `references` where the ticket is by sink. `looked_at` is when people's doing was last asked for. `done_by_people`
    are sinks and numbers of what a person did there already. `unanswered`: a sink could not say how it stands there.
    """

    key: str
    partition: int
    memory: TicketMemory | None = None
    acts: list[Told] = field(default_factory=list)
    statuses: dict[tuple[str, int], str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    looked_at: datetime | None = None
    unanswered: bool = False
    done_by_people: set[tuple[str, int]] = field(default_factory=set)

    def undelivered(self, sink: str) -> list[Told]:
        """Give what a sink still has to do, in order; one that never had the ticket opens it, if it is open now."""
        if any(name == sink for name, _ in self.statuses):
            return [act for act in self.acts if self.statuses.get((sink, act.number), "intended") == "intended"]
        if not self.acts or self.memory is None or self.memory.shown is not Shown.OPEN:
            return []
        return [replace(self.acts[-1], act=Act.OPEN)]

    def is_settled(self, sink: str) -> bool:
        """Say whether a sink shows what it was last told to show."""
        telling = [act for act in self.acts if act.act is not Act.UPDATE]
        return bool(telling) and self.statuses.get((sink, telling[-1].number)) in ("delivered", "dropped")


@dataclass(slots=True)
class Book:
    """Entries by key."""

    store: Store
    clock: Clock
    queries: Mapping[str, str]
    entries: dict[str, Entry] = field(default_factory=dict)

    def recall(self, key: str, partition: int) -> Entry:
        """Give the entry of a ticket, from the store where it is not at hand."""
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = self._read(key, partition)
        entry.partition = partition
        return entry

    def keep(self, entry: Entry, move: Move) -> None:
        """Write a decision, then remember it; raises PartitionLostError when somebody else decided since."""
        known = entry.memory.number if entry.memory else 0
        if self._newest_number(entry.key) != known:
            raise PartitionLostError(f"another notifier decided on {entry.key}")
        now = self.clock.now()
        memory = move.memory
        rows = tabulate_moves([Kept(move, entry.partition)], now)
        self.store.insert("ticket_moves", rows, f"ticket_moves;{memory.key};{memory.number};{move.at.isoformat()}")
        _follow(entry, move)

    def find_alive(self, partition: int, partitions: int, since: datetime) -> list[str]:
        """Give the keys of tickets of a partition that time or people may change, or that some sink was not told of.

        What was in a partition beyond the `partitions` that there are now falls to one of those. Tickets that were
        closed before `since` are left to themselves.
        """
        given = {"partition": partition, "partitions": partitions, "since": since}
        return [str(row["ticket_key"]) for row in self.store.query(self.queries["tickets_alive"], given)]

    def _newest_number(self, key: str) -> int:
        """Give the number of the newest move in the store, 0 where there is none."""
        rows = self.store.query(self.queries["ticket_number"], {"ticket_key": key})
        return int(str(rows[0]["number"])) if rows else 0

    def newest_scrape(self, service: str, since: datetime) -> datetime | None:
        """Give the newest slot after a time in which an instance answered."""
        rows = self.store.query(self.queries["newest_scrape"], {"service": service, "since": since})
        slot = rows[0]["slot"] if rows else None
        return slot if isinstance(slot, datetime) else None

    def rolled_up(self, most: int) -> tuple[int, list[Anomaly]]:
        """Give how many leaks have no ticket for want of room, and what is known of the worst ones."""
        rows = self.store.query(self.queries["rolled_up"], {"limit": most})
        return (int(str(rows[0]["leaks"])) if rows else 0), [read_kept_anomaly(str(row["anomaly"])) for row in rows]

    def count_open(self, roll_up: str) -> dict[str, int]:
        """Count the tickets that sinks show as open, by service, but for the roll-up."""
        rows = self.store.query(self.queries["open_ticket_counts"], {"roll_up": roll_up})
        return {str(row["service"]): int(str(row["tickets"])) for row in rows}

    def forget(self, partitions: frozenset[int]) -> None:
        """Let go of tickets of partitions that are somebody else's now."""
        self.entries = {key: entry for key, entry in self.entries.items() if entry.partition in partitions}

    def let_go(self, busy: frozenset[str], since: datetime) -> None:
        """Let go of tickets that were closed before `since`, and of those that never were any; not of the busy ones."""
        self.entries = {
            key: entry for key, entry in self.entries.items() if key in busy or not _is_at_rest(entry, since)
        }

    def _read(self, key: str, partition: int) -> Entry:
        """Read a ticket from the store."""
        entry = Entry(key, partition)
        for kept in read_moves(self.store.query(self.queries["ticket_moves"], {"ticket_key": key})):
            _follow(entry, kept.move)
        first = entry.acts[0].number if entry.acts else 0
        for row in self.store.query(self.queries["ticket_deliveries"], {"ticket_key": key}):
            sink, number = str(row["sink"]), int(str(row["number"]))
            if number < first:
                continue
            entry.statuses[sink, number] = str(row["status"])
            if row["reference"]:
                entry.references[sink] = str(row["reference"])
        return entry


def _follow(entry: Entry, move: Move) -> None:
    """Take in a move; a new generation has a history of its own."""
    memory = move.memory
    if entry.memory is not None and memory.generation > entry.memory.generation:
        entry.acts.clear()
        entry.references.clear()
        entry.statuses.clear()
    entry.memory = memory
    if move.act is not Act.NOTHING:
        entry.acts.append(Told(memory.number, move.at, memory.state, move.act, move.reason))


def _is_at_rest(entry: Entry, since: datetime) -> bool:
    """Say whether nobody but new data has anything to do with it: people may open a closed one for a while."""
    memory = entry.memory
    if memory is None:
        return True
    may_be_opened = bool(entry.references) and memory.changed_at > since
    return memory.state in SHUT_STATES and not memory.hidden and not may_be_opened


def told_history(acts: Sequence[Told]) -> tuple[Told, ...]:
    """Give what people were told."""
    return tuple(act for act in acts if act.act is not Act.UPDATE)
