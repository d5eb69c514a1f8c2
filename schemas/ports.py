"""What we ask of the outside. Each port has an embedded adapter, a real one, and one conformance suite for both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

import pyarrow as pa

from schemas.model import LogPosition
from schemas.outcomes import Dropped, Invalid, Retry
from schemas.tickets import Delivered, Order, Seen


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> datetime:
        """Give the time, UTC and aware."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. Messages of one key keep their order. `value` None is a tombstone."""

    key: bytes
    value: bytes | None
    headers: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Record:
    """What is read: a message with its place. `appended_at` is the log's own time for it."""

    topic: str
    position: LogPosition
    appended_at: datetime
    key: bytes
    value: bytes | None
    headers: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Membership:
    """What happened to a member: how often its partitions changed, and how often it left because one stood still."""

    rebalances: int
    stalls: int


class Consumer(Protocol):
    """One member of a consumer group on one topic; partitions are shared among the members.

    Not for use by several threads at once.
    """

    def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Give the next records of the partitions held, in order per partition; empty when none came in time."""
        ...

    def stay(self) -> None:
        """Stay a member without reading; call it every second while work on the last poll takes longer than that.

        `assignment` is as fresh afterwards as after a poll.
        """
        ...

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Remember, per partition, the offset of the next record to read; durable when it returns.

        Raises PartitionLostError when one of them is no longer held: what was read from it is somebody else's now.
        """
        ...

    def committed(self, partition: int) -> int:
        """Give the offset from which a new owner of the partition would start."""
        ...

    def assignment(self) -> frozenset[int]:
        """Give the partitions held now."""
        ...

    def lag(self) -> Mapping[int, int]:
        """Give, per partition held, how many records lie between the committed offset and the end."""
        ...

    def membership(self) -> Membership:
        """Give how often partitions came or went, and how often a stalled one was recovered from."""
        ...

    def close(self) -> None:
        """Leave the group; uncommitted records will be read again by somebody."""
        ...


class PartitionLostError(Exception):
    """The member does not hold this partition any more; drop what was read from it and go on."""


class LogUnavailableError(Exception):
    """The log cannot take or give records now; trying again later is right. `reason` names it beside the store's."""

    reason = "log_away"


class MessageTooLargeError(Exception):
    """The log will never take this message; `index` is its place in the batch. Nothing of the batch was added."""

    def __init__(self, index: int, sentence: str) -> None:
        super().__init__(sentence)
        self.index = index


class Appender(Protocol):
    """The writing end of a log. Safe for several threads."""

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Add a batch, durable against the death of the process when it returns; give the place of each message.

        The partition is chosen by the hash of the key. Raises MessageTooLargeError, and LogUnavailableError: then some
        of the batch may have been added, and sending it again may repeat them.
        """
        ...


class Log(Appender, Protocol):
    """Topics of ordered, durable records, with the semantics of Kafka. Safe for several threads."""

    def subscribe(self, topic: str, group: str, member: str) -> Consumer:
        """Join a group; a group that never committed starts at the oldest record."""
        ...

    def identity(self, topic: str) -> str:
        """Name the sequence of offsets of a topic: a topic or a file that begins anew has another name."""
        ...

    def partitions(self, topic: str) -> int:
        """Give the number of partitions of a topic, 0 when there is no such topic yet."""
        ...

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Give the offset of the oldest record that is left and of the next one to come; equal when there is none."""
        ...

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Give the next records of a partition from an offset on, outside of any group; empty at the end."""
        ...

    def retain(self, now: datetime) -> int:
        """Delete what is older or larger than the retention allows; give the number of records deleted."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class StoreUnavailableError(Exception):
    """The store cannot answer now (away, out of memory, too many parts); trying again later is right.

    `reason` is the name of the failure in schemas/store/failures.py.
    """

    def __init__(self, sentence: str, reason: str = "server_away") -> None:
        super().__init__(sentence)
        self.reason = reason


class StoreRefusedError(Exception):
    """The store understood and said no (schema, syntax, permission); trying again is wrong. `reason` as above."""

    def __init__(self, sentence: str, reason: str = "refused") -> None:
        super().__init__(sentence)
        self.reason = reason


class Store(Protocol):
    """ClickHouse, embedded or a server. Safe for several threads."""

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        """Insert one Arrow table as one block, acknowledged when it returns; the same token again changes nothing."""
        ...

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Mapping[str, object]]:
        """Run one SELECT with `{name:Type}` parameters; rows as mappings, in order; DateTime columns are aware UTC."""
        ...

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one statement that gives no rows, with `{name:Type}` parameters: migrations and rollups."""
        ...

    def close(self) -> None:
        """Let go of the engine or the connection."""
        ...


Delivery: TypeAlias = Delivered | Dropped | Invalid | Retry
"""Delivered: it was done. Dropped: deliberately not. Invalid: never will be. Retry: the same order again, later."""


class TicketSink(Protocol):
    """A place where tickets live. The same order twice leaves one ticket that says it once."""

    name: str

    def send(self, order: Order) -> Delivery:
        """Open, update, comment, close or open again, whichever the order asks for."""
        ...

    def look(self, reference: str) -> Seen | Retry | None:
        """Say how a ticket stands there; None where this sink cannot tell, Retry where it cannot now."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
