"""Seeded schedules of everything that can go wrong with tickets, and what must hold whatever does.

`python -m tests.processors.tickets.schedules --rounds 1000 --seed 1` runs as many as asked and prints what went wrong.
Leaks rise, fall and return; notifiers die at any point, are doubled, lose the store and the tracker, and hear of things
twice; people close, reject and open tickets. When the weather is fine again the tracker must show what is true.
"""

import argparse
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event

from processors.deliver import Deliverer, Desk
from processors.ticket import TicketRules
from processors.tickets.book import QUERIES
from processors.tickets.hide import Quiet
from schemas.model import Anomaly, LogPosition, State, Verdict
from schemas.ports import PartitionLostError, Record, StoreUnavailableError
from schemas.tickets import OPEN_STATES, SHUT_STATES, TicketState
from schemas.wire.codec import ANOMALIES_TOPIC, encode_anomaly
from tests.doubles import RecordingTelemetry
from tests.processors.tickets.world import Clock, Death, Faults, Issue, MemoryStore, Tracker
from tests.ticket_maker import make_anomaly, renamed

LEAKS = 3
STEPS = 60
RULES = TicketRules()
_JUDGED = {
    State.INACTIVE: (State.FIRING,),
    State.FIRING: (State.FIRING, State.RESOLVED),
    State.RESOLVED: (State.FIRING,),
}


@dataclass(slots=True)
class Tape:
    """The log of anomalies, with the offset that was committed. Partition 0 is all there is."""

    records: list[Record] = field(default_factory=list)
    committed_offset: int = 0

    def append(self, anomaly: Anomaly) -> None:
        """Add a change of state."""
        message = encode_anomaly(anomaly)
        position = LogPosition(0, len(self.records))
        record = Record(ANOMALIES_TOPIC, position, anomaly.slot, message.key, message.value, message.headers)
        self.records.append(record)

    def partitions(self, topic: str) -> int:
        """Give the number of partitions; there are no dead letters."""
        return int(topic == ANOMALIES_TOPIC)

    def bounds(self, _topic: str, _partition: int) -> tuple[int, int]:
        """Say that a topic is empty: nothing is ever put aside here."""
        return 0, 0


@dataclass(slots=True)
class Reader:
    """One member's view of the tape; a zombie goes on reading what is not its any more."""

    tape: Tape
    at: int

    def poll(self, *, max_records: int, timeout_seconds: float) -> list[Record]:
        """Give what comes next."""
        assert timeout_seconds == 0
        found = self.tape.records[self.at : self.at + max_records]
        self.at += len(found)
        return found

    def assignment(self) -> frozenset[int]:
        """Hold everything."""
        return frozenset({0})

    def committed(self, _partition: int) -> int:
        """Give the committed offset."""
        return self.tape.committed_offset

    def commit(self, offsets: dict[int, int]) -> None:
        """Commit."""
        self.tape.committed_offset = max(self.tape.committed_offset, offsets[0])


@dataclass(slots=True)
class Member:
    """One notifier, living or frozen in the midst of its work."""

    deliverer: Deliverer
    reader: Reader


@dataclass(slots=True)
class Schedule:
    """One seed's run. `wrong` collects what must not be."""

    seed: int
    faults: Faults = field(init=False)
    clock: Clock = field(default_factory=Clock)
    tape: Tape = field(default_factory=Tape)
    store: MemoryStore = field(init=False)
    tracker: Tracker = field(init=False)
    states: dict[int, Anomaly] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    quiet: Quiet = field(default_factory=Quiet)

    def __post_init__(self) -> None:
        """Build the world."""
        self.faults = Faults(Random(self.seed))  # noqa: S311 no secret
        self.store = MemoryStore(self.faults)
        self.tracker = Tracker(self.faults, self.clock)

    def start(self) -> "Schedule":
        """Start a notifier in fine weather."""
        self.members = [self._member()]
        return self

    def run(self) -> "Schedule":
        """Let everything go wrong for a while, then let it calm down, and look."""
        random = self.faults.random
        self.members = [self._member()]
        for _ in range(STEPS):
            self.faults.rate = random.choice([0.0, 0.1, 0.3, 0.6])
            random.choice([self._leak, self._leak, self._repeat, self._person, self._double, self._wait])()
            self.work()
        self.faults.rate = 0.0
        self._settle()
        self._compare()
        return self

    def _member(self) -> Member:
        """Start a notifier."""
        desk = Desk(
            self.tape,  # type: ignore[arg-type]  # all of the log that a notifier asks
            self.store,
            (self.tracker,),
            self.clock,
            RecordingTelemetry(),
            {name: name for name in QUERIES},
            "leakstream",
            Event(),
            lambda _sentence, **_fields: None,
            RULES,
            self.quiet,
        )
        return Member(Deliverer(desk), Reader(self.tape, self.tape.committed_offset))

    def work(self) -> None:
        """Let every notifier do one round, whatever becomes of it."""
        for number, member in enumerate(self.members):
            try:
                member.deliverer.work_once(member.reader, 0)  # type: ignore[arg-type]  # as the tape
            except Death:
                self.met["deaths"] += 1
                self.members[number] = self._member()
            except (StoreUnavailableError, PartitionLostError):
                self.met["store away"] += 1
                member.deliverer.begin()
                member.reader.at = self.tape.committed_offset
            self._watch()

    def _watch(self) -> None:
        """At no moment may a leak have two open tickets."""
        keys = Counter(marker.split("#")[0] for marker in self.tracker.open_issues())
        self.wrong += [f"two open tickets for {key}" for key, number in keys.items() if number > 1]

    def _leak(self) -> None:
        """Let the judge change its mind on a leak."""
        number = self.faults.random.randrange(LEAKS)
        before = self.states.get(number)
        previous = State.INACTIVE if before is None else before.state
        state = self.faults.random.choice(_JUDGED[previous])
        made = make_anomaly(state, previous, fingerprint=replace(renamed(f"main.leak{number}"), value=number))
        grown = replace(made.growth, goroutines=self.faults.random.randrange(10, 10_000))
        self.clock.pass_(minutes=5)
        anomaly = replace(made, slot=self.clock.now(), growth=grown, verdict=Verdict.PROBABLE)
        self.states[number] = anomaly
        self.tape.append(anomaly)
        self.met[state.value] += 1

    def _repeat(self) -> None:
        """Let something old come again."""
        if self.tape.records:
            old = self.faults.random.choice(self.tape.records)
            self.tape.records.append(replace(old, position=LogPosition(0, len(self.tape.records))))
            self.met["repeated"] += 1

    def _person(self) -> None:
        """Let a person open, close or reject a ticket, who never makes a second one open."""
        if not self.tracker.issues:
            return
        issue = self.faults.random.choice(self.tracker.issues)
        newest = [one for one in self.tracker.issues if one.marker.split("#")[0] == issue.marker.split("#")[0]][-1]
        self.clock.pass_(minutes=1)
        if newest.changed < self.clock.now() - RULES.reopen_window / 2:
            return  # nobody looks at tickets that old any more
        self.tracker.act(newest, is_open=not newest.is_open, rejected=self.faults.random.random() < 0.2)
        self.met["people"] += 1

    def _double(self) -> None:
        """Let a second notifier run beside, as one that was frozen and does not know that it lost its partitions."""
        if len(self.members) > 1:
            self.members.pop(0)
        else:
            self.members.append(self._member())
        self.met["doubled"] += 1

    def _wait(self) -> None:
        """Let time pass, with or without instances that answer; in longer times there are rounds of work."""
        hours = self.faults.random.choice([1, 7, 30, 24 * 40])
        for _ in range(1 + hours // 48):
            self.clock.pass_(hours=min(hours, 48))
            if self.faults.random.random() < 0.8:
                self.store.scraped = self.clock.now()
            self.work()
        self.met["waited"] += 1

    def _settle(self) -> None:
        """Let one notifier work in fine weather until nothing is left to do."""
        self.members = [self._member()]
        for _ in range(8):
            self.clock.pass_(minutes=10)
            self.work()
        self.clock.pass_(hours=30)
        self.store.scraped = self.clock.now()
        for _ in range(8):
            self.clock.pass_(minutes=10)
            self.work()

    def _compare(self) -> None:
        """Hold what the tracker shows against what is true."""
        newest = {row["ticket_key"]: row for row in self.store.newest()}
        for number, anomaly in self.states.items():
            key = f"checkout/g1-{number:016x}"
            row = newest.get(key)
            if row is None:
                self.wrong.append(f"{key}: {anomaly.state.value}, and there is no ticket")
                continue
            state = TicketState(str(row["state"]))
            issues = [issue for issue in self.tracker.issues if issue.marker.split("#")[0] == key]
            self.wrong += [f"{key}: {problem}" for problem in _judge(anomaly, state, issues)]
        self.wrong += [
            f"{issue.marker}: said twice or out of order: {issue.comments}"
            for issue in self.tracker.issues
            if issue.comments != sorted(set(issue.comments))
        ]


def _judge(anomaly: Anomaly, state: TicketState, issues: list[Issue]) -> list[str]:
    """Say what is wrong with the tickets of one leak."""
    wrong = []
    is_open = any(issue.is_open for issue in issues)
    if is_open is not (state in OPEN_STATES):
        wrong.append(f"{state.value}, and the tracker shows {'an open' if is_open else 'no open'} ticket")
    if anomaly.state is State.RESOLVED and state in OPEN_STATES and not any(issue.touched for issue in issues):
        wrong.append("the leak is gone, and its ticket is open")
    if anomaly.state is State.FIRING and state in SHUT_STATES and not any(issue.touched for issue in issues):
        wrong.append("the leak is there, nobody closed its ticket, and it is closed")
    return wrong


def main() -> None:
    """Run schedules and print what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    met: Counter[str] = Counter()
    wrong = 0
    for seed in range(given.seed, given.seed + given.rounds):
        schedule = Schedule(seed).run()
        met += schedule.met
        met["issues"] += len(schedule.tracker.issues)
        for line in schedule.wrong:
            wrong += 1
            print(f"seed {seed}: {line}")  # noqa: T201 a command for people
    print(  # noqa: T201 as above
        f"{given.rounds} schedules, {wrong} violations: {dict(sorted(met.items()))}"
    )


if __name__ == "__main__":
    main()
