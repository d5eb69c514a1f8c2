"""Where everything lands: the engine in the process, or a ClickHouse server or cluster."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, model_validator

from schemas.settings_fields import Address, ServerUrl, SettingsModel, split_address

_NAME = "^[A-Za-z_][A-Za-z0-9_]*$"


class EmbeddedStoreSettings(SettingsModel):
    """ClickHouse's engine in the process."""

    path: str = Field(default="data/store", description="Made when missing; one process at a time.")
    listen_address: Address = Field(
        default="127.0.0.1:8123", description="ClickHouse's HTTP port, loopback, read-only."
    )

    def address(self) -> tuple[str, int]:
        """Give host and port."""
        return split_address(self.listen_address)


class ClickhouseSettings(SettingsModel):
    """A ClickHouse server."""

    url: ServerUrl = Field(description="http://host:8123 or https://host:8443.")
    user: str = Field(default="default", description="Needs INSERT and SELECT, and DDL to migrate.")
    password: SecretStr | None = Field(default=None, description="Never printed.")
    password_file: str | None = Field(default=None, description="A file that holds the password.")
    database: str = Field(default="leakstream", pattern=_NAME, description="Made when missing.")
    cluster: str = Field(
        default="",
        pattern=f"{_NAME}|^$",
        description="A name in remote_servers: tables are replicated, and spread over its shards by service.",
    )

    @model_validator(mode="after")
    def _one_password(self) -> "ClickhouseSettings":
        if self.password is not None and self.password_file is not None:
            raise ValueError("password and password_file exclude each other")
        return self

    def read_password(self) -> str:
        """Give the password, from its file where one is named; empty when there is none."""
        if self.password_file is not None:
            return Path(self.password_file).read_text().strip()
        return self.password.get_secret_value() if self.password else ""


class StoreSettings(SettingsModel):
    """Where everything lands: exactly one of these."""

    embedded: EmbeddedStoreSettings | None = Field(default=None, description="The default when neither is named.")
    clickhouse: ClickhouseSettings | None = Field(default=None, description="A server instead.")

    @model_validator(mode="before")
    @classmethod
    def _default(cls, data: Any) -> Any:
        return {"embedded": {}} if data == {} else data

    @model_validator(mode="after")
    def _exactly_one(self) -> "StoreSettings":
        if (self.embedded is None) == (self.clickhouse is None):
            raise ValueError("name exactly one of embedded and clickhouse")
        return self
