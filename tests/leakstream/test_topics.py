"""Topics as code: what is wished for, what lies between, and what is never done."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakstream.topics import AddPartitions, AlterConfig, CreateTopic, Kept, Plan, Topic, plan, wanted_topics
from schemas.settings_kafka import KafkaLogSettings, TopicSettings

CONFIGS = {"retention.ms": "86400000", "min.insync.replicas": "2", "cleanup.policy": "delete"}
WANTED = Topic("t", 12, 3, CONFIGS)
MIN_INSYNC = st.integers(1, 4).map(str)
RETENTION = st.one_of(st.integers(0, 5), st.just(-1)).map(str)
POLICY = st.sampled_from(["delete", "compact", "compact,delete"])
KEYS = st.fixed_dictionaries(
    {
        "retention.ms": RETENTION,
        "min.insync.replicas": MIN_INSYNC,
        "cleanup.policy": POLICY,
        "max.message.bytes": MIN_INSYNC,
    }
)


def topics(name: str) -> st.SearchStrategy[Topic]:
    """Give topics of one name, possible ones all."""
    return st.builds(Topic, st.just(name), st.integers(1, 5), st.integers(1, 3), KEYS)


WISHES = st.tuples(topics("a"), topics("b"), topics("c"))
CLUSTERS = st.lists(st.sampled_from("abcd"), unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: topics(name) for name in names})
)


def apply(found: Mapping[str, Topic], made: Plan) -> dict[str, Topic]:
    """Do to a picture of a cluster what a broker would."""
    cluster = dict(found)
    for change in made.changes:
        if isinstance(change, CreateTopic):
            cluster[change.name] = change.topic
        elif isinstance(change, AddPartitions):
            cluster[change.name] = replace(cluster[change.name], partitions=change.after)
        else:
            topic = cluster[change.name]
            cluster[change.name] = replace(topic, configs={**topic.configs, change.key: change.after})
    return cluster


def test_topics_are_those_of_the_settings() -> None:
    """Two ways with their dead, and requests, every key named, room for the headers of dead letters."""
    chosen = TopicSettings.model_validate(
        {
            "partitions": 6,
            "replication_factor": 1,
            "min_insync_replicas": 1,
            "retention": "1h",
            "dead_retention": "2h",
            "anomaly_retention": "3h",
            "max_message_size": "2MiB",
        }
    )
    wanted = wanted_topics(KafkaLogSettings(bootstrap_servers=("a:1",), topics=chosen))
    keys = {
        "cleanup.policy": "delete",
        "compression.type": "producer",
        "message.timestamp.type": "LogAppendTime",
        "min.insync.replicas": "1",
        "segment.bytes": str(2**30),
    }
    alive = {**keys, "max.message.bytes": str(2 * 2**20)}
    dead = {**keys, "max.message.bytes": str(3 * 2**20), "retention.ms": "7200000"}
    assert wanted == (
        Topic("goroutine-profiles", 6, 1, {**alive, "retention.ms": "3600000"}),
        Topic("goroutine-profiles.dead", 1, 1, dead),
        Topic("leak-anomalies", 6, 1, {**alive, "retention.ms": "10800000"}),
        Topic("leak-anomalies.dead", 1, 1, dead),
        Topic("evidence-requests", 1, 1, {**alive, "retention.ms": "86400000"}),
    )


def test_largest_record_fits_into_a_segment() -> None:
    """A broker refuses what does not, whatever the limit says."""
    chosen = TopicSettings.model_validate({"max_message_size": "1GiB"})
    dead = wanted_topics(KafkaLogSettings(bootstrap_servers=("a:1",), topics=chosen))[1]
    assert dead.configs["segment.bytes"] == dead.configs["max.message.bytes"] == str(2**30 + 2**20)


def test_topic_that_is_not_there_is_made() -> None:
    """Whole, with a sentence that names everything."""
    made = plan((WANTED,), {})
    assert made == Plan((CreateTopic(WANTED),), ())
    assert made.changes[0].sentence == (
        "create t: partitions=12, replicas=3, retention.ms=86400000, min.insync.replicas=2, cleanup.policy=delete"
    )


def test_partitions_are_added_with_a_warning() -> None:
    """Services move between partitions."""
    change = AddPartitions("t", 4, 12)
    assert plan((WANTED,), {"t": replace(WANTED, partitions=4)}) == Plan((change,), ())
    assert (change.sentence, change.warning) == (
        "add partitions to t: 4 -> 12",
        "t: services move between partitions, and out of their order with what waits: add partitions when the lag is 0",
    )


def test_fewer_partitions_and_other_replicas_are_kept_and_said() -> None:
    """Nothing is shrunk."""
    made = plan((WANTED,), {"t": Topic("t", 20, 2, CONFIGS)})
    assert made.changes == ()
    assert [kept.sentence for kept in made.kept] == [
        "keep partitions of t at 20, not 12: Kafka cannot take partitions away without their records",
        "keep replicas of t at 2, not 3: where replicas go is for kafka-reassign-partitions.sh to say",
    ]


@pytest.mark.parametrize(
    ("key", "before", "warning"),
    [
        ("retention.ms", "3600000", ""),
        ("retention.ms", "", ""),
        ("min.insync.replicas", "1", ""),
        ("cleanup.policy", "compact,delete", ""),
    ],
)
def test_key_that_differs_is_set(key: str, before: str, warning: str) -> None:
    """Also one that the broker never had."""
    found = replace(WANTED, configs={**CONFIGS, key: before})
    change = AlterConfig("t", key, before, CONFIGS[key])
    assert (plan((WANTED,), {"t": found}), change.warning) == (Plan((change,), ()), warning)


@pytest.mark.parametrize(
    ("key", "before"), [("retention.ms", "-1"), ("retention.ms", "86400001"), ("cleanup.policy", "compact")]
)
def test_records_are_deleted_only_when_told_to(key: str, before: str) -> None:
    """A shorter retention is a loss of records; it is kept and said, or made with a warning."""
    found = {"t": replace(WANTED, configs={**CONFIGS, key: before})}
    reason = "the broker would delete the records that are older; --delete-old-records does it"
    change = AlterConfig("t", key, before, CONFIGS[key])
    assert plan((WANTED,), found) == Plan((), (Kept("t", key, before, CONFIGS[key], reason),))
    assert plan((WANTED,), found, deleting=True) == Plan((change,), ())
    assert change.warning == "t: the broker then deletes the records that are older"


def test_smaller_records_come_with_a_warning() -> None:
    """What a collector still holds may not fit any more."""
    assert AlterConfig("t", "max.message.bytes", "2000", "1000").warning == (
        "t: the broker then refuses larger records, also those that wait in a spool"
    )
    assert AlterConfig("t", "max.message.bytes", "1000", "2000").warning == ""


def test_more_replicas_in_sync_than_there_are_is_kept() -> None:
    """Such a topic could not be written."""
    found = Topic("t", 12, 1, {**CONFIGS, "min.insync.replicas": "1"})
    assert plan((replace(WANTED, replication_factor=1),), {"t": found}) == Plan(
        (), (Kept("t", "min.insync.replicas", "1", "2", "the topic has 1 replicas, nothing could be written"),)
    )


def test_keys_and_topics_of_others_are_no_difference() -> None:
    """A broker's defaults and other topics are another person's."""
    found = {"t": replace(WANTED, configs={**CONFIGS, "segment.bytes": "1"}), "other": Topic("other", 1, 1)}
    assert plan((WANTED,), found) == Plan((), ())


@given(wanted=WISHES, found=CLUSTERS, deleting=st.booleans())
def test_plan_that_was_applied_leaves_no_change(
    wanted: tuple[Topic, ...], found: dict[str, Topic], *, deleting: bool
) -> None:
    """What was kept is kept again, and nothing else is left."""
    first = plan(wanted, found, deleting=deleting)
    again = plan(wanted, apply(found, first), deleting=deleting)
    assert (again.changes, again.kept) == ((), first.kept)


@given(wanted=WISHES, found=CLUSTERS, deleting=st.booleans())
def test_plan_never_shrinks_or_deletes(wanted: tuple[Topic, ...], found: dict[str, Topic], *, deleting: bool) -> None:
    """Every topic is still there with as many partitions and replicas, and no record goes that was not to go."""
    after = apply(found, plan(wanted, found, deleting=deleting))
    for name, before in found.items():
        now = after[name]
        assert (now.partitions >= before.partitions, now.replication_factor) == (True, before.replication_factor)
        kept_long = int(now.configs["retention.ms"]) == -1 or (
            0 <= int(before.configs["retention.ms"]) <= int(now.configs["retention.ms"])
        )
        assert deleting or kept_long or now.configs["retention.ms"] == before.configs["retention.ms"]


@given(WISHES, CLUSTERS)
def test_plan_names_every_difference_once(wanted: tuple[Topic, ...], found: dict[str, Topic]) -> None:
    """A difference is a change or is kept; what is equal is neither."""
    made = plan(wanted, found)
    said = [(step.name, getattr(step, "key", getattr(step, "what", ""))) for step in (*made.changes, *made.kept)]
    different = [
        name
        for topic in wanted
        if (now := found.get(topic.name)) is not None
        for name, one, other in (
            ("partitions", topic.partitions, now.partitions),
            ("replicas", topic.replication_factor, now.replication_factor),
            *((key, value, now.configs[key]) for key, value in topic.configs.items()),
        )
        if one != other
    ]
    missing = [topic for topic in wanted if topic.name not in found]
    assert (len(said), len(set(said))) == (len(different) + len(missing), len(said))
