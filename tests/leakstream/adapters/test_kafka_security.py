"""A secured broker lets us in by every kind of security, as administrator, writer and reader; and nobody else."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from examples.broker import Broker, Security
from leakstream.adapters.kafka import KafkaLog
from leakstream.adapters.kafka_admin import KafkaTopics
from leakstream.topics import CreateTopic, Topic
from schemas.ports import LogUnavailableError, Message
from schemas.settings_kafka import KafkaLogSettings
from tests.kafka_broker import new_topic

pytestmark = pytest.mark.integration

CLOSED = "the broker closed the connection"
REFUSED = "SaslAuthenticationFailedError"


@pytest.fixture
def files(security: Security, tmp_path: Path) -> Mapping[str, str]:
    """The files that settings name, by short names."""
    texts = {
        "password": f"{security.password}\n",
        "wrong": "hunter2canary\n",
        "token": security.token(),
        "old": security.token(lasts_seconds=-3600),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    known = {"ca": security.ca_file, "stranger": security.stranger_ca_file}
    known |= {"cert": security.cert_file, "key": security.key_file}
    return {name: str(path) for name, path in (*known.items(), *((name, tmp_path / name) for name in texts))}


def settings(
    broker: Broker, files: Mapping[str, str], listener: str, sasl: Mapping[str, str], tls: Mapping[str, Any]
) -> KafkaLogSettings:
    """Give settings for one listener; what names a file is given its path."""
    protocol = listener if listener.startswith("SASL") else "SSL"
    sections: dict[str, Any] = {}
    if sasl:
        sections["sasl"] = {key: files.get(value, value) for key, value in sasl.items()}
    if tls:
        sections["tls_config"] = {key: files.get(value, value) for key, value in tls.items()}
    return KafkaLogSettings.model_validate(
        {"bootstrap_servers": [broker.address(listener)], "security_protocol": protocol, **sections}
    )


def user(mechanism: str, file: str = "password") -> dict[str, str]:
    """Give the section of a user with a password in a file."""
    return {"mechanism": mechanism, "username": "alice", "password_file": file}


BEARER = {"mechanism": "OAUTHBEARER", "token_file": "token"}
KNOWN = {"ca_file": "ca"}
CLIENT = {**KNOWN, "cert_file": "cert", "key_file": "key"}


@pytest.mark.parametrize(
    ("listener", "sasl", "tls"),
    [
        ("SASL_SSL", user("PLAIN"), KNOWN),
        ("SASL_SSL", user("SCRAM-SHA-256"), KNOWN),
        ("SASL_SSL", user("SCRAM-SHA-512"), KNOWN),
        ("SASL_SSL", BEARER, KNOWN),
        ("SASL_PLAINTEXT", user("SCRAM-SHA-512"), {}),
        ("SSL", {}, KNOWN),
        ("MUTUAL", {}, CLIENT),
        ("MISNAMED", {}, {"insecure_skip_verify": True}),
    ],
)
def test_secured_broker_lets_us_administer_write_and_read(
    secured_broker: Broker, files: Mapping[str, str], listener: str, sasl: dict[str, str], tls: dict[str, str]
) -> None:
    """With the same settings for the three clients."""
    chosen = settings(secured_broker, files, listener, sasl, tls)
    topic = new_topic("secured")
    with KafkaTopics(chosen) as topics:
        topics.apply(CreateTopic(Topic(topic, 1, 1)))
    with closing(KafkaLog(chosen)) as log:
        log.append(topic, [Message(b"checkout", b"profile")])
        assert [record.value for record in log.read(topic, 0, 0, 10)] == [b"profile"]


@pytest.mark.parametrize(
    ("listener", "sections", "reasons"),
    [
        ("SASL_SSL", (user("PLAIN", "wrong"), KNOWN), (CLOSED, REFUSED)),
        ("SASL_SSL", ({**BEARER, "token_file": "old"}, KNOWN), (CLOSED, REFUSED)),
        ("SSL", ({}, {"ca_file": "stranger"}), ("unable to get local issuer certificate",)),
        ("MISNAMED", ({}, KNOWN), ("certificate is not valid for '127.0.0.1'",)),
        ("MUTUAL", ({}, KNOWN), ("bad certificate", CLOSED)),
    ],
)
def test_who_does_not_belong_there_is_told_why(
    secured_broker: Broker,
    files: Mapping[str, str],
    listener: str,
    sections: tuple[dict[str, str], dict[str, str]],
    reasons: tuple[str, ...],
) -> None:
    """A wrong secret, an authority or a name that is not the broker's, no certificate; no secret is shown."""
    chosen = settings(secured_broker, files, listener, *sections)
    with pytest.raises(LogUnavailableError) as caught:
        KafkaTopics(chosen)
    said = str(caught.value)
    assert said.startswith(f"no broker at {secured_broker.address(listener)} can be used: ")
    assert (any(reason in said for reason in reasons), "canary" in said) == (True, False)
