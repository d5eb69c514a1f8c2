"""anomalies and time -> tickets in every sink: the loop of the role `notify`.

Rule 1: a decision is in the store before any sink hears of it, and what a sink did is there before the next act.
Rule 2: an offset is committed when all decisions before it are in the store. What sinks were not told yet is found
there after a crash, or by whoever takes over; what was delivered is recognised by its row and not sent again.
Rule 3: an anomaly that cannot be read is put aside before its offset is committed, within a limit.
Rule 4: a sink that fails is tried again with growing pauses and parked after ATTEMPTS; others are not held up by it.
Rule 5: tickets of a partition that is lost are somebody else's: nothing more is sent of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event

import pyarrow as pa

from processors.admit import Bounds, admit_anomaly
from processors.dead_letters import Limit
from processors.set_aside import Aside
from processors.ticket import TicketRules
from processors.tickets.book import Book, Entry, told_history
from processors.tickets.compose import compose_ticket, ticket_key
from processors.tickets.hide import Quiet
from processors.tickets.keep import Keeper
from processors.tickets.order import (
    FIRST_WAIT_SECONDS,
    TICKETS,
    Errand,
    is_final,
    name_outcome,
    tabulate_errand,
)
from processors.tickets.roll_up import LISTED, compose_roll_up, roll_up_key
from schemas.outcomes import Invalid, Retry
from schemas.ports import (
    Clock,
    Consumer,
    Log,
    LogUnavailableError,
    PartitionLostError,
    Record,
    Store,
    StoreUnavailableError,
    TicketSink,
)
from schemas.telemetry import Telemetry
from schemas.tickets import Member, Order, Ticket, TicketMemory
from schemas.wire.codec import ANOMALIES_TOPIC

GROUP = "leakstream-notify"
_BATCH_RECORDS = 100
_POLL_SECONDS = 0.5
_TICK = timedelta(seconds=5)
_ROLL = timedelta(seconds=30)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Desk:
    """What the loop reaches. `report` gets a sentence and fields for the log of the process."""

    log: Log
    store: Store
    sinks: Sequence[TicketSink]
    clock: Clock
    telemetry: Telemetry
    queries: Mapping[str, str]
    database: str
    stop: Event
    report: Callable[..., None]
    rules: TicketRules = field(default_factory=TicketRules)
    quiet: Quiet = field(default_factory=Quiet)
    environment: str = ""
    bounds: Bounds = field(default_factory=Bounds)
    limit: Limit = field(default_factory=Limit)


@dataclass(slots=True)
class Deliverer:
    """The errands that are under way, in order, the tickets behind them, and the newest offset read per partition."""

    desk: Desk
    open: list[Errand] = field(default_factory=list)
    read: dict[int, int] = field(default_factory=dict)
    held: frozenset[int] = frozenset()
    ticked_at: datetime = _NEVER
    rolled_at: datetime = _NEVER
    aside: Aside = field(init=False)
    book: Book = field(init=False)
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        """Make the place for what cannot be read, and the book."""
        desk = self.desk
        self.aside = Aside(desk.log, desk.clock, desk.telemetry, desk.report, ANOMALIES_TOPIC, "notify", desk.limit)
        self.book = Book(desk.store, desk.clock, desk.queries)
        self.keeper = Keeper(
            *(self.book, desk.sinks, desk.clock, desk.telemetry, desk.rules, desk.quiet),
            roll_up=roll_up_key(desk.environment),
        )

    def run(self, member: str) -> None:
        """Deliver until told to stop; what is under way then will be read again.

        Raises DeadLettersError when too much of a partition cannot be read.
        """
        while not self.desk.stop.is_set():
            consumer = self.desk.log.subscribe(ANOMALIES_TOPIC, GROUP, member)
            try:
                self._work(consumer)
            except (StoreUnavailableError, LogUnavailableError, PartitionLostError) as error:
                self.desk.report("tickets cannot go on now; trying again", error=str(error))
                self.desk.stop.wait(FIRST_WAIT_SECONDS)
            finally:
                consumer.close()

    def _work(self, consumer: Consumer) -> None:
        """Begin anew from the committed offsets, and go on."""
        self.begin()
        while not self.desk.stop.is_set():
            self.work_once(consumer, _POLL_SECONDS)

    def begin(self) -> None:
        """Forget everything: the store and the log know it better."""
        self.open.clear()
        self.read.clear()
        self.book.entries.clear()
        self.keeper.counted_at = _NEVER
        self.keeper.unsure.clear()
        self.held = frozenset()

    def work_once(self, consumer: Consumer, poll_seconds: float) -> None:
        """Poll, decide, try what is due and commit what is decided."""
        records = consumer.poll(max_records=_BATCH_RECORDS, timeout_seconds=poll_seconds)
        self._hold(consumer.assignment())
        self._accept(records)
        self._tick(self.desk.clock.now())
        self._try_due()
        self._commit(consumer)

    def _hold(self, held: frozenset[int]) -> None:
        """Take over the tickets of partitions that came, and let go of those that went."""
        self.aside.forget_lost(held)
        if held == self.held:
            return
        came, self.held = held - self.held, held
        self.open = [errand for errand in self.open if errand.partition in held]
        self.read = {partition: offset for partition, offset in self.read.items() if partition in held}
        self.book.forget(held)
        self.keeper.unsure = {key: one for key, one in self.keeper.unsure.items() if one.position.partition in held}
        partitions = max(self.desk.log.partitions(ANOMALIES_TOPIC), 1)
        for partition in sorted(came):
            alive = self.book.find_alive(partition, partitions, self._since())
            self._plan(self.book.recall(key, partition) for key in alive)

    def _accept(self, records: Sequence[Record]) -> None:
        """Decide on new anomalies."""
        met = [(record, admit_anomaly(record, self.desk.bounds)) for record in records]
        self.aside.weigh(met)
        for record, anomaly in met:
            if not isinstance(anomaly, Invalid):
                key = ticket_key(anomaly.service, anomaly.fingerprint, self.desk.environment)
                entry = self.book.recall(key, record.position.partition)
                self._plan(self.keeper.meet(entry, anomaly, record.position))
        self.aside.bury([(record, anomaly) for record, anomaly in met if isinstance(anomaly, Invalid)])
        for record in records:
            self.read[record.position.partition] = record.position.offset

    def _plan(self, entries: Iterable[Entry]) -> None:
        """Write the intents of tickets that are not under way yet, and queue them."""
        for entry in entries:
            under_way = {(errand.sink.name, errand.act.number) for errand in self.open if errand.key == entry.key}
            planned = [
                Errand(entry.key, sink, act, entry.partition)
                for sink in self.desk.sinks
                for act in entry.undelivered(sink.name)
                if (sink.name, act.number) not in under_way
            ]
            mine = [one for one in planned if (one.sink.name, one.act.number) not in entry.done_by_people]
            self._note(entry, [one for one in planned if one not in mine], ("dropped", "a person did it there", ""))
            self._note(entry, mine, ("intended", "", ""))
            self.open += mine

    def _tick(self, now: datetime) -> None:
        """Do what the time asks for, now and then."""
        if now < self.ticked_at + _TICK:
            return
        self.ticked_at = now
        self._plan(self.keeper.tick(now))
        if 0 in self.held and now >= self.rolled_at + _ROLL:
            self.rolled_at = now
            self._plan(self.keeper.roll(now, 0))
        self.book.let_go(frozenset({*self.keeper.unsure, *(errand.key for errand in self.open)}), self._since())

    def _since(self) -> datetime:
        """Give since when a ticket must be closed for people to open another one instead of it."""
        return self.desk.clock.now() - self.desk.rules.reopen_window

    def _try_due(self) -> None:
        """Send what is due, at most one act of a ticket to a sink at a time and in order."""
        now = self.desk.clock.now()
        blocked: set[tuple[str, str]] = set()
        left: list[Errand] = []
        for errand in self.open:
            waits = errand.lane in blocked or (errand.due is not None and errand.due > now)
            if waits or not self._send(errand, now):
                blocked.add(errand.lane)
                left.append(errand)
        self.open = left

    def _send(self, errand: Errand, now: datetime) -> bool:
        """Send one act; say whether the sink is done with it."""
        entry = self.book.recall(errand.key, errand.partition)
        if entry.memory is None:
            return True
        ticket = self._compose(entry, entry.memory)
        reference = entry.references.get(errand.sink.name, "")
        outcome = errand.sink.send(Order(errand.act.act, errand.act.number, ticket, reference))
        errand.attempts += 1
        if isinstance(outcome, Retry) and not is_final(outcome, errand.attempts):
            errand.put_off(outcome, now)
            self._tell(errand, "retry", outcome.detail)
            return False
        told = name_outcome(outcome)
        self._note(entry, [errand], told)
        self._tell(errand, told[0], told[1])
        return True

    def _compose(self, entry: Entry, memory: TicketMemory) -> Ticket:
        """Give the ticket as it is now."""
        history = told_history(entry.acts)
        if entry.key != self.keeper.roll_up:
            return compose_ticket(memory, history, self.desk.database)
        leaks, worst = self.book.rolled_up(LISTED)
        members = [Member(one.service, str(one.fingerprint), one.growth.goroutines) for one in worst]
        return compose_roll_up(memory, leaks, members, history, self.desk.database)

    def _tell(self, errand: Errand, outcome: str, detail: str) -> None:
        """Count an attempt, and report what did not arrive."""
        self.desk.telemetry.add("leakstream_tickets_total", sink=errand.sink.name, outcome=outcome)
        self.desk.report(f"ticket {outcome}", sink=errand.sink.name, ticket=errand.key, detail=detail)

    def _note(self, entry: Entry, errands: Sequence[Errand], told: tuple[str, str, str]) -> None:
        """Write where errands stand, and remember it."""
        if not errands or entry.memory is None:
            return
        now = self.desk.clock.now()
        rows = pa.Table.from_pylist([tabulate_errand(one, entry.memory, told, now) for one in errands], TICKETS)
        places = ";".join(f"{one.sink.name}/{one.act.number}" for one in errands)
        self.desk.store.insert("tickets", rows, f"tickets;{entry.key};{told[0]};{places};{now.isoformat()}")
        for one in errands:
            entry.statuses[one.sink.name, one.act.number] = told[0]
            if told[2]:
                entry.references[one.sink.name] = told[2]

    def _commit(self, consumer: Consumer) -> None:
        """Commit what was read: decisions are in the store, and what sinks have to do with them."""
        held = consumer.assignment()
        offsets = {partition: offset + 1 for partition, offset in self.read.items()}
        for waiting in self.keeper.unsure.values():
            place = waiting.position
            offsets[place.partition] = min(offsets.get(place.partition, place.offset), place.offset)
        changed = {p: o for p, o in offsets.items() if p in held and consumer.committed(p) != o}
        if changed:
            consumer.commit(changed)
