"""Where everything lands: the engine in the process, or a ClickHouse server or cluster."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, model_validator

from schemas.settings_door import DoorLimitSettings, DoorUserSettings, is_loopback
from schemas.settings_fields import Address, Seconds, ServerUrl, SettingsModel, split_address

_NAME = "^[A-Za-z_][A-Za-z0-9_]*$"
_DAY = 86_400.0


def _kept(name: str, days: int, why: str) -> Any:
    """Make the field of one table; a day is the least, because growth is judged over windows of a day."""
    return Field(default=days * _DAY, alias=name, ge=_DAY, description=why)


class RetentionSettings(SettingsModel):
    """How long rows are kept, by table; the store deletes what is older. Shortening one deletes at once, for good.

    Kept for ever: stacks, verdicts, benign.
    """

    counts_seconds: Seconds = _kept("counts", 7, "Every count of every instance; the rollups stand for it afterwards.")
    counts_hourly_seconds: Seconds = _kept("counts_hourly", 90, "Totals by the hour: a quarter, to compare releases.")
    counts_daily_seconds: Seconds = _kept("counts_daily", 400, "Totals by the day: a year and a month to compare.")
    label_counts_seconds: Seconds = _kept("label_counts", 7, "As counts, which they explain.")
    scrapes_seconds: Seconds = _kept("scrapes", 90, "What was scraped and why not; as the hours that rest on it.")
    instances_seconds: Seconds = _kept("instances", 400, "Processes and deploys; as long as the days they explain.")
    growth_seconds: Seconds = _kept("growth", 90, "Every evaluation, to see afterwards why a verdict was given.")
    anomalies_seconds: Seconds = _kept("anomalies", 400, "Few rows: whether a leak was seen before, for a year.")
    tickets_seconds: Seconds = _kept("tickets", 400, "As anomalies.")
    evidence_seconds: Seconds = _kept("evidence", 30, "Raw profiles and requests for them; the largest rows.")

    def by_setting(self) -> dict[str, int]:
        """Give the seconds by the key in the file."""
        fields = type(self).model_fields.items()
        return {str(field.alias): round(getattr(self, name)) for name, field in fields}


class EmbeddedStoreSettings(SettingsModel):
    """ClickHouse's engine in the process."""

    path: str = Field(default="data/store", description="Made when missing; one process at a time.")
    listen_address: Address = Field(
        default="127.0.0.1:8123", description="ClickHouse's HTTP port, read-only; beyond loopback it needs `users`."
    )
    users: tuple[DoorUserSettings, ...] = Field(
        default=(), description="Who may ask over HTTP; when empty, everyone on this machine."
    )
    limits: DoorLimitSettings = Field(
        default_factory=DoorLimitSettings, description="What a statement over HTTP may take."
    )
    access_log: bool = Field(
        default=True, description="One line for each statement: who, with what, how long, how much, which error."
    )

    confine: bool = Field(
        default=True,
        description="By Landlock, where the kernel has it: to the folders of the settings and what Python needs.",
    )

    @model_validator(mode="after")
    def _known_users(self) -> "EmbeddedStoreSettings":
        names = [user.name for user in self.users]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"the user {twice!r} stands twice in users")
        if not self.users and not is_loopback(self.address()[0]):
            raise ValueError(
                f"listen_address {self.listen_address} is reached from other machines: name who may ask in `users`, "
                "or listen on 127.0.0.1"
            )
        return self

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
    retention: RetentionSettings = Field(
        default_factory=RetentionSettings, description="How long rows are kept, by table."
    )

    @model_validator(mode="before")
    @classmethod
    def _default(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.keys() & {"embedded", "clickhouse"}:
            return {**data, "embedded": {}}
        return data

    @model_validator(mode="after")
    def _exactly_one(self) -> "StoreSettings":
        if (self.embedded is None) == (self.clickhouse is None):
            raise ValueError("name exactly one of embedded and clickhouse")
        return self
