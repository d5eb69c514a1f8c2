"""Which partitions a member holds, and what of them is written: shared by the poll loop and the listener of rebalances.

The client calls the listener on its own network thread. There it may not wait for the loop, which waits for it; so all
that the two tell each other stands here, behind a lock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from kafka import OffsetAndMetadata, TopicPartition
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener
from kafka.errors import KafkaError


@dataclass(slots=True)
class Ownership:
    """Epochs count how often any partition was gained: a partition that went away and came back has another one.

    `written` are offsets that the caller gave to commit and no broker acknowledged yet; `saved` those acknowledged,
    also for partitions that are gone.
    """

    epochs: dict[int, int] = field(default_factory=dict)
    written: dict[int, int] = field(default_factory=dict)
    saved: dict[int, int] = field(default_factory=dict)
    rebalances: int = 0
    _gained: int = 0
    _lock: Lock = field(default_factory=Lock)

    def gain(self, partitions: Iterable[int]) -> None:
        """Hold partitions from now on."""
        with self._lock:
            self.rebalances += 1
            for partition in partitions:
                self._gained += 1
                self.epochs[partition] = self._gained
                self.saved.pop(partition, None)

    def lose(self, partitions: Iterable[int]) -> None:
        """Hold partitions no longer."""
        with self._lock:
            self.rebalances += 1
            for partition in partitions:
                self.epochs.pop(partition, None)
                self.written.pop(partition, None)

    def held(self) -> dict[int, int]:
        """Give the epoch of each partition held now."""
        with self._lock:
            return dict(self.epochs)

    def write(self, offsets: Mapping[int, int]) -> None:
        """Note what shall be committed."""
        with self._lock:
            self.written.update(offsets)

    def save(self, offsets: Mapping[int, int]) -> None:
        """Note what is committed."""
        with self._lock:
            for partition, offset in offsets.items():
                self.saved[partition] = offset
                if self.written.get(partition) == offset:
                    del self.written[partition]

    def unsaved(self, partitions: Iterable[int]) -> dict[int, int]:
        """Give what is written and not yet committed of some partitions."""
        with self._lock:
            return {partition: self.written[partition] for partition in partitions if partition in self.written}


class Listener(AsyncConsumerRebalanceListener):  # type: ignore[misc]  # the client has no types
    """Told by the client, on its network thread, when partitions come and go.

    A partition that is revoked in order has its written offsets committed before it goes: the next owner starts behind
    them. One that is lost is dropped: somebody else may hold it already.
    """

    def __init__(self, ownership: Ownership, topic: str) -> None:
        self._ownership = ownership
        self._topic = topic
        self.client: Any = None

    async def on_partitions_assigned(self, assigned: set[Any]) -> None:
        """Hold what came."""
        self._ownership.gain(place.partition for place in assigned)

    async def on_partitions_revoked(self, revoked: set[Any]) -> None:
        """Commit what is written of what goes, then hold it no longer."""
        partitions = [place.partition for place in revoked]
        offsets = self._ownership.unsaved(partitions)
        try:
            if offsets:
                await self.client.commit_async(to_commit(self._topic, offsets))
                self._ownership.save(offsets)
        except KafkaError:
            pass  # it is read again by the next owner, which writes the same rows
        finally:
            self._ownership.lose(partitions)

    async def on_partitions_lost(self, lost: set[Any]) -> None:
        """Hold what is lost no longer."""
        self._ownership.lose(place.partition for place in lost)


def to_commit(topic: str, offsets: Mapping[int, int]) -> dict[Any, Any]:
    """Put offsets into the client's form."""
    return {TopicPartition(topic, part): OffsetAndMetadata(offset, "", -1) for part, offset in offsets.items()}
