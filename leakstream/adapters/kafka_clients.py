"""Settings -> the options that every Kafka client of ours shares, or the one thing that is wrong with them.

Everything is read and tried before a client is made: a client meets a bad file only when it connects, and then retries
without end. Refuses the client's slow checksum: without the C library it moves 6 MB/s.
"""

import re
from typing import Any

from kafka.errors import SaslAuthenticationFailedError
from kafka.net.sasl.oauth import AbstractTokenProvider
from kafka.record import util as kafka_record

from leakstream.adapters.kafka_tls import KafkaSettingsError, make_tls, read_setting_secret
from schemas.settings_kafka import KafkaLogSettings, KafkaTlsSettings, SaslSettings

__all__ = ["KafkaSettingsError", "MissingLibraryError", "client_options", "require_crc32c"]

_RECONNECT_MAX_MS = 1_000
"""The client's 30 s make a broker that was away for 15 s be missed for 80 s."""
_IDLE_MS = 9 * 60 * 1000
"""The client's default; it refuses a request timeout that is not below it."""
_FETCH_WAIT_MS = 500
"""The client's default for the longest wait of a fetch; it refuses a request timeout that is not above it."""
_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What RFC 6750 lets a token be; anything else would end the message that carries it."""


class _Hidden(str):
    """A secret that the client's debug log cannot show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'<secret>'"

    __str__ = __repr__


class _TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # the client has no types
    """Reads the token anew for each connection: somebody else renews it in its file."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self._file = file

    def token(self) -> str:
        """Give the token; called on the client's network thread."""
        try:
            return _read_token(self._file)
        except KafkaSettingsError as error:
            raise SaslAuthenticationFailedError(str(error)) from error


class MissingLibraryError(Exception):
    """Something is not installed that the Kafka log cannot do without; the sentence says how to install it."""


def require_crc32c() -> None:
    """Raise MissingLibraryError when the client would compute its checksums in Python."""
    if kafka_record.crc32c_c is None:
        raise MissingLibraryError("log.kafka needs the C library of checksums: pip install 'kafka-python[crc32c]'")


def client_options(settings: KafkaLogSettings) -> dict[str, Any]:
    """Give the keyword arguments that producer, consumer and admin client have in common.

    Raises KafkaSettingsError when a file is missing or holds nothing that can be used; nothing is connected.
    """
    request_ms = round(settings.request_timeout_seconds * 1000)
    if request_ms <= _FETCH_WAIT_MS:
        raise KafkaSettingsError("request_timeout", f"must be above {_FETCH_WAIT_MS}ms, a fetch may wait so long")
    options: dict[str, Any] = {
        "bootstrap_servers": list(settings.bootstrap_servers),
        "client_id": settings.client_id,
        "security_protocol": settings.security_protocol,
        "reconnect_backoff_max_ms": _RECONNECT_MAX_MS,
        "request_timeout_ms": request_ms,
        "connections_max_idle_ms": max(_IDLE_MS, 2 * request_ms),
    }
    if settings.security_protocol in ("SSL", "SASL_SSL"):
        options["ssl_context"] = make_tls(settings.tls_config or KafkaTlsSettings())
    if settings.sasl is not None:
        options |= _sasl_options(settings.sasl)
    return options


def _sasl_options(sasl: SaslSettings) -> dict[str, Any]:
    """Give who we are; the client reads user and password of PLAIN for SCRAM, too."""
    if sasl.token_file is not None:
        _read_token(sasl.token_file)
        return {"sasl_mechanism": sasl.mechanism, "sasl_oauth_token_provider": _TokenFile(sasl.token_file)}
    return {
        "sasl_mechanism": sasl.mechanism,
        "sasl_plain_username": sasl.username,
        "sasl_plain_password": _Hidden(_read_password(sasl)),
    }


def _read_password(sasl: SaslSettings) -> str:
    """Give the password, from its file where one is named."""
    if sasl.password_file is not None:
        return read_setting_secret("sasl.password_file", sasl.password_file)
    if sasl.password is None or not sasl.password.get_secret_value():
        raise KafkaSettingsError("sasl.password", "is empty")
    return sasl.password.get_secret_value()


def _read_token(file: str) -> str:
    """Give the token in a file."""
    token = read_setting_secret("sasl.token_file", file)
    if not _BEARER.fullmatch(token):
        raise KafkaSettingsError("sasl.token_file", "holds no bearer token (letters, digits and -._~+/= only)", file)
    return token
