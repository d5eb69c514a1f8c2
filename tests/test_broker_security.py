"""The secured listeners of the test broker let in who belongs there, and nobody else."""

import socket
import ssl
import struct
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Self

import pytest
from kafka import KafkaProducer
from kafka.net.sasl.oauth import AbstractTokenProvider

from examples.broker import Broker, Security
from tests.kafka_broker import new_topic

pytestmark = pytest.mark.integration
LONGEST_SECONDS = 30
HANDSHAKE, AUTHENTICATE = 17, 36
REFUSED = 58


class Token(AbstractTokenProvider):  # type: ignore[misc] # the client has no types
    """Gives one token."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        """Give it."""
        return self._token


class Door:
    """Speaks SASL to a broker without a client: handshake, then one message and its answer at a time."""

    def __init__(self, address: str, mechanism: str) -> None:
        host, port = address.split(":")
        self._socket = socket.create_connection((host, int(port)), LONGEST_SECONDS)
        self._file = self._socket.makefile("rb")
        self._ask(HANDSHAKE, struct.pack(">h", len(mechanism)) + mechanism.encode())

    def say(self, message: bytes) -> tuple[int, bytes]:
        """Say something; give the broker's error code, and its error or else its answer."""
        answer = self._ask(AUTHENTICATE, struct.pack(">i", len(message)) + message)
        code, length = struct.unpack_from(">hh", answer)
        if code:
            return code, answer[4 : 4 + length]
        return code, answer[4 + max(length, 0) + 4 :]

    def _ask(self, kind: int, body: bytes) -> bytes:
        """Send a request without flexible fields; give its answer without the correlation."""
        request = struct.pack(">hhih", kind, 1 if kind == HANDSHAKE else 0, 1, -1) + body
        self._socket.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", self._file.read(4))
        return self._file.read(size)[4:]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()


def write(address: str, options: Mapping[str, Any]) -> int:
    """Write one record; give its offset."""
    with closing(KafkaProducer(bootstrap_servers=address, acks="all", **options)) as producer:
        return int(producer.send(new_topic("secured"), b"x", partition=0).get(LONGEST_SECONDS).offset)


def passwords(security: Security, protocol: str, mechanism: str) -> dict[str, Any]:
    """Give what a client of a SASL listener needs."""
    known = {
        "security_protocol": protocol,
        "sasl_mechanism": mechanism,
        "sasl_plain_username": security.username,
        "sasl_plain_password": security.password,
    }
    return known | ({"ssl_cafile": str(security.ca_file)} if protocol == "SASL_SSL" else {})


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_user_with_the_password_writes(
    secured_broker: Broker, security: Security, protocol: str, mechanism: str
) -> None:
    """By each mechanism, with and without TLS."""
    assert write(secured_broker.address(protocol), passwords(security, protocol, mechanism)) == 0


def test_bearer_of_a_token_writes(secured_broker: Broker, security: Security) -> None:
    """The token names the user and has not run out."""
    options = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "OAUTHBEARER"}
    options["sasl_oauth_token_provider"] = Token(security.token())
    assert write(secured_broker.address("SASL_PLAINTEXT"), options) == 0


def test_token_that_ran_out_is_refused(secured_broker: Broker, security: Security) -> None:
    """An hour after its end; the answer of the mechanism names no reason, so the broker accepts no such token."""
    token = security.token(lasts_seconds=-3600)
    with Door(secured_broker.address("SASL_PLAINTEXT"), "OAUTHBEARER") as door:
        assert door.say(f"n,,\1auth=Bearer {token}\1\1".encode()) == (0, b'{"status":"invalid_token"}')


def test_user_with_another_password_is_refused(secured_broker: Broker, security: Security) -> None:
    """The broker says so."""
    with Door(secured_broker.address("SASL_PLAINTEXT"), "PLAIN") as door:
        told = b"Authentication failed: Invalid username or password"
        assert door.say(f"\0{security.username}\0wrong".encode()) == (REFUSED, told)


@pytest.mark.parametrize(("mechanism", "proof_bytes"), [("SCRAM-SHA-256", 32), ("SCRAM-SHA-512", 64)])
def test_user_without_proof_is_refused(
    secured_broker: Broker, security: Security, mechanism: str, proof_bytes: int
) -> None:
    """The broker knows the user and asks for the proof of the password."""
    with Door(secured_broker.address("SASL_PLAINTEXT"), mechanism) as door:
        _, challenge = door.say(f"n,,n={security.username},r=nonce".encode())
        nonce = challenge.split(b",")[0]
        code, told = door.say(b"c=biws," + nonce + b",p=" + b64encode(bytes(proof_bytes)))
        assert (code, b"invalid credentials with SASL mechanism" in told) == (REFUSED, True)


def test_client_that_knows_the_authority_writes(secured_broker: Broker, security: Security) -> None:
    """With the hostname checked."""
    options = {"security_protocol": "SSL", "ssl_cafile": str(security.ca_file)}
    assert write(secured_broker.address("SSL"), options) == 0


def test_client_with_its_certificate_writes_where_one_is_wanted(secured_broker: Broker, security: Security) -> None:
    """The certificate is of our authority."""
    options = {
        "security_protocol": "SSL",
        "ssl_cafile": str(security.ca_file),
        "ssl_certfile": str(security.cert_file),
        "ssl_keyfile": str(security.key_file),
    }
    assert write(secured_broker.address("MUTUAL"), options) == 0


@pytest.mark.parametrize(
    ("listener", "authority", "reason"),
    [
        ("MUTUAL", "ca_file", "bad certificate"),
        ("MISNAMED", "ca_file", "certificate is not valid for '127.0.0.1'"),
        ("SSL", "stranger_ca_file", "unable to get local issuer certificate"),
    ],
)
def test_stranger_gets_no_connection(
    secured_broker: Broker, security: Security, listener: str, authority: str, reason: str
) -> None:
    """Without a certificate, to a broker of another name, to a broker of another authority."""
    context = ssl.create_default_context(cafile=getattr(security, authority))
    host, port = secured_broker.address(listener).split(":")
    with (
        pytest.raises(ssl.SSLError, match=reason),
        socket.create_connection((host, int(port)), LONGEST_SECONDS) as raw,
        context.wrap_socket(raw, server_hostname=host) as tls,
    ):
        tls.recv(1)
