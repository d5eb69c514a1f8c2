"""The real Kafka of tests and demo: it serves, keeps what it acknowledged, and ends with its parent."""

import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from examples.broker import Broker, BrokerError, Quorum, missing_tools
from tests.kafka_broker import need_kafka, new_topic

ROOT = Path(__file__).parents[1]
LONGEST_SECONDS = 60
SOON_BACK = {"reconnect_backoff_max_ms": 500}
OWN_BROKER = pytest.mark.usefixtures("kafka_tools")
PARENT = """
import sys
from pathlib import Path
from examples.broker import Broker
broker = Broker.make(Path(sys.argv[1]))
broker.start()
if sys.argv[2] == "paused":
    broker.pause()
print(broker.pid, flush=True)
sys.stdin.read()
"""


def write(bootstrap: str, topic: str, values: list[bytes]) -> None:
    """Write values to the first partition of a topic and wait for their acknowledgement."""
    with closing(KafkaProducer(bootstrap_servers=bootstrap.split(","), acks="all", **SOON_BACK)) as producer:
        for value in values:
            producer.send(topic, value, partition=0).get(LONGEST_SECONDS)


def read(bootstrap: str, topic: str) -> list[bytes]:
    """Read everything that is in the first partition of a topic."""
    partition = TopicPartition(topic, 0)
    servers = bootstrap.split(",")
    with closing(KafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest", **SOON_BACK)) as consumer:
        consumer.assign([partition])
        end = consumer.end_offsets([partition])[partition]
        found: list[bytes] = []
        while consumer.position(partition) < end:
            found += [record.value for records in consumer.poll(500).values() for record in records]
        return found


def ended(pid: int) -> bool:
    """Wait for a process that is not our child; say whether it ended in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], LONGEST_SECONDS)[0])
    finally:
        os.close(handle)


@pytest.mark.integration
def test_broker_takes_records_and_gives_them_back(broker: Broker) -> None:
    """Through the plain client, in order."""
    topic = new_topic()
    write(broker.bootstrap, topic, [b"one", b"two"])
    assert read(broker.bootstrap, topic) == [b"one", b"two"]


@pytest.mark.integration
@OWN_BROKER
def test_broker_that_was_killed_still_has_what_it_acknowledged(tmp_path: Path) -> None:
    """After SIGKILL it starts again on the same port, with every record."""
    with Broker.make(tmp_path) as broker:
        write(broker.bootstrap, "kept", [b"one"])
        broker.kill()
        assert not broker.is_running()
    with Broker.make(tmp_path) as again:
        write(again.bootstrap, "kept", [b"two"])
        assert (again.bootstrap, read(again.bootstrap, "kept")) == (broker.bootstrap, [b"one", b"two"])


@pytest.mark.integration
@OWN_BROKER
def test_broker_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    """It belongs to the process, though Linux takes the thread for the parent; it can be stopped while it is paused."""
    broker = Broker.make(tmp_path)
    starter = Thread(target=broker.start)
    starter.start()
    starter.join()
    try:
        write(broker.bootstrap, "after", [b"one"])
        broker.pause()
        assert broker.is_running()
    finally:
        broker.stop()
    assert (broker.is_running(), broker.exit_code) == (False, 128 + signal.SIGTERM)


@pytest.mark.integration
@OWN_BROKER
@pytest.mark.parametrize("state", ["running", "paused"])
def test_broker_ends_with_a_parent_that_was_killed(state: str, tmp_path: Path) -> None:
    """No Java stays, not even a stopped one."""
    command = [sys.executable, "-c", PARENT, str(tmp_path), state]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        parent.kill()
    assert ended(pid)


@pytest.mark.integration
@OWN_BROKER
def test_broker_whose_port_is_taken_says_so(tmp_path: Path) -> None:
    """With the end of its own log."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        broker = Broker.make(tmp_path, port=port)
        with pytest.raises(BrokerError, match=rf"(?s)the broker ended with 1 while it started:.*127\.0\.0\.1:{port}"):
            broker.start()


@pytest.mark.integration
@OWN_BROKER
def test_setting_that_kafka_refuses_is_named(tmp_path: Path) -> None:
    """Before anything starts."""
    with pytest.raises(BrokerError, match=r"(?s)could not be formatted:.*num\.io\.threads"):
        Broker.make(tmp_path, settings={"num.io.threads": "many"})


@pytest.mark.integration
@OWN_BROKER
def test_quorum_without_one_broker_takes_writes_and_has_everything(tmp_path: Path) -> None:
    """The leader of the partition is killed; with acks=all nothing is refused, and nothing is lost."""
    with Quorum.make(tmp_path) as quorum:
        with closing(KafkaAdminClient(bootstrap_servers=quorum.bootstrap.split(","))) as admin:
            admin.create_topics([NewTopic("kept", 1, 3)])
            write(quorum.bootstrap, "kept", [b"one"])
            leader = admin.describe_topics(["kept"])[0]["partitions"][0]["leader_id"]
        quorum.kill(leader)
        write(quorum.bootstrap, "kept", [b"two"])
        assert [broker.is_running() for broker in quorum.brokers].count(False) == 1
        quorum.start(leader)
        assert read(quorum.bootstrap, "kept") == [b"one", b"two"]
    assert [broker.is_running() for broker in quorum.brokers] == [False, False, False]


def test_missing_programs_are_named_with_what_brings_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One sentence for both."""
    monkeypatch.setenv("PATH", str(tmp_path))
    packages = "install default-jre-headless and maven (`make packages` on Debian)"
    assert missing_tools() == f"a Kafka broker needs java and mvn on the PATH: {packages}"


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_java_a_person_skips_and_continuous_integration_fails(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the same reason."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="a Kafka broker needs java and mvn"):
        need_kafka()
