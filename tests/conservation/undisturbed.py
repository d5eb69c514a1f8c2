"""Runs the processor over records as if nothing had ever happened: no death, no rebalance, nothing read twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from leakstream.migrate import read_query
from processors.judge import Policy
from processors.run import RESTORE, Outside, Processor
from schemas.model import LogPosition
from schemas.ports import Log, Membership, Message, Record, Store
from tests.doubles import RecordingTelemetry, SetClock


@dataclass
class Reading:
    """Implements schemas.ports.Consumer over records that were read already; nobody else shares them."""

    records: Sequence[Record]
    given: int = 0
    done: int = 0

    def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Give the next records, without waiting."""
        assert timeout_seconds >= 0
        begin, self.given = self.given, min(self.given + max_records, len(self.records))
        return self.records[begin : self.given]

    def stay(self) -> None:
        """Nobody else is there to take a place."""

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Take all that was given as done."""
        assert offsets.keys() <= self.assignment()
        self.done = self.given

    def committed(self, partition: int) -> int:
        """Give the offset after the last record that is done."""
        done = [
            record.position.offset for record in self.records[: self.done] if record.position.partition == partition
        ]
        return max(done, default=-1) + 1

    def assignment(self) -> frozenset[int]:
        """Hold every partition."""
        return frozenset(record.position.partition for record in self.records)

    def lag(self) -> Mapping[int, int]:
        """Give what is not done yet, as if it were all of one partition."""
        return {0: len(self.records) - self.done}

    def membership(self) -> Membership:
        """Nobody comes or goes."""
        return Membership(0, 0)

    def close(self) -> None:
        """There is nothing to leave."""


@dataclass
class MuteLog:
    """Implements schemas.ports.Appender with the identity of a real log; keeps what is sent to itself."""

    log: Log
    sent: dict[str, list[Message]] = field(default_factory=dict)

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Keep a batch."""
        kept = self.sent.setdefault(topic, [])
        kept.extend(messages)
        return [LogPosition(0, len(kept) - len(messages) + number) for number in range(len(messages))]

    def identity(self, topic: str) -> str:
        """Give the name of the real log: positions in it are what the rows say."""
        return self.log.identity(topic)

    def subscribe(self, topic: str, group: str, member: str) -> Reading:
        """Refuse: the records are given by hand."""
        raise AssertionError((topic, group, member))

    def partitions(self, topic: str) -> int:
        """Ask the real log."""
        return self.log.partitions(topic)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Ask the real log."""
        return self.log.bounds(topic, partition)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Ask the real log."""
        return self.log.read(topic, partition, offset, limit)

    def retain(self, now: datetime) -> int:
        """Delete nothing."""
        assert now
        return 0

    def close(self) -> None:
        """Whoever opened the real log closes it."""


def run_undisturbed(log: Log, records: Sequence[Record], policy: Policy, store: Store) -> RecordingTelemetry:
    """Process the records in the order given, into a store; give what was counted on the way."""
    telemetry = RecordingTelemetry()
    clock = SetClock(max((record.appended_at for record in records), default=SetClock().now()))
    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(MuteLog(log), store, clock, telemetry, queries, Event(), lambda *_, **__: None)
    processor = Processor(outside, lambda _: policy, poll_seconds=0.0)
    reading = Reading(records)
    while sum(reading.lag().values()):
        processor.turn(reading)
    return telemetry
