"""What happened to tickets -> decisions in the book: everything of a notifier but telling.

Rule 1: what people did in a sink is asked for before data are judged: whoever closed a ticket is heard first.
Where that matters and a sink does not answer, the decision waits for a while, and so does the offset.
Rule 2: a sink is asked only while it has nothing left to do for the ticket, so that our own doing is not taken for
somebody else's.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from processors.ticket import TicketRules, decide, due, read_anomaly
from processors.tickets.book import Book, Entry
from processors.tickets.hide import Quiet, hide
from processors.tickets.roll_up import ROLL_UP, decide_roll_up
from schemas.model import Anomaly, LogPosition, Verdict
from schemas.outcomes import Retry
from schemas.ports import Clock, TicketSink
from schemas.telemetry import Telemetry
from schemas.tickets import Act, Happening, Hidden, Move, Seen, Shown, Stays, What

_RECOUNT = timedelta(seconds=60)
_PATIENCE = timedelta(minutes=15)
_ASKED = 20
"""A sink that is away for longer than both cannot be told anything either; others are."""
_LOOK = timedelta(minutes=5)
"""How old what is known of people's doing may be: whoever closes a ticket is heard within that time."""
_OPENED = {Act.OPEN: 1, Act.REOPEN: 1, Act.CLOSE: -1}
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Unsure:
    """What happened to a closed ticket while a sink did not say how it stands, in order; `asked` counts how often."""

    entry: Entry
    position: LogPosition
    until: datetime
    happenings: list[Happening]
    asked: int = 1


@dataclass(slots=True)
class Keeper:
    """Decides. `counts` are the tickets that sinks show as open, by service, `opened` is how many that are.

    `unsure` is by the key of a ticket, `roll_up` the key of the one that stands for many.
    """

    book: Book
    sinks: Sequence[TicketSink]
    clock: Clock
    telemetry: Telemetry
    rules: TicketRules
    quiet: Quiet
    counts: Counter[str] = field(default_factory=Counter)
    opened: int = 0
    counted_at: datetime = _NEVER
    unsure: dict[str, Unsure] = field(default_factory=dict)
    roll_up: str = ROLL_UP

    def meet(self, entry: Entry, anomaly: Anomaly, position: LogPosition) -> Iterator[Entry]:
        """Decide on one change of state of a leak; gives the ticket where something is to be told."""
        proven = entry.memory is not None and entry.memory.anomaly.verdict is Verdict.PROVEN
        happening = read_anomaly(anomaly, proven)
        if isinstance(happening, Stays):
            return
        waiting = self.unsure.get(entry.key)
        if waiting is not None:
            waiting.happenings.append(happening)
            return
        now = self.clock.now()
        self._count_open(now)
        yield from self._look(entry, now)
        if entry.unanswered and entry.memory is not None and entry.memory.shown is Shown.SHUT:
            self.unsure[entry.key] = Unsure(entry, position, now + _PATIENCE, [happening])
            return
        yield from self.take(entry, happening)

    def take(self, entry: Entry, happening: Happening) -> Iterator[Entry]:
        """Decide and remember; gives the ticket where something is to be told."""
        hidden = self._hide(entry, happening)
        settled = not any(entry.undelivered(sink.name) for sink in self.sinks)
        decision = decide(entry.memory, happening, self.rules, key=entry.key, hidden=hidden, settled=settled)
        word = decision.act.value if isinstance(decision, Move) else "stays"
        self.telemetry.add("leakstream_ticket_decisions_total", act=word)
        if isinstance(decision, Stays):
            return
        self.book.keep(entry, decision)
        opened = _OPENED.get(decision.act, 0)
        self.counts[decision.memory.anomaly.service] += opened
        self.opened += opened
        if happening.sink and decision.act is not Act.NOTHING:
            entry.done_by_people.add((happening.sink, decision.memory.number))
        yield entry

    def tick(self, now: datetime) -> Iterator[Entry]:
        """Do what the time asks for; gives tickets of which something is to be told."""
        self._count_open(now)
        for waiting in list(self.unsure.values()):
            yield from self._make_sure(waiting, now)
        entries = [entry for entry in self.book.entries.values() if entry.key != self.roll_up]
        for entry in sorted(entries, key=_worst_first):
            yield from self._pass_time(entry, now)
        referred = [entry for entry in entries if entry.references]
        if referred:
            oldest = min(referred, key=lambda entry: entry.looked_at or _NEVER)
            if now >= (oldest.looked_at or _NEVER) + _LOOK:
                yield from self._look(oldest, now)

    def roll(self, now: datetime, partition: int) -> Iterator[Entry]:
        """Bring the roll-up up to date; one notifier does, the one that holds that partition."""
        leaks, kept = self.book.rolled_up(1)
        entry = self.book.recall(self.roll_up, partition)
        worst = kept[0] if kept else None
        decision = decide_roll_up(entry.memory, leaks, worst, now, self.roll_up)
        if isinstance(decision, Move):
            self.book.keep(entry, decision)
            yield entry

    def _make_sure(self, waiting: Unsure, now: datetime) -> Iterator[Entry]:
        """Ask again, and decide what waited once the sinks answered, or did not for too long."""
        yield from self._look(waiting.entry, now)
        waiting.asked += 1
        if waiting.entry.unanswered and (now < waiting.until or waiting.asked < _ASKED):
            return
        del self.unsure[waiting.entry.key]
        for happening in waiting.happenings:
            yield from self.take(waiting.entry, happening)

    def _pass_time(self, entry: Entry, now: datetime) -> Iterator[Entry]:
        """Do what the time asks for with one ticket."""
        memory = entry.memory
        if memory is None:
            return
        shows = Happening(What.MAY_SHOW, now)
        if memory.hidden and not self._hide(entry, shows):
            yield from self.take(entry, shows)
            return
        what = due(memory, now, self.rules)
        if what is What.SETTLES:
            newest = self.book.newest_scrape(memory.anomaly.service, memory.changed_at)
            if newest is None or newest < memory.changed_at + self.rules.close_after:
                return
        if what is not None:
            yield from self.take(entry, Happening(what, now))

    def _look(self, entry: Entry, now: datetime) -> Iterator[Entry]:
        """Ask the sinks how a ticket stands there, and hear what people did."""
        entry.looked_at, entry.unanswered = now, False
        for sink in self.sinks:
            reference = entry.references.get(sink.name, "")
            if not reference or not entry.is_settled(sink.name):
                continue
            seen = sink.look(reference)
            entry.unanswered = entry.unanswered or isinstance(seen, Retry)
            happening = _hear(entry, seen, sink.name) if isinstance(seen, Seen) else None
            if happening is not None:
                yield from self.take(entry, happening)

    def _hide(self, entry: Entry, happening: Happening) -> Hidden:
        """Say why sinks are not to be told now."""
        anomaly = happening.anomaly or (entry.memory.anomaly if entry.memory else None)
        service = anomaly.service if anomaly else ""
        return hide(entry.memory, service, self.clock.now(), self.quiet, (self.counts[service], self.opened))

    def _count_open(self, now: datetime) -> None:
        """Count open tickets anew from time to time: other notifiers open some too."""
        if now >= self.counted_at + _RECOUNT:
            self.counts, self.counted_at = Counter(self.book.count_open(self.roll_up)), now
            self.opened = self.counts.total()


def _hear(entry: Entry, seen: Seen, sink: str) -> Happening | None:
    """Say what people did where a sink shows something else than it was told to."""
    memory = entry.memory
    if memory is None or seen.is_open is (memory.shown is Shown.OPEN) or memory.shown is Shown.NO:
        return None
    what = What.PERSON_REJECTS if seen.rejected else What.PERSON_CLOSES
    by = f"{seen.by} in {sink}" if seen.by else f"in {sink}"
    return Happening(What.PERSON_REOPENS if seen.is_open else what, seen.at, by=by, fixed_in=seen.fixed_in, sink=sink)


def _worst_first(entry: Entry) -> tuple[int, str]:
    """Order tickets by what they leak: there may be room for some of them only."""
    goroutines = entry.memory.anomaly.growth.goroutines if entry.memory else 0
    return -goroutines, entry.key
