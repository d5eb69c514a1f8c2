"""A log in memory that goes away, comes back, is slow, takes a part of a batch, or has a limit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event

from schemas.model import LogPosition
from schemas.ports import LogUnavailableError, Message, MessageTooLargeError


def open_gate() -> Event:
    """Give a gate that stands open."""
    gate = Event()
    gate.set()
    return gate


@dataclass
class FickleLog:
    """Takes batches while it is not `away`. An append stands `inside` until the gate is open.

    While away it takes `part` messages of each batch before it fails; larger than `largest_bytes` it never takes.
    """

    messages: list[Message] = field(default_factory=list)
    away: bool = False
    part: int = 0
    largest_bytes: int = 2**30
    mistake: Exception | None = None
    gate: Event = field(default_factory=open_gate)
    inside: Event = field(default_factory=Event)

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Take a batch, or not."""
        self.inside.set()
        self.gate.wait(20)
        if self.mistake is not None:
            raise self.mistake
        for index, message in enumerate(messages):
            if len(message.value or b"") > self.largest_bytes:
                raise MessageTooLargeError(index, f"the limit is {self.largest_bytes} bytes")
        if self.away:
            self.messages += messages[: self.part]
            raise LogUnavailableError("away")
        self.messages += messages
        return [LogPosition(0, len(topic)) for _ in messages]
