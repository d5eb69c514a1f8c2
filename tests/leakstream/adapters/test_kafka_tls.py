"""TLS to the brokers: whom a context believes, who it says we are, and what it is not made of."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from leakstream.adapters.kafka_clients import KafkaSettingsError, client_options
from schemas.settings_kafka import KafkaLogSettings
from tests import certificates

FILES = ("AUTHORITY", "BROKER", "BROKER_KEY", "CLIENT", "CLIENT_KEY", "CLIENT_KEY_ENCRYPTED")
ENCRYPTED = {"cert_file": "CLIENT", "key_file": "CLIENT_KEY_ENCRYPTED"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with certificates and keys, and with files that are none."""
    for name in FILES:
        (tmp_path / name).write_text(getattr(certificates, name))
    (tmp_path / "good_password").write_text("opensesame\n")
    (tmp_path / "bad_password").write_text("hunter2canary\n")
    (tmp_path / "text").write_text("hunter2canary")
    (tmp_path / "nothing").write_text("")
    (tmp_path / "bytes").write_bytes(ssl.PEM_cert_to_DER_cert(certificates.CLIENT))
    return tmp_path


def make_context(folder: Path, **tls: Any) -> ssl.SSLContext:
    """Give the context for settings with files of the folder."""
    named = {key: str(folder / value) if isinstance(value, str) else value for key, value in tls.items()}
    settings = {"bootstrap_servers": ["a:1"], "security_protocol": "SSL", "tls_config": named}
    context = client_options(KafkaLogSettings.model_validate(settings))["ssl_context"]
    assert isinstance(context, ssl.SSLContext)
    return context


def meet(client: ssl.SSLContext, folder: Path, *, host: str = "broker.test", ask: bool = False) -> str:
    """Let a client meet the broker in memory; give the name that the broker saw, empty when it did not ask."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "BROKER", folder / "BROKER_KEY")
    if ask:
        server.verify_mode = ssl.CERT_REQUIRED
        server.load_verify_locations(folder / "AUTHORITY")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    theirs = server.wrap_bio(there, back, server_side=True)
    waiting = [client.wrap_bio(back, there, server_hostname=host), theirs]
    while waiting:
        end = waiting.pop(0)
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(end)
    seen: Any = theirs.getpeercert()
    return str(seen["subject"][0][0][1]) if seen else ""


def test_broker_is_believed_by_its_authority_and_its_name(folder: Path) -> None:
    """Another name or another authority is refused."""
    context = make_context(folder, ca_file="AUTHORITY")
    assert meet(context, folder) == ""
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        meet(context, folder, host="other.test")
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        meet(make_context(folder), folder)


def test_any_broker_is_believed_when_told_to(folder: Path) -> None:
    """For tests only."""
    assert meet(make_context(folder, insecure_skip_verify=True), folder, host="other.test") == ""


@pytest.mark.parametrize(
    "files",
    [{"cert_file": "CLIENT", "key_file": "CLIENT_KEY"}, {**ENCRYPTED, "key_password_file": "good_password"}],
)
def test_broker_that_asks_sees_the_client(folder: Path, files: dict[str, str]) -> None:
    """With a key that is encrypted and with one that is not."""
    assert meet(make_context(folder, ca_file="AUTHORITY", **files), folder, ask=True) == "client"


def test_old_tls_is_refused(folder: Path) -> None:
    """What the standard library's defaults are does not matter."""
    assert make_context(folder).minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"ca_file": "none"}, "ca_file: No such file or directory: {none}"),
        ({"ca_file": "."}, "ca_file: Is a directory: {.}"),
        ({"ca_file": "nothing"}, "ca_file: holds no certificate that can be read (PEM is needed): {nothing}"),
        ({"ca_file": "bytes"}, "ca_file: holds no certificate that can be read (PEM is needed): {bytes}"),
        ({"ca_file": "CLIENT_KEY"}, "ca_file: holds no certificate that can be read (PEM is needed): {CLIENT_KEY}"),
        (
            {"cert_file": "text", "key_file": "CLIENT_KEY"},
            "cert_file: holds no certificate that can be read (PEM is needed): {text}",
        ),
        ({"cert_file": "CLIENT", "key_file": "none"}, "key_file: No such file or directory: {none}"),
        (
            {"cert_file": "CLIENT", "key_file": "text"},
            "key_file: holds no key that can be read (PEM is needed): {text}",
        ),
        (
            {"cert_file": "CLIENT", "key_file": "BROKER_KEY"},
            "key_file: is not the key of the certificate {CLIENT}: {BROKER_KEY}",
        ),
        (ENCRYPTED, "key_file: is encrypted; name key_password_file: {CLIENT_KEY_ENCRYPTED}"),
        (
            {**ENCRYPTED, "key_password_file": "bad_password"},
            "key_password_file: does not open the key {CLIENT_KEY_ENCRYPTED}: {bad_password}",
        ),
        ({**ENCRYPTED, "key_password_file": "none"}, "key_password_file: No such file or directory: {none}"),
        ({**ENCRYPTED, "key_password_file": "nothing"}, "key_password_file: is empty: {nothing}"),
    ],
)
def test_each_file_that_cannot_be_used_has_its_sentence(folder: Path, files: dict[str, str], said: str) -> None:
    """It names the setting and the file, and shows nothing of what is in it."""
    with pytest.raises(KafkaSettingsError) as caught:
        make_context(folder, **files)
    for name in (*(file.name for file in folder.iterdir()), "none", "."):
        said = said.replace(f"{{{name}}}", repr(str(folder / name)))
    assert str(caught.value) == f"log.kafka.tls_config.{said}"
