"""A member of a consumer group on Kafka.

Rule 1: only offsets that the caller committed are ever committed, and only while the partition is held since they were
read. Rule 2: a partition that was lost and came back since the last poll is left out of the next one, so that
`assignment` shows every loss. Rule 3: the client is used by one thread; what its network thread tells us goes through
kafka_ownership.py.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kafka import KafkaConsumer, TopicPartition, errors
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from leakstream.adapters.kafka_errors import translated
from leakstream.adapters.kafka_open import METADATA_AGE_MS, close_quietly, open_client
from leakstream.adapters.kafka_ownership import Listener, Ownership, to_commit
from leakstream.adapters.kafka_watch import StallWatch
from schemas.model import LogPosition
from schemas.ports import Membership, PartitionLostError, Record
from schemas.settings_kafka import KafkaLogSettings

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FETCH_BYTES = 8 * 2**20
"""The client copies an answer several times; larger ones cost a tenth more CPU, and memory for each partition."""
_PARTITION_FETCH_BYTES = 2**20
_ANSWER_BYTES = 256 * 2**20
_LONGEST_PAUSE_MS = 300_000
_SETTLE_MS = 200
_COMMIT_ATTEMPTS = 20
_ASK_MS = 10_000
_WATCH_SECONDS = 30.0
_LOST = (
    errors.CommitFailedError,
    errors.UnknownMemberIdError,
    errors.IllegalGenerationError,
    errors.FencedInstanceIdError,
)


class KafkaLogConsumer:
    """Implements schemas.ports.Consumer. `place` is topic, group and member."""

    def __init__(self, options: dict[str, Any], settings: KafkaLogSettings, place: tuple[str, str, str]) -> None:
        self._topic, group, member = place
        self._where = f"Kafka at {','.join(settings.bootstrap_servers)}"
        self._options = {
            **options,
            **consumer_options(settings),
            **_group_options(settings, group),
            "client_id": f"{settings.client_id}-{member}",
        }
        self._ownership = Ownership()
        self._visible: dict[int, int] = {}
        self._watch = StallWatch()
        self._watched = time.monotonic()
        self._stalls = 0
        self._client: Any = None

    def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Give the next records of the partitions held; waits up to the timeout for the first."""
        with translated(f"{self._where} gives no records now"):
            client = self._join()
            self._leave_if_stalled()
            client = self._join()
            found = client.poll(timeout_ms=round(timeout_seconds * 1000), max_records=max_records)
            self._take_note()
            self._put_back({place: records for place, records in found.items() if place.partition not in self._visible})
        records = [found[place] for place in sorted(found) if place.partition in self._visible]
        return [record_of(record) for part in records for record in part]

    def stay(self) -> None:
        """Let the client do what membership asks for, with every partition paused."""
        with translated(f"{self._where} does not answer now"):
            self._settle()
            self._take_note()
            self._watch.forget()

    def commit(self, offsets: Mapping[int, int]) -> None:
        """Commit offsets; during a rebalance of the group, after it."""
        self._refuse_lost(offsets)
        self._ownership.write(offsets)
        with translated(f"{self._where} takes no offsets now"):
            for _ in range(_COMMIT_ATTEMPTS):
                left = self._ownership.unsaved(offsets)
                if not left:
                    break
                self._try_commit(left)
        self._refuse_unsaved(offsets)

    def committed(self, partition: int) -> int:
        """Give the committed offset, or the oldest one left where retention went past it or nothing was committed."""
        saved = self._ownership.saved.get(partition)
        if saved is not None:
            return saved
        place = TopicPartition(self._topic, partition)
        with translated(f"{self._where} does not tell offsets now"):
            client = self._join()
            found = client.committed(place, timeout_ms=_ASK_MS)
            first = client.beginning_offsets([place])[place]
        offset = first if found is None or found < 0 else max(found, first)
        if partition in self._ownership.held():
            self._ownership.save({partition: offset})
        return int(offset)

    def assignment(self) -> frozenset[int]:
        """Give the partitions held at the last poll."""
        return frozenset(self._visible)

    def lag(self) -> Mapping[int, int]:
        """Give, per partition held, the records between the committed offset and the end that was last heard of."""
        with translated(f"{self._where} does not tell offsets now"):
            ends = self._ends(self._join().highwater)
        return {part: max(0, end - self.committed(part)) for part, end in sorted(ends.items())}

    def membership(self) -> Membership:
        """Give what happened since the beginning."""
        return Membership(self._ownership.rebalances, self._stalls)

    def close(self) -> None:
        """Leave the group; the listener commits what is written and not yet committed."""
        client, self._client = self._client, None
        if client is not None:
            close_quietly(client)
        self._visible = {}

    def _join(self) -> Any:
        """Give the client, made and subscribed at the first use."""
        if self._client is None:
            listener = Listener(self._ownership, self._topic)
            self._client = listener.client = open_client(KafkaConsumer, self._options)
            self._client.subscribe([self._topic], listener=listener)
        return self._client

    def _take_note(self) -> None:
        """Learn what is held now; what went away and came back since the last time waits for the next time."""
        held = self._ownership.held()
        known = self._visible
        self._visible = {part: epoch for part, epoch in held.items() if known.get(part, epoch) == epoch}

    def _put_back(self, found: Mapping[Any, Sequence[Any]]) -> None:
        """Read these records again later, from partitions that are still held."""
        for place, records in found.items():
            if place in self._client.assignment():
                self._client.seek(place, records[0].offset)

    def _settle(self) -> None:
        """Let the client finish a rebalance, or hold its place, without reading."""
        client = self._join()
        paused = client.assignment() - client.paused()
        client.pause(*paused)
        try:
            self._put_back(client.poll(timeout_ms=_SETTLE_MS, max_records=1))
        finally:
            client.resume(*(paused & client.assignment()))

    def _try_commit(self, offsets: Mapping[int, int]) -> None:
        """Commit once; a group that is being rebalanced is waited for, and the listener commits what goes."""
        try:
            self._client.commit(to_commit(self._topic, offsets), timeout_ms=_ASK_MS)
            self._ownership.save(offsets)
        except errors.RebalanceInProgressError:
            self._settle()
        except _LOST as error:
            raise PartitionLostError(f"the group has given this member up: {error}") from error

    def _refuse_lost(self, offsets: Mapping[int, int]) -> None:
        """Raise when a partition is not held since it was read."""
        held = self._ownership.held()
        for part in sorted(offsets):
            if part not in self._visible or held.get(part) != self._visible[part]:
                raise PartitionLostError(f"partition {part} of {self._topic} is not held any more")

    def _refuse_unsaved(self, offsets: Mapping[int, int]) -> None:
        """Raise when something could not be committed, neither by us nor by the listener."""
        saved = self._ownership.saved
        lost = sorted(part for part, offset in offsets.items() if saved.get(part) != offset)
        if lost:
            raise PartitionLostError(f"partition {lost[0]} of {self._topic} went away before its commit")

    def _ends(self, ask: Callable[[Any], int | None]) -> dict[int, int]:
        """Give the end of each partition that is visible; asks the broker where nothing is known."""
        places = {TopicPartition(self._topic, part) for part in self._visible} & self._join().assignment()
        known = {place: ask(place) for place in places}
        unknown = [place for place, end in known.items() if end is None]
        asked = self._client.end_offsets(unknown) if unknown else {}
        return {place.partition: int(asked[place] if end is None else end) for place, end in known.items()}

    def _leave_if_stalled(self) -> None:
        """Now and then ask how far each partition could be read; leave the group when one is not read on."""
        now = time.monotonic()
        if now - self._watched < _WATCH_SECONDS:
            return
        if now - self._watched > 2 * _WATCH_SECONDS:
            self._watch.forget()
        self._watched = now
        ends = self._ends(lambda _: None)
        positions = {p: self._client.position(TopicPartition(self._topic, p), timeout_ms=_ASK_MS) for p in ends}
        if self._watch.observe(now, {p: at for p, at in positions.items() if at is not None}, ends):
            self._stalls += 1
            self._watch.forget()
            self.close()
            self._ownership.lose(list(self._ownership.held()))


def record_of(record: Any) -> Record:
    """Make a record of the port of one of the client's."""
    return Record(
        topic=record.topic,
        position=LogPosition(record.partition, record.offset),
        appended_at=_EPOCH + timedelta(milliseconds=max(0, record.timestamp)),
        key=record.key or b"",
        value=record.value,
        headers=dict(record.headers),
    )


def consumer_options(settings: KafkaLogSettings) -> dict[str, Any]:
    """Give what every consumer is told. A record larger than a fetch is still given, alone."""
    return {
        "metadata_max_age_ms": METADATA_AGE_MS,
        "allow_auto_create_topics": False,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "fetch_max_bytes": _FETCH_BYTES,
        "max_partition_fetch_bytes": _PARTITION_FETCH_BYTES,
        "receive_message_max_bytes": max(_ANSWER_BYTES, 2 * settings.topics.max_message_bytes),
    }


def _group_options(settings: KafkaLogSettings, group: str) -> dict[str, Any]:
    """Give what members of groups are told besides."""
    session_ms = round(settings.session_timeout_seconds * 1000)
    return {
        "group_id": group,
        "group_instance_id": settings.member or None,
        "partition_assignment_strategy": (CooperativeStickyAssignor(),),
        "session_timeout_ms": session_ms,
        "heartbeat_interval_ms": max(100, min(3_000, session_ms // 10)),
        "max_poll_interval_ms": max(_LONGEST_PAUSE_MS, session_ms),
    }
