"""The loop over a real broker: what is no record, too large, of another version or empty stalls nobody."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from examples.broker import Broker
from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.clock import SystemClock
from leakstream.adapters.kafka import KafkaLog
from leakstream.adapters.kafka_admin import KafkaTopics
from leakstream.migrate import read_query
from leakstream.topics import plan, wanted_topics
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.ports import Message
from schemas.settings_kafka import KafkaLogSettings
from schemas.wire.codec import PROFILES_TOPIC, encode_profile
from schemas.wire.dead import dead_topic, read_letter
from tests.doubles import RecordingTelemetry
from tests.processors.fleet import POLICY, Fleet

LARGE_BYTES = 50_000_000


@pytest.fixture
def log(kafka_tools: None, tmp_path: Path) -> Iterator[KafkaLog]:  # noqa: ARG001 it skips
    """A log on one broker, made by `topics apply`'s own code, with one partition: what stalls there stalls all."""
    with Broker.make(tmp_path) as broker:
        topics = {
            "partitions": 1,
            "replication_factor": 1,
            "min_insync_replicas": 1,
            "max_message_size": "64MiB",
        }
        settings = KafkaLogSettings.model_validate({"bootstrap_servers": [broker.bootstrap], "topics": topics})
        with KafkaTopics(settings) as there:
            for change in plan(wanted_topics(settings), {}).changes:
                there.apply(change)
        opened = KafkaLog(settings)
        yield opened
        opened.close()


def process(log: KafkaLog, store: ClickhouseStore, telemetry: RecordingTelemetry) -> None:
    """Process what is in the log."""
    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(log, store, SystemClock(), telemetry, queries, Event(), lambda *_, **__: None)
    processor = Processor(outside, lambda _: POLICY)
    consumer = log.subscribe(PROFILES_TOPIC, GROUP, "one")
    end = log.bounds(PROFILES_TOPIC, 0)[1]
    while consumer.assignment() != {0} or consumer.committed(0) < end:
        processor.turn(consumer)
    consumer.close()


@pytest.mark.integration
def test_every_kind_of_bad_record_has_its_outcome_and_the_next_service_is_stored(
    log: KafkaLog, store: ClickhouseStore
) -> None:
    """Garbage, 50 MB of it, another version, nothing at all: named, kept with its bytes, passed over."""
    good = Fleet(1.0).scrape(0, {"main.work": 3})
    first, last = (encode_profile(replace(good, service=name), "c") for name in ("before", "after"))
    bad = [
        *(Message(b"k", bytes([number]) * 100) for number in range(200, 240)),
        Message(b"k", b"\xff" * LARGE_BYTES),
        replace(first, headers={**first.headers, "schema-version": b"99"}),
        Message(b"k", b""),
        Message(b"k", None),
    ]
    log.append(PROFILES_TOPIC, [first, *bad, last])
    telemetry = RecordingTelemetry()
    process(log, store, telemetry)
    stored = [row["service"] for row in store.query("SELECT service FROM scrapes FINAL WHERE ok ORDER BY service")]
    letters = [read_letter(record) for record in log.read(dead_topic(PROFILES_TOPIC), 0, 0, 100)]
    reasons = Counter(letter.reason for letter in letters if letter)
    assert (stored, reasons) == (
        ["after", "before"],
        {"malformed_record": 41, "unknown_schema_version": 1, "empty_record": 1},
    )
    assert max(letter.size_bytes for letter in letters if letter) == LARGE_BYTES
    assert telemetry.counted["leakstream_dropped_total", "decode", "tombstone"] == 1
