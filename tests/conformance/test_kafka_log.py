"""Apache Kafka keeps what every log promises, and what only a broker can show."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from uuid import uuid4

import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from examples.broker import Broker
from leakstream.adapters.kafka import KafkaLog
from leakstream.adapters.kafka_clients import client_options
from leakstream.adapters.kafka_consumer import KafkaLogConsumer
from schemas.model import LogPosition
from schemas.ports import LogUnavailableError, Message, MessageTooLargeError, PartitionLostError, Record
from schemas.settings_kafka import KafkaLogSettings
from tests.conformance.clocked_log_suite import ClockedLogSuite
from tests.conformance.log_suite import GROUP, PARTITIONS, TOPIC, messages, read_all
from tests.doubles import SetClock

PATIENCE_SECONDS = 3.0
_SESSIONS = (
    "a broker ends sessions by its own clock and hands over in rounds, not within a call: the real time of it is"
)
_RETENTION = "a broker deletes whole segments by its own clock and tells nobody:"
CANNOT = {
    "test_silent_member_is_given_up": f"{_SESSIONS} in benchmarks/bench_takeover.py",
    "test_partition_that_was_lost_and_came_back_is_read_again": f"{_SESSIONS} in tests/conservation/test_torture.py",
    "test_offset_of_a_rival_is_not_moved_back": f"{_SESSIONS} in tests/conservation/test_torture.py",
    "test_member_of_the_same_name_takes_over_at_once": f"{_SESSIONS} in the test of fencing below",
    "test_name_that_comes_back_is_another_member": f"{_SESSIONS} in the test of fencing below",
    "test_retention_deletes_old_records_and_keeps_offsets": f"{_RETENTION} `retain` has nothing to do",
    "test_offsets_go_on_after_everything_was_deleted": f"{_RETENTION} `retain` has nothing to do",
    "test_retention_by_size_deletes_the_oldest_and_no_more_than_it_must": f"{_RETENTION} `retain` has nothing to do",
}
"""What no broker can do, each with why; strict, so that a broker which learns it is noticed."""
_SUFFIXES = count(1)


class OwnConsumer(KafkaLogConsumer):
    """Shows records under the name of the topic that the suite knows."""

    def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Poll, and take the suffix off."""
        found = super().poll(max_records=max_records, timeout_seconds=timeout_seconds)
        return [replace(record, topic=TOPIC) for record in found]


class OwnLog(KafkaLog):
    """A log whose topics and groups nobody else uses; closes the consumers that a test left behind."""

    def __init__(self, settings: KafkaLogSettings, suffix: str) -> None:
        super().__init__(settings)
        self.suffix = suffix
        self.kafka = settings
        self.consumers: list[KafkaLogConsumer] = []

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Append to the own topic."""
        return super().append(topic + self.suffix, messages)

    def subscribe(self, topic: str, group: str, member: str) -> KafkaLogConsumer:
        """Join the own group, and remember who did."""
        place = (topic + self.suffix, group + self.suffix, member)
        self.consumers.append(OwnConsumer(client_options(self.kafka), self.kafka, place))
        return self.consumers[-1]

    def identity(self, topic: str) -> str:
        """Name the own topic."""
        return super().identity(topic + self.suffix)

    def partitions(self, topic: str) -> int:
        """Count those of the own topic."""
        return super().partitions(topic + self.suffix)

    def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """Give those of the own topic, also when `read` asks."""
        return super().bounds(topic.removesuffix(self.suffix) + self.suffix, partition)

    def read(self, topic: str, partition: int, offset: int, limit: int) -> Sequence[Record]:
        """Read the own topic."""
        return super().read(topic + self.suffix, partition, offset, limit)

    def close(self) -> None:
        """Close all of it."""
        for consumer in self.consumers:
            consumer.close()
        super().close()


@pytest.fixture
def settings(broker: Broker) -> KafkaLogSettings:
    """How the tests reach the broker."""
    return KafkaLogSettings.model_validate(
        {"bootstrap_servers": [broker.bootstrap], "session_timeout": "6s", "request_timeout": "10s"}
    )


@pytest.fixture
def log(broker: Broker, settings: KafkaLogSettings) -> Iterator[OwnLog]:
    """A log on new topics."""
    suffix = f"-{next(_SUFFIXES)}-{uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics([NewTopic(name + suffix, PARTITIONS, 1) for name in (TOPIC, "leak-anomalies")])
    admin.close()
    opened = OwnLog(settings, suffix)
    while not all(opened.partitions(name) for name in (TOPIC, "leak-anomalies")):
        continue  # the controller has made them, the broker hears of it a moment later
    yield opened
    opened.close()


def settle_alone(member: KafkaLogConsumer) -> None:
    """Poll until the member holds every partition."""
    for _ in range(20):
        if member.assignment() == frozenset(range(PARTITIONS)):
            return
        member.poll(max_records=1, timeout_seconds=PATIENCE_SECONDS)
    raise AssertionError(f"the member holds {sorted(member.assignment())}")


@pytest.fixture
def clock() -> SetClock:
    """A clock that the suite sets and no broker looks at."""
    return SetClock()


@pytest.mark.integration
class TestKafkaLog(ClockedLogSuite):
    """The suite on a broker."""

    patience_seconds = PATIENCE_SECONDS

    @pytest.fixture(autouse=True)
    def _expect_what_it_cannot(self, request: pytest.FixtureRequest) -> None:
        """Expect the failures named above, and nothing else."""
        reason = CANNOT.get(request.function.__name__)
        if reason:
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.mark.integration
def test_member_of_the_same_name_fences_the_old_one(log: OwnLog, settings: KafkaLogSettings) -> None:
    """After kill -9 a named member takes its partitions without waiting; the old one commits nothing any more."""
    named = OwnLog(settings.model_copy(update={"member": "processor-1"}), log.suffix)
    old, new = (named.subscribe(TOPIC, GROUP, name) for name in ("one", "one"))
    settle_alone(old)
    settle_alone(new)
    with pytest.raises(PartitionLostError):
        old.commit({0: 1})
    assert new.assignment() == frozenset(range(PARTITIONS))
    named.close()


@pytest.mark.integration
def test_log_survives_closing(log: OwnLog, settings: KafkaLogSettings) -> None:
    """What was appended and committed is there for the next process."""
    log.append(TOPIC, messages("a", "b"))
    assert [r.value for r in read_all(log, commit=True, patience_seconds=PATIENCE_SECONDS)] == [b"a", b"b"]
    again = OwnLog(settings, log.suffix)
    assert (again.identity(TOPIC), read_all(again, patience_seconds=PATIENCE_SECONDS)) == (log.identity(TOPIC), [])
    again.close()


@pytest.mark.integration
def test_topic_that_is_missing_is_unavailable_and_says_what_to_do(log: OwnLog) -> None:
    """Nothing makes a topic by accident."""
    with pytest.raises(LogUnavailableError, match=r"no topic never-made\S*: `leakstream topics plan` shows"):
        log.append("never-made", messages("a"))
    assert log.partitions("never-made") == 0


@pytest.mark.integration
def test_message_over_the_limit_of_the_topic_harms_no_other(log: OwnLog) -> None:
    """It is named by its place, nothing of its batch is added, and the next batch is."""
    batch: Sequence[Message] = [*messages("a"), Message(b"k", b"x" * 1_100_000), *messages("b")]
    with pytest.raises(MessageTooLargeError, match="is over the 1048588 of the topic") as refusal:
        log.append(TOPIC, batch)
    assert refusal.value.index == 1
    log.append(TOPIC, [batch[0], batch[2]])
    assert [r.value for r in read_all(log, patience_seconds=PATIENCE_SECONDS)] == [b"a", b"b"]


@pytest.mark.integration
def test_batch_larger_than_the_buffer_arrives_in_order(settings: KafkaLogSettings, log: OwnLog) -> None:
    """Memory is bounded by waiting, not by refusing."""
    small = OwnLog(settings.model_copy(update={"buffer_bytes": 2**20}), log.suffix)
    sent = [Message(b"checkout", bytes([number]) * 200_000) for number in range(40)]
    places = small.append(TOPIC, sent)
    small.close()
    assert [place.offset for place in places] == list(range(40))
    found = log.read(TOPIC, places[0].partition, 0, 100)
    assert [record.value for record in found] == [message.value for message in sent]


@pytest.mark.integration
def test_closed_log_is_unavailable(settings: KafkaLogSettings) -> None:
    """Its error is the port's."""
    log = KafkaLog(settings)
    log.close()
    with pytest.raises(LogUnavailableError, match="closed"):
        log.append(TOPIC, messages("a"))


def test_broker_that_is_away_is_unavailable() -> None:
    """The sentence names where it was looked for; nothing is written and nothing waits for ever."""
    log = KafkaLog(KafkaLogSettings.model_validate({"bootstrap_servers": ["127.0.0.1:1"]}))
    with pytest.raises(
        LogUnavailableError, match=r"Kafka at 127\.0\.0\.1:1 does not answer now: no connection to a broker"
    ):
        log.append(TOPIC, messages("a"))
    log.close()
