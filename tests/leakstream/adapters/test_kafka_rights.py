"""A broker that asks for rights: each role works with those that docs/operate.md lists, and says which one it lacks."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    KafkaAdminClient,
    NewTopic,
    ResourcePattern,
    ResourceType,
)

from examples.broker import Broker, Security
from leakstream.adapters.kafka import KafkaLog
from schemas.ports import Consumer, LogUnavailableError, Message, Record
from schemas.settings_kafka import KafkaLogSettings

pytestmark = pytest.mark.integration
TOPIC, GROUP = "goroutine-profiles", "leakstream-process"
RIGHTS = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
}
WRITE, READ = ACLOperation.WRITE, ACLOperation.READ


@pytest.fixture(scope="module")
def broker(security: Security, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker on which the listener without security may do all, and alice nothing yet."""
    with Broker.make(tmp_path_factory.mktemp("rights"), security=security, settings=RIGHTS) as running:
        admin = KafkaAdminClient(bootstrap_servers=running.bootstrap)
        admin.create_topics([NewTopic(TOPIC, 1, 1)])
        admin.close()
        yield running


@pytest.fixture
def settings(broker: Broker, security: Security, tmp_path: Path) -> KafkaLogSettings:
    """How alice reaches the broker."""
    (tmp_path / "password").write_text(security.password)
    sasl = {"mechanism": "SCRAM-SHA-512", "username": "alice", "password_file": str(tmp_path / "password")}
    return KafkaLogSettings.model_validate(
        {
            "bootstrap_servers": [broker.address("SASL_PLAINTEXT")],
            "security_protocol": "SASL_PLAINTEXT",
            "sasl": sasl,
            "request_timeout": "10s",
        }
    )


def allow(broker: Broker, *rights: tuple[ResourceType, str, ACLOperation]) -> None:
    """Give alice exactly these rights."""
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    given = [
        ACL("User:alice", "*", operation, ACLPermissionType.ALLOW, ResourcePattern(kind, name))
        for kind, name, operation in rights
    ]
    admin.create_acls(given)
    admin.close()


def test_role_works_with_the_rights_that_are_listed_and_names_the_one_it_lacks(
    broker: Broker, settings: KafkaLogSettings
) -> None:
    """Nothing is written or read without them, with a sentence; once they are given, the same client goes on."""
    with closing(KafkaLog(settings)) as log, closing(log.subscribe(TOPIC, GROUP, "one")) as member:
        with pytest.raises(LogUnavailableError, match="the broker does not let this user use the topic"):
            log.append(TOPIC, [Message(b"checkout", b"profile")])
        allow(broker, (ResourceType.TOPIC, TOPIC, WRITE))
        log.append(TOPIC, [Message(b"checkout", b"profile")])
        with pytest.raises(LogUnavailableError, match="the broker does not let this user use the group"):
            read_one(member)
        allow(broker, (ResourceType.TOPIC, TOPIC, READ), (ResourceType.GROUP, GROUP, READ))
        assert read_one(member).value == b"profile"
        member.commit({0: 1})
        assert (member.committed(0), log.identity(TOPIC).startswith("kafka:")) == (1, True)


def read_one(member: Consumer) -> Record:
    """Poll until a record comes."""
    while True:
        for record in member.poll(max_records=1, timeout_seconds=1):
            return record
