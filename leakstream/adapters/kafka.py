"""The real log: Apache Kafka.

Topics are made by `leakstream topics apply`, never by writing to them: a topic that the broker makes by itself has the
partitions and the limits of nobody's choice. Retention is the broker's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock
from typing import Any, TypeVar

from kafka import KafkaConsumer, TopicPartition, errors
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from leakstream.adapters.kafka_clients import client_options, require_crc32c
from leakstream.adapters.kafka_consumer import KafkaLogConsumer, consumer_options, record_of
from leakstream.adapters.kafka_errors import translated
from leakstream.adapters.kafka_open import close_quietly, open_client
from leakstream.adapters.kafka_writer import BATCH_BYTES, KafkaWriter, size_of
from schemas.model import LogPosition
from schemas.ports import LogUnavailableError, Message, MessageTooLargeError, Record
from schemas.settings_kafka import KafkaLogSettings

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_READ_SECONDS = 5.0
_LIMIT = "max.message.bytes"


@dataclass(frozen=True, slots=True)
class _Topic:
    """What a broker says of a topic."""

    identity: str
    partitions: int
    max_message_bytes: int


class KafkaLog:
    """Implements schemas.ports.Log. Safe for several threads; what it asks outside of groups, it asks one by one."""

    def __init__(self, settings: KafkaLogSettings) -> None:
        """Connect to nothing; raises KafkaSettingsError and MissingLibraryError for what could never work."""
        require_crc32c()
        self._settings = settings
        self._where = ",".join(settings.bootstrap_servers)
        self._options = client_options(settings)
        self._writer = KafkaWriter(self._options, settings)
        self._lock = RLock()
        self._topics: dict[str, _Topic] = {}
        self._admin: Any = None
        self._browser: Any = None
        self._closed = False

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Add a batch; durable on all in-sync replicas when it returns."""
        if not messages:
            return []
        limit = self._known(topic).max_message_bytes
        for index, message in enumerate(messages):
            if (size := size_of(message)) > limit:
                raise MessageTooLargeError(index, f"a record of {size} bytes is over the {limit} of the topic {topic}")
        try:
            return self._writer.append(topic, messages)
        except LogUnavailableError:
            self._topics.pop(topic, None)  # its limits may have changed, or it may be another topic now
            raise

    def subscribe(self, topic: str, group: str, member: str) -> KafkaLogConsumer:
        """Join a group; `member` is what the broker's tools show, `settings.member` makes membership static."""
        self._refuse_closed()
        return KafkaLogConsumer(self._options, self._settings, (topic, group, member))

    def identity(self, topic: str) -> str:
        """Give the id that the broker gave the topic when it was made."""
        return self._known(topic).identity

    def partitions(self, topic: str) -> int:
        """Give the number of partitions of a topic, 0 when there is no such topic."""
        with self._lock:
            found = self._ask(lambda: self._describe(topic))
        return 0 if found is None else found.partitions

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Give the offset of the oldest record that is left and of the next one to come."""
        place = TopicPartition(topic, partition)
        with self._lock:
            first = self._ask(lambda: self._open_browser().beginning_offsets([place])[place])
            end = self._ask(lambda: self._open_browser().end_offsets([place])[place])
        return first, end

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Give the next records of a partition from an offset on, outside of any group."""
        first, end = self.bounds(topic, partition)
        offset = max(first, offset)
        if limit <= 0 or offset >= end:
            return []
        with self._lock:
            return self._ask(lambda: self._browse(TopicPartition(topic, partition), offset, min(limit, end - offset)))

    def retain(self, now: datetime) -> int:  # noqa: ARG002 the broker's clock decides
        """Delete nothing: retention is the broker's, as `topics apply` set it."""
        return 0

    def close(self) -> None:
        """Let go of the connections; consumers are closed by who made them."""
        self._writer.close()
        with self._lock:
            self._closed = True
            self._forget_clients()

    def _known(self, topic: str) -> _Topic:
        """Give what is known of a topic, asking once; raises LogUnavailableError when there is none."""
        with self._lock:
            if topic not in self._topics:
                found = self._ask(lambda: self._describe(topic))
                if found is None:
                    raise LogUnavailableError(f"Kafka at {self._where} has no topic {topic}: {_HOW}")
                if found.max_message_bytes < BATCH_BYTES:
                    sentence = f"{_LIMIT} {found.max_message_bytes} is below the {BATCH_BYTES} of a batch"
                    raise LogUnavailableError(f"the topic {topic} cannot be used: {sentence}; {_HOW}")
                self._topics[topic] = found
            return self._topics[topic]

    def _ask(self, question: Callable[[], T]) -> T:
        """Ask a broker; clients that failed are not used again."""
        self._refuse_closed()
        try:
            with translated(f"Kafka at {self._where} does not answer now"):
                return question()
        except LogUnavailableError:
            self._forget_clients()
            raise

    def _refuse_closed(self) -> None:
        """Raise when this log was closed."""
        if self._closed:
            raise LogUnavailableError("this log is closed")

    def _describe(self, topic: str) -> _Topic | None:
        """Ask what a topic is; None when there is none."""
        if self._admin is None:
            self._admin = open_client(KafkaAdminClient, self._options)
        (found,) = self._admin.describe_topics([topic])
        if found["error_code"] == errors.TopicAuthorizationFailedError.errno:
            raise errors.TopicAuthorizationFailedError(topic)
        if found["error_code"]:
            return None
        return _Topic(f"kafka:{found['topic_id']}", len(found["partitions"]), self._ask_limit(topic))

    def _ask_limit(self, topic: str) -> int:
        """Ask how large a record may be; who has no right to be told goes by what `topics apply` would set."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {_LIMIT: None})
        told = self._admin.describe_configs([resource], config_filter="all")["topic"][topic]
        return int(told[_LIMIT]["value"]) if _LIMIT in told else self._settings.topics.max_message_bytes

    def _open_browser(self) -> Any:
        """Give the consumer that reads outside of groups."""
        if self._browser is None:
            self._browser = open_client(KafkaConsumer, {**self._options, **consumer_options(self._settings)})
        return self._browser

    def _browse(self, place: Any, offset: int, count: int) -> list[Record]:
        """Read so many records that are there; less when the broker is slow to give them."""
        browser = self._open_browser()
        browser.assign([place])
        browser.seek(place, offset)
        found: list[Record] = []
        while len(found) < count:
            records = browser.poll(timeout_ms=round(_READ_SECONDS * 1000), max_records=count - len(found))
            if not records:
                break
            found += [record_of(record) for record in records[place]]
        return found

    def _forget_clients(self) -> None:
        """Close the clients that ask outside of groups."""
        for client in (self._admin, self._browser):
            if client is not None:
                close_quietly(client)
        self._admin = self._browser = None


_HOW = "`leakstream topics plan` shows the difference, `apply` mends it"
