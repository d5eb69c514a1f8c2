"""Topics as code: what we wish for, what there is, and the changes that lie between.

Pure. A plan never deletes a topic, never takes partitions away, and makes nothing that would stop writers or delete
records without being told to; what it leaves as it is, it says, with the reason.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from schemas.settings_kafka import MEBIBYTE, KafkaLogSettings
from schemas.wire.codec import ANOMALIES_TOPIC, PROFILES_TOPIC
from schemas.wire.dead import dead_topic
from schemas.wire.request import REQUESTS_TOPIC

RETENTION = "retention.ms"
CLEANUP = "cleanup.policy"
MIN_INSYNC = "min.insync.replicas"
LARGEST_MESSAGE = "max.message.bytes"

_DEAD_PARTITIONS = 1
_DEAD_HEADERS_BYTES = MEBIBYTE
"""A dead letter is its record and some headers more; the sentence of the error is the longest of them."""

_SEGMENT_BYTES = 1024 * MEBIBYTE
"""Kafka's own default; named because a broker refuses a record that is larger than a segment, whatever its limit."""

_FOREVER = -1
_REQUESTS_PARTITIONS = 1
"""Every collector reads all of it, and there are few."""
_REQUESTS_SECONDS = 86_400.0
"""A collector that starts looks back for as long as its targets rest from what they were asked for."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, wanted or found. `configs` are Kafka's keys and values; a found topic has every key, ours or not."""

    name: str
    partitions: int
    replication_factor: int
    configs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CreateTopic:
    """Make a topic that is not there."""

    topic: Topic

    @property
    def name(self) -> str:
        """The topic."""
        return self.topic.name

    @property
    def sentence(self) -> str:
        """What is done."""
        made = self.topic
        configs = ", ".join(f"{key}={value}" for key, value in made.configs.items())
        return f"create {made.name}: partitions={made.partitions}, replicas={made.replication_factor}, {configs}"

    @property
    def warning(self) -> str:
        """What to know before; empty."""
        return ""


@dataclass(frozen=True, slots=True)
class AddPartitions:
    """Give a topic more partitions."""

    name: str
    before: int
    after: int

    @property
    def sentence(self) -> str:
        """What is done."""
        return f"add partitions to {self.name}: {self.before} -> {self.after}"

    @property
    def warning(self) -> str:
        """What to know before."""
        return (
            f"{self.name}: services move between partitions, and out of their order with what waits: "
            "add partitions when the lag is 0"
        )


@dataclass(frozen=True, slots=True)
class AlterConfig:
    """Set one key of a topic. `before` is what holds now, the broker's default or not."""

    name: str
    key: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """What is done."""
        return f"set {self.key} of {self.name}: {self.before or 'unset'} -> {self.after}"

    @property
    def warning(self) -> str:
        """What to know before; empty for most keys."""
        if _deletes(self.key, self.before, self.after):
            return f"{self.name}: the broker then deletes the records that are older"
        if self.key == LARGEST_MESSAGE and self.before and int(self.after) < int(self.before):
            return f"{self.name}: the broker then refuses larger records, also those that wait in a spool"
        return ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A difference that is left as it is, and why. `what` is a key, `partitions` or `replicas`."""

    name: str
    what: str
    found: str
    wanted: str
    reason: str

    @property
    def sentence(self) -> str:
        """What is not done, and why."""
        return f"keep {self.what} of {self.name} at {self.found or 'unset'}, not {self.wanted}: {self.reason}"


Change: TypeAlias = CreateTopic | AddPartitions | AlterConfig


@dataclass(frozen=True, slots=True)
class Plan:
    """What lies between the wish and what there is: changes in the order in which they are made, and what is kept."""

    changes: tuple[Change, ...]
    kept: tuple[Kept, ...]


def wanted_topics(settings: KafkaLogSettings) -> tuple[Topic, ...]:
    """Give the topics that the product needs: two ways, for each what of it could not be read, and requests."""
    chosen = settings.topics
    ways = (
        (PROFILES_TOPIC, chosen.retention_seconds),
        (ANOMALIES_TOPIC, chosen.anomaly_retention_seconds),
    )
    requests = (REQUESTS_TOPIC, _REQUESTS_PARTITIONS, _REQUESTS_SECONDS, chosen.max_message_bytes)
    records = tuple(
        topic
        for name, retention_seconds in ways
        for topic in (
            _wanted(settings, name, chosen.partitions, retention_seconds, chosen.max_message_bytes),
            _wanted(
                settings,
                dead_topic(name),
                _DEAD_PARTITIONS,
                chosen.dead_retention_seconds,
                chosen.max_message_bytes + _DEAD_HEADERS_BYTES,
            ),
        )
    )
    return (*records, _wanted(settings, *requests))


def _wanted(
    settings: KafkaLogSettings, name: str, partitions: int, retention_seconds: float, largest_bytes: int
) -> Topic:
    """Give one topic. Every key is named, because a broker's defaults are another person's choice."""
    configs = {
        CLEANUP: "delete",
        "compression.type": "producer",
        LARGEST_MESSAGE: str(largest_bytes),
        "message.timestamp.type": "LogAppendTime",
        MIN_INSYNC: str(settings.topics.min_insync_replicas),
        RETENTION: str(round(retention_seconds * 1000)),
        "segment.bytes": str(max(_SEGMENT_BYTES, largest_bytes)),
    }
    return Topic(name, partitions, settings.topics.replication_factor, configs)


def plan(wanted: tuple[Topic, ...], found: Mapping[str, Topic], *, deleting: bool = False) -> Plan:
    """Compare; nothing but the wanted keys of wanted topics is looked at.

    With `deleting` also those changes are made after which the broker deletes records.
    """
    steps = [step for topic in wanted for step in _compare(topic, found.get(topic.name), deleting=deleting)]
    return Plan(
        changes=tuple(step for step in steps if not isinstance(step, Kept)),
        kept=tuple(step for step in steps if isinstance(step, Kept)),
    )


def _compare(wanted: Topic, found: Topic | None, *, deleting: bool) -> Iterator[Change | Kept]:
    """Give the steps from what there is of one topic to what is wanted."""
    if found is None:
        yield CreateTopic(wanted)
        return
    if wanted.partitions > found.partitions:
        yield AddPartitions(wanted.name, found.partitions, wanted.partitions)
    if wanted.partitions < found.partitions:
        reason = "Kafka cannot take partitions away without their records"
        yield Kept(wanted.name, "partitions", str(found.partitions), str(wanted.partitions), reason)
    if wanted.replication_factor != found.replication_factor:
        reason = "where replicas go is for kafka-reassign-partitions.sh to say"
        factors = str(found.replication_factor), str(wanted.replication_factor)
        yield Kept(wanted.name, "replicas", *factors, reason)
    for key, after in wanted.configs.items():
        before = found.configs.get(key, "")
        if before != after:
            reason = _refuse(key, before, after, found, deleting=deleting)
            yield (
                Kept(wanted.name, key, before, after, reason)
                if reason
                else AlterConfig(wanted.name, key, before, after)
            )


def _refuse(key: str, before: str, after: str, found: Topic, *, deleting: bool) -> str:
    """Say why a key is left as it is; empty when it is set."""
    if key == MIN_INSYNC and int(after) > found.replication_factor:
        return f"the topic has {found.replication_factor} replicas, nothing could be written"
    if not deleting and _deletes(key, before, after):
        return "the broker would delete the records that are older; --delete-old-records does it"
    return ""


def _deletes(key: str, before: str, after: str) -> bool:
    """Say whether the broker deletes records after such a change that it kept before it."""
    if key == CLEANUP:
        return "delete" not in before.split(",") and "delete" in after.split(",")
    if key == RETENTION and before:
        return int(before) == _FOREVER or 0 <= int(after) < int(before)
    return False
