"""Settings of the Kafka log -> options of its clients, or the sentence that says what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import SaslAuthenticationFailedError
from kafka.net.sasl.oauth import SaslMechanismOAuth
from kafka.net.sasl.plain import SaslMechanismPlain
from kafka.net.sasl.scram import SaslMechanismScram
from kafka.record import util as kafka_record

from leakstream.adapters.kafka_clients import KafkaSettingsError, MissingLibraryError, client_options, require_crc32c
from schemas.settings_kafka import KafkaLogSettings

CANARY = "hunter2canary"
SHARED = {
    "bootstrap_servers": ["a:1", "b:2"],
    "client_id": "leakstream",
    "security_protocol": "PLAINTEXT",
    "reconnect_backoff_max_ms": 1000,
    "request_timeout_ms": 30_000,
    "connections_max_idle_ms": 540_000,
}
AS_PLAINTEXT = {"security_protocol": "SASL_PLAINTEXT"}


def settings(**more: Any) -> KafkaLogSettings:
    """Give settings with two servers."""
    return KafkaLogSettings.model_validate({"bootstrap_servers": ["a:1", "b:2"], **more})


def with_user(**sasl: Any) -> KafkaLogSettings:
    """Give settings with a user."""
    return settings(security_protocol="SASL_PLAINTEXT", sasl=sasl)


def refusal(refused: KafkaLogSettings) -> str:
    """Give the sentence with which settings are refused."""
    with pytest.raises(KafkaSettingsError) as caught:
        client_options(refused)
    return str(caught.value)


def test_settings_become_options() -> None:
    """Without security there is nothing but addresses, a name and patience."""
    assert client_options(settings()) == SHARED


def test_long_request_is_shorter_than_an_idle_connection() -> None:
    """The client refuses anything else."""
    assert client_options(settings(request_timeout="10m")) == {
        **SHARED,
        "request_timeout_ms": 600_000,
        "connections_max_idle_ms": 1_200_000,
    }


def test_request_that_is_shorter_than_a_fetch_is_refused() -> None:
    """The client would refuse it when the consumer is made."""
    assert refusal(settings(request_timeout="500ms")) == (
        "log.kafka.request_timeout: must be above 500ms, a fetch may wait so long"
    )


@pytest.mark.parametrize("client", [KafkaProducer, KafkaConsumer, KafkaAdminClient])
def test_every_client_knows_every_option(client: Any, tmp_path: Path) -> None:
    """With any kind of security."""
    (tmp_path / "token").write_text("abc")
    plain = client_options(
        settings(security_protocol="SASL_SSL", sasl={"mechanism": "PLAIN", "username": "u", "password": "p"})
    )
    bearer = client_options(with_user(mechanism="OAUTHBEARER", token_file=str(tmp_path / "token")))
    assert set(plain) | set(bearer) <= set(client.DEFAULT_CONFIG)


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_user_and_password_reach_the_broker(mechanism: str, tmp_path: Path) -> None:
    """From the settings or from a file, without the line break at its end."""
    (tmp_path / "password").write_text(f"{CANARY}\n")
    named = client_options(with_user(mechanism=mechanism, username="u", password_file=str(tmp_path / "password")))
    written = client_options(with_user(mechanism=mechanism, username="u", password=CANARY))
    assert named == written
    assert written == {
        **SHARED,
        **AS_PLAINTEXT,
        "sasl_mechanism": mechanism,
        "sasl_plain_username": "u",
        "sasl_plain_password": CANARY,
    }


def test_client_sends_the_password_itself() -> None:
    """What hides it from logs does not hide it from the broker."""
    plain = client_options(with_user(mechanism="PLAIN", username="u", password=CANARY))
    scram = client_options(with_user(mechanism="SCRAM-SHA-512", username="u", password=CANARY))
    assert SaslMechanismPlain(**plain).auth_bytes() == f"u\0u\0{CANARY}".encode()
    assert SaslMechanismScram(**scram)._scram_client.password == CANARY.encode()  # noqa: SLF001 what is hashed


def test_password_is_not_in_what_the_client_logs() -> None:
    """At debug level it writes its options."""
    options = client_options(with_user(mechanism="PLAIN", username="u", password=CANARY))
    secret = options["sasl_plain_password"]
    assert [CANARY in text for text in (f"{options}", repr(secret), str(secret), f"{secret}")] == [False] * 4


def test_token_is_read_anew_for_each_connection(tmp_path: Path) -> None:
    """Somebody else renews it."""
    file = tmp_path / "token"
    file.write_text("first\n")
    options = client_options(with_user(mechanism="OAUTHBEARER", token_file=str(file)))
    before = SaslMechanismOAuth(**options).auth_bytes()
    file.write_text("second")
    after = SaslMechanismOAuth(**options).auth_bytes()
    assert (before, after) == (
        b"n,,\x01auth=Bearer first\x01\x01",
        b"n,,\x01auth=Bearer second\x01\x01",
    )


def test_token_that_goes_away_is_a_failure_to_prove_who_we_are(tmp_path: Path) -> None:
    """In the client's own words, with the name of the file."""
    file = tmp_path / "token"
    file.write_text("first")
    provider = client_options(with_user(mechanism="OAUTHBEARER", token_file=str(file)))["sasl_oauth_token_provider"]
    file.unlink()
    with pytest.raises(SaslAuthenticationFailedError, match=r"log\.kafka\.sasl\.token_file: No such file"):
        provider.token()


@pytest.mark.parametrize("token", [f"{CANARY} x", f"{CANARY}\x01auth=y", f"{CANARY}é"])
def test_token_that_would_end_its_message_is_refused(token: str, tmp_path: Path) -> None:
    """And is not shown."""
    file = tmp_path / "token"
    file.write_text(token)
    assert refusal(with_user(mechanism="OAUTHBEARER", token_file=str(file))) == (
        f"log.kafka.sasl.token_file: holds no bearer token (letters, digits and -._~+/= only): {str(file)!r}"
    )


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (None, "No such file or directory"),
        (b" \n", "is empty"),
        (CANARY.encode() + b"\xff", "not UTF-8 text (byte 13)"),
    ],
)
def test_file_of_a_secret_that_is_none_is_named(data: bytes | None, wrong: str, tmp_path: Path) -> None:
    """With the setting that names it, and without what is in it."""
    file = tmp_path / "secret"
    if data is not None:
        file.write_bytes(data)
    for setting, sasl in (
        ("password_file", {"mechanism": "PLAIN", "username": "u", "password_file": str(file)}),
        ("token_file", {"mechanism": "OAUTHBEARER", "token_file": str(file)}),
    ):
        assert refusal(with_user(**sasl)) == f"log.kafka.sasl.{setting}: {wrong}: {str(file)!r}"


def test_empty_password_is_refused() -> None:
    """It is a variable that was not filled in."""
    assert refusal(with_user(mechanism="PLAIN", username="u", password="")) == "log.kafka.sasl.password: is empty"


def test_slow_checksums_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install; with the library there is nothing to say."""
    require_crc32c()
    monkeypatch.setattr(kafka_record, "crc32c_c", None)
    with pytest.raises(MissingLibraryError, match=r"pip install 'kafka-python\[crc32c\]'"):
        require_crc32c()
