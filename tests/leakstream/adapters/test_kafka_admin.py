"""Topics of a real broker: found as they are, changed as planned, and refusals in a sentence.

A broker that is away stands in test_cli_topics.py, in a process of its own: the client leaves the sockets of failed
connections to the garbage collector.
"""

from collections.abc import Iterator, Mapping

import pytest
from kafka import KafkaAdminClient

from examples.broker import Broker
from leakstream.adapters.kafka_admin import KafkaTopics, TopicsRefusedError
from leakstream.topics import AddPartitions, AlterConfig, Change, CreateTopic, Kept, Plan, Topic, plan
from schemas.settings_kafka import KafkaLogSettings
from tests.kafka_broker import new_topic

pytestmark = pytest.mark.integration

CONFIGS = {"cleanup.policy": "delete", "min.insync.replicas": "1", "retention.ms": "3600000"}


def settings(bootstrap: str) -> KafkaLogSettings:
    """Give settings for one server that waits for nobody."""
    return KafkaLogSettings.model_validate({"bootstrap_servers": [bootstrap], "request_timeout": "2s"})


@pytest.fixture
def topics(broker: Broker) -> Iterator[KafkaTopics]:
    """The topics of the session's broker."""
    with KafkaTopics(settings(broker.bootstrap)) as opened:
        yield opened


def ours(found: Mapping[str, Topic], wanted: Topic) -> Topic:
    """Give what was found of a topic, with the keys of ours alone."""
    topic = found[wanted.name]
    return Topic(
        topic.name, topic.partitions, topic.replication_factor, {key: topic.configs[key] for key in wanted.configs}
    )


def test_topic_that_was_made_is_found_as_it_was_wanted(topics: KafkaTopics) -> None:
    """Before it is not there, after it there is no difference."""
    wanted = Topic(new_topic("wanted"), 3, 1, CONFIGS)
    assert topics.describe([wanted.name]) == {}
    topics.apply(CreateTopic(wanted))
    found = topics.describe([wanted.name])
    assert (ours(found, wanted), plan((wanted,), found)) == (wanted, Plan((), ()))


def test_changed_wish_is_planned_and_applied(topics: KafkaTopics) -> None:
    """Partitions are added and keys are set; fewer partitions are kept and said."""
    name = new_topic("changed")
    topics.apply(CreateTopic(Topic(name, 2, 1, CONFIGS)))
    more = Topic(name, 4, 1, {**CONFIGS, "retention.ms": "7200000"})
    planned = plan((more,), topics.describe([name]))
    assert planned == Plan((AddPartitions(name, 2, 4), AlterConfig(name, "retention.ms", "3600000", "7200000")), ())
    for change in planned.changes:
        topics.apply(change)
    assert ours(topics.describe([name]), more) == more
    fewer = plan((Topic(name, 1, 2, more.configs),), topics.describe([name]))
    assert (fewer.changes, [kept.what for kept in fewer.kept]) == ((), ["partitions", "replicas"])


def test_defaults_of_the_broker_are_no_difference(broker: Broker, topics: KafkaTopics) -> None:
    """A topic that somebody made without a word is compared by what holds for it."""
    name = new_topic("plain")
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    found = topics.describe([name])
    held = {key: found[name].configs[key] for key in ("cleanup.policy", "min.insync.replicas", "compression.type")}
    assert held == {"cleanup.policy": "delete", "min.insync.replicas": "1", "compression.type": "producer"}
    assert plan((Topic(name, 1, 1, held),), found) == Plan((), ())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (CreateTopic(Topic("refused", 1, 3, {})), "InvalidReplicationFactorError: Unable to replicate"),
        (
            CreateTopic(Topic("refused", 1, 1, {"retention.mss": "1"})),
            "InvalidConfigurationError: Unknown topic config",
        ),
        (CreateTopic(Topic("re/fused", 1, 1, {})), "InvalidTopicError: Topic name is invalid"),
        (AddPartitions("absent", 1, 2), "UnknownTopicOrPartitionError"),
        (AlterConfig("absent", "retention.ms", "1", "2"), "The topic 'absent' does not exist"),
    ],
)
def test_refused_change_is_a_sentence(topics: KafkaTopics, change: Change, said: str) -> None:
    """With the topic and the broker's own words."""
    with pytest.raises(TopicsRefusedError) as caught:
        topics.apply(change)
    assert str(caught.value).startswith(f"the broker refused {change.name}: ")
    assert said in str(caught.value)


def test_fewer_partitions_are_refused_by_the_broker_as_well(topics: KafkaTopics) -> None:
    """A plan never asks for them; a race could."""
    name = new_topic("fewer")
    topics.apply(CreateTopic(Topic(name, 2, 1, CONFIGS)))
    with pytest.raises(TopicsRefusedError, match="would not be an increase"):
        topics.apply(AddPartitions(name, 1, 1))
    assert isinstance(plan((Topic(name, 1, 1, CONFIGS),), topics.describe([name])).kept[0], Kept)
