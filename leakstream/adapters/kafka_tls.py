"""TLS to the brokers: settings -> an `ssl.SSLContext`, or the one thing that is wrong with the files they name.

The context is made here, not by the client, because the client makes it when it connects: a certificate that does not
parse would be a retry without end. Refuses keys that need a password nobody named; OpenSSL would ask the terminal.
"""

import ssl
from pathlib import Path

from leakstream.secret_files import UnusableFileError, read_pem, read_secret
from schemas.model import Problem
from schemas.settings_kafka import KafkaTlsSettings

_MISMATCHES = {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"}


class KafkaSettingsError(Exception):
    """A setting of the Kafka log that cannot work. Names the setting and the file, never the secret."""

    def __init__(self, setting: str, what: str, file: str = "") -> None:
        self.problem = Problem(f"log.kafka.{setting}", what, repr(file) if file else "")
        super().__init__(str(self.problem))


def read_setting_secret(setting: str, file: str) -> str:
    """Read the secret in the file that a setting names; raise KafkaSettingsError."""
    try:
        return read_secret(Path(file))
    except UnusableFileError as error:
        raise KafkaSettingsError(setting, str(error), file) from error


def make_tls(settings: KafkaTlsSettings) -> ssl.SSLContext:
    """Give the context for all brokers: TLS 1.2 or newer, certificate and host checked unless told otherwise.

    Raises KafkaSettingsError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if settings.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.ca_file is not None:
        _load_certificates(context, "tls_config.ca_file", settings.ca_file)
    else:
        context.load_default_certs()
    if settings.cert_file is not None and settings.key_file is not None:
        _load_certificates(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "tls_config.cert_file", settings.cert_file)
        _load_client(context, settings, settings.cert_file, settings.key_file)
    return context


def _load_certificates(context: ssl.SSLContext, setting: str, file: str) -> None:
    """Trust the certificates in a file."""
    _look(setting, file)
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError:
        raise KafkaSettingsError(setting, "holds no certificate that can be read (PEM is needed)", file) from None


def _load_client(context: ssl.SSLContext, settings: KafkaTlsSettings, certificate: str, key: str) -> None:
    """Load the certificate of the client, which can be read, and its key; say what is wrong with the key."""
    _look("tls_config.key_file", key)
    password_file = settings.key_password_file or ""
    password = read_setting_secret("tls_config.key_password_file", password_file) if password_file else ""
    asked: list[bool] = []

    def give_password() -> str:
        asked.append(True)
        if not password:
            raise KafkaSettingsError("tls_config.key_file", "is encrypted; name key_password_file", key)
        return password

    try:
        context.load_cert_chain(certificate, key, give_password)
    except ssl.SSLError as error:
        if error.reason in _MISMATCHES:
            what = f"is not the key of the certificate {certificate!r}"
            raise KafkaSettingsError("tls_config.key_file", what, key) from None
        if asked:
            what = f"does not open the key {key!r}"
            raise KafkaSettingsError("tls_config.key_password_file", what, password_file) from None
        raise KafkaSettingsError("tls_config.key_file", "holds no key that can be read (PEM is needed)", key) from None


def _look(setting: str, file: str) -> None:
    """See whether a file can be read at all; OpenSSL would say less."""
    try:
        read_pem(Path(file))
    except UnusableFileError as error:
        raise KafkaSettingsError(setting, str(error), file) from error
