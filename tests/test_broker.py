"""The real Kafka broker of tests and demo: it serves, keeps what it acknowledged, and ends with its parent."""

from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from examples.broker import Broker
from tests.kafka_broker import new_topic

ROOT = Path(__file__).parents[1]
LONGEST_SECONDS = 30
PATIENT = {"api_version_auto_timeout_ms": 20_000, "reconnect_backoff_max_ms": 500}


def write(bootstrap: str, topic: str, values: list[bytes]) -> None:
    """Write values to the first partition of a topic and wait for their acknowledgement."""
    with closing(KafkaProducer(bootstrap_servers=bootstrap, acks="all", reconnect_backoff_max_ms=500)) as producer:
        for value in values:
            producer.send(topic, value, partition=0).get(LONGEST_SECONDS)


def read(bootstrap: str, topic: str) -> list[bytes]:
    """Read everything that is in the first partition of a topic."""
    partition = TopicPartition(topic, 0)
    with closing(KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")) as consumer:
        consumer.assign([partition])
        end = consumer.end_offsets([partition])[partition]
        found: list[bytes] = []
        while consumer.position(partition) < end:
            found += [record.value for records in consumer.poll(500).values() for record in records]
        return found


@pytest.mark.integration
def test_broker_takes_records_and_gives_them_back(broker: Broker) -> None:
    """Through the plain client, in order."""
    topic = new_topic()
    write(broker.bootstrap, topic, [b"one", b"two"])
    assert read(broker.bootstrap, topic) == [b"one", b"two"]


@pytest.mark.integration
@pytest.mark.usefixtures("kafka_tools")
def test_broker_that_was_killed_still_has_what_it_acknowledged(tmp_path: Path) -> None:
    """After SIGKILL it starts again on the same port, with every record."""
    with Broker.make(tmp_path) as broker:
        write(broker.bootstrap, "kept", [b"one"])
        broker.kill()
        assert not broker.is_running()
        again = Broker.make(tmp_path)
        with again:
            write(again.bootstrap, "kept", [b"two"])
            assert (again.bootstrap, read(again.bootstrap, "kept")) == (broker.bootstrap, [b"one", b"two"])
