"""The writing end of the Kafka log: acknowledged by all in-sync replicas, or an error that reaches the caller.

Rule 1: what is sent and not acknowledged is bounded in bytes; the client has no bound of its own.
Rule 2: a producer that failed is never used again: an idempotent producer that met one fatal error fails every later
record of every topic. The next append makes a new one.
Rule 3: an append ends by pushing what it handed over; nothing is left to the client's clock.
Rule 4: nothing larger than the topic takes is handed to the client: batches that the broker has to refuse are split by
the client and their results never come.
"""

from collections.abc import Sequence
from threading import RLock
from typing import Any

from kafka import KafkaProducer

from leakstream.adapters.kafka_errors import translated
from leakstream.adapters.kafka_open import METADATA_AGE_MS, close_quietly, open_client
from schemas.model import LogPosition
from schemas.ports import Message
from schemas.settings_kafka import KafkaLogSettings

BATCH_BYTES = 512 * 1024
"""Below every topic limit that is accepted (Kafka's default is 1 MiB)."""

_LINGER_MS = 1000
"""Longer than an append hands over. One of 5 ms cuts an append of 200 small profiles into more batches, each with
work of its own: a tenth to a third more CPU here, and more at the broker (benchmarks/kafka_ways.py, in turns)."""

_SLACK_SECONDS = 5.0
_RECORD_OVERHEAD = 512
"""What record and batch add to key, value and headers; generous, it only has to be an upper bound."""


class KafkaWriter:
    """Appends batches to topics. Safe for several threads: one append at a time, in order."""

    def __init__(self, options: dict[str, Any], settings: KafkaLogSettings) -> None:
        self._where = ",".join(settings.bootstrap_servers)
        self._buffer_bytes = settings.buffer_bytes
        self._patience_seconds = settings.request_timeout_seconds + _SLACK_SECONDS
        self._options = {**options, **producer_options(settings)}
        self._lock = RLock()
        self._producer: Any = None

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Send a batch and wait for every acknowledgement; raises LogUnavailableError."""
        with self._lock, translated(f"Kafka at {self._where} takes no records now"):
            try:
                return self._send(topic, messages)
            except BaseException:
                self._discard()
                raise

    def close(self) -> None:
        """Let go of the connections; nothing is waiting, because every append waits."""
        with self._lock:
            self._discard()

    def _send(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Hand over message by message, never more than the buffer ahead of the acknowledgements."""
        if self._producer is None:
            self._producer = open_client(KafkaProducer, self._options)
        waiting: list[Any] = []
        positions: list[LogPosition] = []
        waiting_bytes = 0
        for message in messages:
            size = size_of(message)
            if waiting and waiting_bytes + size > self._buffer_bytes:
                positions += self._push(waiting)
                waiting, waiting_bytes = [], 0
            headers = list(message.headers.items())
            waiting.append(self._producer.send(topic, key=message.key, value=message.value, headers=headers))
            waiting_bytes += size
        return positions + self._push(waiting)

    def _push(self, waiting: Sequence[Any]) -> list[LogPosition]:
        """Send what waits and wait for every acknowledgement; the client gives up after the delivery timeout."""
        self._producer.flush(self._patience_seconds)
        acknowledged = [future.get(self._patience_seconds) for future in waiting]
        return [LogPosition(metadata.partition, metadata.offset) for metadata in acknowledged]

    def _discard(self) -> None:
        """End the producer, without waiting for what it still holds."""
        producer, self._producer = self._producer, None
        if producer is not None:
            close_quietly(producer)


def size_of(message: Message) -> int:
    """Give an upper bound of the bytes that a message takes in a batch, before compression."""
    headers = sum(len(name.encode()) + len(value) + 8 for name, value in message.headers.items())
    return len(message.key) + len(message.value or b"") + headers + _RECORD_OVERHEAD


def producer_options(settings: KafkaLogSettings) -> dict[str, Any]:
    """Give what only a producer is told."""
    delivery_ms = round(settings.request_timeout_seconds * 1000)
    request_ms = min(delivery_ms, max(100, min(10_000, delivery_ms // 2)))
    return {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": None if settings.compression == "none" else settings.compression,
        "linger_ms": max(0, min(_LINGER_MS, delivery_ms - request_ms)),
        "batch_size": BATCH_BYTES,
        "max_request_size": settings.topics.max_message_bytes,
        "delivery_timeout_ms": delivery_ms,
        "request_timeout_ms": request_ms,
        "max_block_ms": delivery_ms,
        "metadata_max_age_ms": METADATA_AGE_MS,
        "allow_auto_create_topics": False,
    }
