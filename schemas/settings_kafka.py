"""The settings of the Kafka log, in Kafka's words where Kafka has one.

Durations and sizes are written as everywhere in the file; secrets also come from files and are never printed. Refuses
combinations that a broker or the client would refuse later, when something has already started.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from schemas.settings_fields import Address, Bytes, Seconds, SettingsModel

MEBIBYTE = 2**20


class SpoolSettings(SettingsModel):
    """Where a collector keeps profiles while no broker takes them."""

    path: str = Field(default="data/spool", description="A folder, made when missing; one collector at a time.")
    size_bytes: Bytes = Field(default=1024 * MEBIBYTE, alias="size", gt=0, description="About 50,000 typical profiles.")
    age_seconds: Seconds = Field(
        default=6 * 3600.0, alias="age", gt=0, description="Older profiles tell nothing that still helps."
    )


class TopicSettings(SettingsModel):
    """How `leakstream topics apply` makes the topics."""

    partitions: int = Field(
        default=12, strict=True, ge=1, le=10_000, description="How many processors can share the work."
    )
    replication_factor: int = Field(default=3, strict=True, ge=1, le=32_767, description="One broker may be lost.")
    min_insync_replicas: int = Field(
        default=2, strict=True, ge=1, le=32_767, description="An acknowledged record is on so many brokers."
    )
    retention_seconds: Seconds = Field(default=86_400.0, alias="retention", gt=0, description="A day to catch up.")
    dead_retention_seconds: Seconds = Field(
        default=7 * 86_400.0, alias="dead_retention", gt=0, description="A week to look at what could not be read."
    )
    anomaly_retention_seconds: Seconds = Field(
        default=30 * 86_400.0, alias="anomaly_retention", gt=0, description="A month to replay tickets."
    )
    max_message_bytes: Bytes = Field(
        default=20 * MEBIBYTE,
        alias="max_message_size",
        ge=MEBIBYTE,
        le=1024 * MEBIBYTE,
        description="Above body_size_limit, or large profiles are refused.",
    )

    @model_validator(mode="after")
    def _enough_replicas(self) -> "TopicSettings":
        if self.min_insync_replicas > self.replication_factor:
            raise ValueError("min_insync_replicas is larger than replication_factor: nothing could be written")
        return self


class SaslSettings(SettingsModel):
    """Who we are to the broker."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(description="As the broker's.")
    username: str = Field(default="", description="Not for OAUTHBEARER.")
    password: SecretStr | None = Field(default=None, description="Never printed.")
    password_file: str | None = Field(default=None, description="A file that holds the password.")
    token_file: str | None = Field(
        default=None, description="OAUTHBEARER: a file that holds the token, read anew for each connection."
    )

    @model_validator(mode="after")
    def _whole(self) -> "SaslSettings":
        if self.mechanism == "OAUTHBEARER":
            if self.token_file is None:
                raise ValueError("OAUTHBEARER needs token_file")
            if self.username or self.password is not None or self.password_file is not None:
                raise ValueError("OAUTHBEARER takes token_file alone, no username and no password")
            return self
        if self.token_file is not None:
            raise ValueError(f"token_file belongs to OAUTHBEARER, not to {self.mechanism}")
        if not self.username:
            raise ValueError(f"{self.mechanism} needs username")
        if (self.password is None) == (self.password_file is None):
            raise ValueError("name exactly one of password and password_file")
        return self

    def read_password(self) -> str:
        """Give the password, from its file where one is named."""
        if self.password_file is not None:
            return Path(self.password_file).read_text().strip()
        return self.password.get_secret_value() if self.password else ""


class KafkaTlsSettings(SettingsModel):
    """TLS to the brokers, in Prometheus' words."""

    ca_file: str | None = Field(default=None, description="Else the system's authorities.")
    cert_file: str | None = Field(default=None, description="The client certificate, where the broker asks for one.")
    key_file: str | None = Field(default=None, description="Its private key.")
    key_password_file: str | None = Field(default=None, description="A file that holds the password of the key.")
    insecure_skip_verify: bool = Field(
        default=False, strict=True, description="Believes any certificate for any host: for tests only."
    )

    @model_validator(mode="after")
    def _pair(self) -> "KafkaTlsSettings":
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together")
        if self.key_password_file is not None and self.key_file is None:
            raise ValueError("key_password_file needs key_file")
        return self


class KafkaLogSettings(SettingsModel):
    """Apache Kafka."""

    bootstrap_servers: tuple[Address, ...] = Field(min_length=1, description="host:port each; two or three will do.")
    client_id: str = Field(default="leakstream", min_length=1, description="Shown in the broker's logs and quotas.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="As the broker's listener."
    )
    sasl: SaslSettings | None = Field(default=None, description="For SASL_PLAINTEXT and SASL_SSL.")
    tls_config: KafkaTlsSettings | None = Field(default=None, description="For SSL and SASL_SSL.")
    compression: Literal["zstd", "lz4", "gzip", "none"] = Field(
        default="zstd", description="Profiles are gzip already; labels and failures are not."
    )
    member: str = Field(
        default="",
        description="A name of this process that outlives restarts (static membership): no rebalance for a restart.",
    )
    session_timeout_seconds: Seconds = Field(
        default=30.0, alias="session_timeout", gt=0, description="A silent processor loses its partitions after it."
    )
    request_timeout_seconds: Seconds = Field(
        default=30.0, alias="request_timeout", gt=0, description="An append that takes longer goes to the spool."
    )
    buffer_bytes: Bytes = Field(
        default=64 * MEBIBYTE, alias="buffer", ge=MEBIBYTE, description="What waits in memory for acknowledgement."
    )
    topics: TopicSettings = Field(default_factory=TopicSettings, description="What `topics apply` makes.")
    spool: SpoolSettings = Field(default_factory=SpoolSettings, description="For the time without a broker.")

    @model_validator(mode="after")
    def _fitting(self) -> "KafkaLogSettings":
        uses_sasl = self.security_protocol.startswith("SASL")
        uses_tls = self.security_protocol.endswith("SSL")
        if uses_sasl != (self.sasl is not None):
            wanted = "needs a section sasl" if uses_sasl else "takes no section sasl"
            raise ValueError(f"security_protocol {self.security_protocol} {wanted}")
        if not uses_tls and self.tls_config is not None:
            raise ValueError(f"security_protocol {self.security_protocol} takes no section tls_config")
        return self
