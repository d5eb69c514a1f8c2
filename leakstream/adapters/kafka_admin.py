"""Topics of a real broker: what there is, and changes to it. Only what `leakstream.topics` plans is ever changed.

The client's answers are plain dicts with numbers of errors in them; each is looked at. It refuses to go on where the
configuration of a topic is not shown: every key would seem to differ.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Self

from kafka import errors
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from leakstream.adapters.kafka_clients import client_options
from leakstream.adapters.kafka_open import open_client
from leakstream.adapters.kafka_reasons import find_reason, listening
from leakstream.topics import AddPartitions, Change, CreateTopic, Topic
from schemas.ports import LogUnavailableError
from schemas.settings_kafka import KafkaLogSettings

_UNKNOWN_TOPIC = 3
_LOOKS = 100
_LOOK_SECONDS = 0.05


class TopicsRefusedError(Exception):
    """The broker understood and said no; trying again is wrong."""


class KafkaTopics:
    """The topics of one cluster. Use it as a context manager."""

    def __init__(self, settings: KafkaLogSettings) -> None:
        """Connect; raises LogUnavailableError, or KafkaSettingsError before anything is connected."""
        options = client_options(settings)
        self._where = ", ".join(settings.bootstrap_servers)
        with listening() as said:
            try:
                self._client: Any = open_client(KafkaAdminClient, options)
            except errors.KafkaConnectionError as error:
                reason = str(error).removeprefix("KafkaConnectionError: ")
                raise LogUnavailableError(f"no broker answers: {reason}") from error
            except (errors.KafkaError, RuntimeError, OSError) as error:
                reason = find_reason(said, str(error))
                raise LogUnavailableError(f"no broker at {self._where} can be used: {reason}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def describe(self, names: Sequence[str]) -> Mapping[str, Topic]:
        """Give those topics that there are, each with all its keys and what holds for them."""
        with self._asking():
            found = [topic for topic in self._client.describe_topics(list(names)) if _is_there(topic)]
            resources = [ConfigResource(ConfigResourceType.TOPIC, topic["name"]) for topic in found]
            answer = self._client.describe_configs(resources, config_filter="all") if resources else {}
        return {topic["name"]: _topic(topic, answer.get("topic", {}).get(topic["name"])) for topic in found}

    def apply(self, change: Change) -> None:
        """Make one change; it holds when this returns. Raises TopicsRefusedError and LogUnavailableError."""
        with self._asking():
            if isinstance(change, CreateTopic):
                self._create(change.topic)
            elif isinstance(change, AddPartitions):
                answer = self._client.create_partitions({change.name: change.after}, raise_errors=False)
                for result in answer.results:
                    _refuse(change.name, result.error_code, result.error_message)
            else:
                self._alter(change.name, change.key, change.after)
        self._wait_until_told(change)

    def _wait_until_told(self, change: Change) -> None:
        """Wait until the brokers tell of a change: the controller has made it, they hear of it a moment later.

        Gives up silently: the change is made, and the next plan shows what is told then.
        """
        for _ in range(_LOOKS):
            with suppress(TopicsRefusedError):  # a broker that has not heard of a topic shows no configuration of it
                found = self.describe([change.name]).get(change.name)
                if found is not None and _is_told(change, found):
                    return
            time.sleep(_LOOK_SECONDS)

    def _create(self, topic: Topic) -> None:
        wish = {
            "num_partitions": topic.partitions,
            "replication_factor": topic.replication_factor,
            "configs": dict(topic.configs),
        }
        answer = self._client.create_topics({topic.name: wish}, raise_errors=False)
        for result in answer["topics"]:
            _refuse(topic.name, result["error_code"], result["error_message"])
        self._client.wait_for_topics([topic.name])

    def _alter(self, name: str, key: str, value: str) -> None:
        resource = ConfigResource(ConfigResourceType.TOPIC, name, {key: value})
        answer = self._client.alter_configs([resource], raise_on_unknown=False)
        result = answer["topic"][name]
        if result != "OK":
            raise TopicsRefusedError(f"the broker refused {name}: {result}")

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turn what the client raises into our own errors; nobody is told twice by its log."""
        with listening():
            try:
                yield
            except (errors.AuthorizationError, errors.SaslAuthenticationFailedError) as error:
                raise TopicsRefusedError(f"the broker at {self._where} refused: {error}") from error
            except (errors.KafkaError, RuntimeError, OSError) as error:
                raise LogUnavailableError(f"no answer from {self._where}: {error}") from error


def _is_told(change: Change, found: Topic) -> bool:
    """Say whether what was found is what a change makes."""
    if isinstance(change, CreateTopic):
        return found.partitions == change.topic.partitions
    if isinstance(change, AddPartitions):
        return found.partitions >= change.after
    return found.configs.get(change.key) == change.after


def _is_there(topic: Mapping[str, Any]) -> bool:
    """Say whether a topic exists; raise TopicsRefusedError when the broker will not say."""
    if topic["error_code"] == _UNKNOWN_TOPIC:
        return False
    _refuse(topic["name"], topic["error_code"], None)
    return True


def _topic(described: Mapping[str, Any], configs: Mapping[str, Mapping[str, Any]] | None) -> Topic:
    """Build what was found. A topic of few replicas somewhere has as many as where it has fewest."""
    name, partitions = described["name"], described["partitions"]
    if not configs:
        raise TopicsRefusedError(
            f"the broker does not show the configuration of {name}: DescribeConfigs is not allowed"
        )
    values = {key: str(entry["value"]) for key, entry in configs.items() if entry["value"] is not None}
    return Topic(name, len(partitions), min(len(one["replica_nodes"]) for one in partitions), values)


def _refuse(name: str, error_code: int, message: str | None) -> None:
    """Raise TopicsRefusedError unless the number says that all is well."""
    error = errors.for_code(error_code)
    if error is not errors.NoError:
        raise TopicsRefusedError(f"the broker refused {name}: {error.__name__}" + (f": {message}" if message else ""))
