"""anomalies -> tickets in every sink: the loop of the role `notify`.

Rule 1: the intent is in the store before any call goes out; it becomes `delivered` after the sink took it.
Rule 2: an offset is committed only when every sink is done with everything before it, so a crash repeats and never
forgets; what was delivered is recognised by its row and not sent again.
Rule 3: an anomaly that cannot be read is put aside before its offset is committed, within a limit.
Rule 4: a sink that fails is tried again with growing pauses and parked after ATTEMPTS; others are not held up by it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

import pyarrow as pa

from processors.admit import Bounds, admit_anomaly
from processors.dead_letters import Limit
from processors.set_aside import Aside
from processors.ticket import compose_ticket, needs_ticket, ticket_key
from schemas.model import Anomaly, LogPosition, State, Ticket
from schemas.outcomes import Dropped, Invalid, Retry
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
from schemas.wire.codec import ANOMALIES_TOPIC

GROUP = "leakstream-notify"
ATTEMPTS = 20
"""With pauses that double up to a minute: about a quarter of an hour, then a person has to look."""

_BATCH_RECORDS = 100
_POLL_SECONDS = 0.5
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0

_WORD = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("ms", tz="UTC")
TICKETS = pa.schema(
    [
        ("ticket_key", pa.string()),
        ("sink", _WORD),
        ("service", _WORD),
        ("fingerprint", pa.uint64()),
        ("intent", _WORD),
        ("slot", _TIME),
        ("status", _WORD),
        ("detail", pa.string()),
        ("updated_at", _TIME),
    ]
)


@dataclass(slots=True)
class Desk:
    """What the loop reaches. `report` gets a sentence and fields for the log of the process."""

    log: Log
    store: Store
    sinks: Sequence[TicketSink]
    clock: Clock
    telemetry: Telemetry
    history_sql: str
    database: str
    stop: Event
    report: Callable[..., None]
    bounds: Bounds = field(default_factory=Bounds)
    limit: Limit = field(default_factory=Limit)


@dataclass(slots=True)
class Delivery:
    """One ticket on its way to one sink."""

    position: LogPosition
    ticket: Ticket
    sink: TicketSink
    attempts: int = 0
    due: datetime | None = None


@dataclass(slots=True)
class Deliverer:
    """The deliveries that are under way, in the order of the log, and the newest offset read per partition."""

    desk: Desk
    open: list[Delivery] = field(default_factory=list)
    read: dict[int, int] = field(default_factory=dict)
    aside: Aside = field(init=False)

    def __post_init__(self) -> None:
        """Make the place for what cannot be read."""
        desk = self.desk
        self.aside = Aside(desk.log, desk.clock, desk.telemetry, desk.report, ANOMALIES_TOPIC, "notify", desk.limit)

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
                self.desk.stop.wait(_FIRST_WAIT_SECONDS)
            finally:
                consumer.close()

    def _work(self, consumer: Consumer) -> None:
        """Poll, try what is due and commit what is done, from the committed offsets on."""
        self.open.clear()
        self.read.clear()
        while not self.desk.stop.is_set():
            records = consumer.poll(max_records=_BATCH_RECORDS, timeout_seconds=_POLL_SECONDS)
            self.aside.forget_lost(consumer.assignment())
            self._accept(records)
            self._try_due()
            self._commit(consumer)

    def _accept(self, records: Sequence[Record]) -> None:
        """Turn new anomalies into deliveries; what needs no ticket is done at once."""
        met = [(record, admit_anomaly(record, self.desk.bounds)) for record in records]
        self.aside.weigh(met)
        for record, anomaly in met:
            if not isinstance(anomaly, Invalid) and needs_ticket(anomaly):
                self._plan(anomaly, record.position)
        self.aside.bury([(record, anomaly) for record, anomaly in met if isinstance(anomaly, Invalid)])
        for record in records:
            self.read[record.position.partition] = record.position.offset

    def _plan(self, anomaly: Anomaly, position: LogPosition) -> None:
        """Write the intents and queue the deliveries of one anomaly, except what was delivered before."""
        key = ticket_key(anomaly.service, anomaly.fingerprint)
        history = self.desk.store.query(self.desk.history_sql, {"ticket_key": key})
        done = {row["sink"] for row in history if row["slot"] == anomaly.slot and row["status"] != "intended"}
        opened = _opened_at(history, anomaly)
        ticket = compose_ticket(anomaly, opened_at=opened, now=anomaly.slot, database=self.desk.database)
        planned = [Delivery(position, ticket, sink) for sink in self.desk.sinks if sink.name not in done]
        if planned:
            self._note(planned, "intended", "")
            self.open.extend(planned)

    def _try_due(self) -> None:
        """Send what is due, at most one ticket of a key to a sink at a time and in order."""
        now = self.desk.clock.now()
        blocked: set[tuple[str, str]] = set()
        for delivery in list(self.open):
            lane = (delivery.sink.name, delivery.ticket.key)
            if lane in blocked or (delivery.due is not None and delivery.due > now):
                blocked.add(lane)
            elif self._send(delivery, now):
                self.open.remove(delivery)
            else:
                blocked.add(lane)

    def _send(self, delivery: Delivery, now: datetime) -> bool:
        """Send one ticket; say whether the sink is done with it."""
        outcome = delivery.sink.send(delivery.ticket)
        delivery.attempts += 1
        if isinstance(outcome, Retry) and delivery.attempts < ATTEMPTS:
            pause = min(_FIRST_WAIT_SECONDS * 2**delivery.attempts, _LONGEST_WAIT_SECONDS)
            delivery.due = now + timedelta(seconds=max(pause, outcome.after_seconds))
            self._tell(delivery, "retry", outcome.detail)
            return False
        word, detail = _name_outcome(outcome)
        self._note([delivery], word, detail)
        self._tell(delivery, word, detail)
        return True

    def _tell(self, delivery: Delivery, outcome: str, detail: str) -> None:
        """Count an attempt, and report what did not arrive."""
        self.desk.telemetry.add("leakstream_tickets_total", sink=delivery.sink.name, outcome=outcome)
        self.desk.report(f"ticket {outcome}", sink=delivery.sink.name, ticket=delivery.ticket.key, detail=detail)

    def _note(self, deliveries: Sequence[Delivery], status: str, detail: str) -> None:
        """Write where deliveries stand."""
        now = self.desk.clock.now()
        rows = pa.Table.from_pylist([_row(delivery, status, detail, now) for delivery in deliveries], TICKETS)
        places = ";".join(f"{delivery.sink.name}@{delivery.position}" for delivery in deliveries)
        self.desk.store.insert("tickets", rows, f"tickets;{status};{places};{now.isoformat()}")

    def _commit(self, consumer: Consumer) -> None:
        """Commit up to the first delivery that is under way."""
        offsets = {partition: offset + 1 for partition, offset in self.read.items()}
        for delivery in self.open:
            place = delivery.position
            offsets[place.partition] = min(offsets.get(place.partition, place.offset), place.offset)
        held = consumer.assignment()
        changed = {p: o for p, o in offsets.items() if p in held and consumer.committed(p) != o}
        if changed:
            consumer.commit(changed)


def _opened_at(history: Sequence[Mapping[str, object]], anomaly: Anomaly) -> datetime:
    """Find the slot in which the present ticket was opened: the first firing one after the last that was resolved."""
    opened: datetime | None = None
    for row in history:
        slot = row["slot"]
        if isinstance(slot, datetime) and slot < anomaly.slot:
            opened = None if row["intent"] == State.RESOLVED.value else opened or slot
    return opened or anomaly.slot


def _name_outcome(outcome: Dropped | Invalid | Retry | None) -> tuple[str, str]:
    """Give the status word of a final outcome, and its detail."""
    if outcome is None:
        return "delivered", ""
    if isinstance(outcome, Invalid):
        return "parked", str(outcome.problem)
    return ("parked" if isinstance(outcome, Retry) else "dropped"), outcome.detail


def _row(delivery: Delivery, status: str, detail: str, now: datetime) -> dict[str, object]:
    """Give the row that says where one delivery stands."""
    ticket = delivery.ticket
    return {
        "ticket_key": ticket.key,
        "sink": delivery.sink.name,
        "service": ticket.anomaly.service,
        "fingerprint": ticket.anomaly.fingerprint.value,
        "intent": ticket.state.value,
        "slot": ticket.anomaly.slot,
        "status": status,
        "detail": detail,
        "updated_at": now,
    }
