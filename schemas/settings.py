"""Every setting: unit in its name, default, why that default.

In the file the keys are Prometheus' where Prometheus has one: `scrape_interval: 60s` is read into
`scrape_interval_seconds`. Frozen; unknown keys are refused. Reading a file is settings_load.py's.
"""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator

from schemas.durations import parse_duration, parse_size

_TARGET = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_HIGHEST_PORT = 65_535


def _seconds(value: object) -> object:
    """Read a duration; a bare number has no unit and is refused."""
    if isinstance(value, str):
        return parse_duration(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value != 0:
        raise ValueError(f"{value} has no unit (write {value}s)")
    return value


def _bytes(value: object) -> object:
    """Read a size; a bare number is bytes."""
    return parse_size(value) if isinstance(value, str) else value


Seconds = Annotated[float, BeforeValidator(_seconds)]
Bytes = Annotated[int, BeforeValidator(_bytes)]


class _Model(BaseModel):
    """What all settings share."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)


def split_address(text: str) -> tuple[str, int]:
    """Split host:port; ValueError says why it is none."""
    match = _TARGET.fullmatch(text)
    if match is None:
        raise ValueError(f"not host:port: {text[:100]!r} (no scheme, path, user or space may stand here)")
    if not 0 < int(match["port"]) <= _HIGHEST_PORT:
        raise ValueError(f"not a port: {text[:100]!r}")
    return match["host"].strip("[]"), int(match["port"])


class GlobalSettings(_Model):
    """Defaults of all scrape configs."""

    scrape_interval_seconds: Seconds = Field(
        default=60.0, alias="scrape_interval", gt=0, description="A leak of one a minute shows within half an hour."
    )
    scrape_timeout_seconds: Seconds = Field(
        default=10.0, alias="scrape_timeout", gt=0, description="Prometheus' default; never above the interval."
    )


class StaticConfig(_Model):
    """A list of targets that share labels."""

    targets: tuple[str, ...] = Field(description="host:port each.")
    labels: dict[str, str] = Field(default_factory=dict, description="Labels of these targets.")

    @field_validator("targets")
    @classmethod
    def _targets(cls, targets: tuple[str, ...]) -> tuple[str, ...]:
        for target in targets:
            split_address(target)
        return targets

    @field_validator("labels")
    @classmethod
    def _labels(cls, labels: dict[str, str]) -> dict[str, str]:
        for name in labels:
            if not _LABEL.fullmatch(name):
                raise ValueError(f"not a label name: {name[:100]!r}")
        return labels


class FileSdConfig(_Model):
    """Files with lists of targets, watched for changes."""

    files: tuple[str, ...] = Field(min_length=1, description="Paths or globs that end in .json, .yml or .yaml.")
    refresh_interval_seconds: Seconds = Field(
        default=300.0, alias="refresh_interval", gt=0, description="Prometheus' default; changes are seen earlier."
    )

    @field_validator("files")
    @classmethod
    def _files(cls, files: tuple[str, ...]) -> tuple[str, ...]:
        for file in files:
            if not file.endswith((".json", ".yml", ".yaml")):
                raise ValueError(f"must end in .json, .yml or .yaml: {file[:100]!r}")
        return files


class ScrapeConfig(_Model):
    """One job: where its targets come from and how they are scraped."""

    job_name: str = Field(min_length=1, description="Unique; the service of its targets without a label `service`.")
    scrape_interval_seconds: Seconds | None = Field(
        default=None, alias="scrape_interval", gt=0, description="Else the global one."
    )
    scrape_timeout_seconds: Seconds | None = Field(
        default=None, alias="scrape_timeout", gt=0, description="Else the global one."
    )
    scheme: str = Field(default="http", pattern="^https?$", description="http or https.")
    metrics_path: str = Field(default="/debug/pprof/goroutine", pattern="^/", description="As net/http/pprof has it.")
    params: dict[str, tuple[str, ...]] = Field(
        default={"debug": ("0",)}, description="debug=0: the only form whose cost is flat."
    )
    static_configs: tuple[StaticConfig, ...] = Field(default=(), description="Targets written here.")
    file_sd_configs: tuple[FileSdConfig, ...] = Field(default=(), description="Targets written in files.")
    body_size_limit_bytes: Bytes = Field(
        default=16 * 2**20, alias="body_size_limit", gt=0, description="300,000 goroutines need 0.1 MB."
    )
    inflated_size_limit_bytes: Bytes = Field(
        default=64 * 2**20, alias="inflated_size_limit", gt=0, description="Pyroscope's limit is 4 MiB."
    )


class SqliteLogSettings(_Model):
    """The embedded log."""

    path: str = Field(default="data/log.db", description="Made when missing.")
    partitions: int = Field(default=4, ge=1, le=1024, description="How many processors can share the work.")
    retention_seconds: Seconds = Field(default=86_400.0, alias="retention", gt=0, description="A day to catch up.")
    retention_bytes: Bytes = Field(default=4 * 2**30, gt=0, description="About 200,000 profiles of 20 kB.")


class LogSettings(_Model):
    """Where scraped profiles are kept until they are processed."""

    sqlite: SqliteLogSettings = Field(default_factory=SqliteLogSettings, description="The embedded log.")


class EmbeddedStoreSettings(_Model):
    """ClickHouse's engine in the process."""

    path: str = Field(default="data/store", description="Made when missing; one process at a time.")
    listen_address: str = Field(default="127.0.0.1:8123", description="ClickHouse's HTTP port, loopback, read-only.")

    def address(self) -> tuple[str, int]:
        """Give host and port."""
        return split_address(self.listen_address)

    @field_validator("listen_address")
    @classmethod
    def _address(cls, text: str) -> str:
        split_address(text)
        return text


class ClickhouseSettings(_Model):
    """A ClickHouse server."""

    url: str = Field(pattern="^https?://[^@/ ]+/?$", description="http://host:8123 or https://host:8443.")
    user: str = Field(default="default", description="Needs INSERT and SELECT, and DDL to migrate.")
    password: SecretStr | None = Field(default=None, description="Never printed.")
    password_file: str | None = Field(default=None, description="A file that holds the password.")
    database: str = Field(default="leakstream", pattern="^[A-Za-z_][A-Za-z0-9_]*$", description="Made when missing.")

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


class StoreSettings(_Model):
    """Where everything lands: exactly one of these."""

    embedded: EmbeddedStoreSettings | None = Field(default=None, description="The default.")
    clickhouse: ClickhouseSettings | None = Field(default=None, description="A server instead.")

    @model_validator(mode="before")
    @classmethod
    def _default(cls, data: Any) -> Any:
        return data or {"embedded": {}}

    @model_validator(mode="after")
    def _exactly_one(self) -> "StoreSettings":
        if (self.embedded is None) == (self.clickhouse is None):
            raise ValueError("name exactly one of embedded and clickhouse")
        return self


class FileSinkSettings(_Model):
    """Tickets as Markdown files."""

    path: str = Field(default="tickets", description="A folder, made when missing; one file a leak.")


class WebhookSinkSettings(_Model):
    """Tickets as webhooks in Alertmanager's shape, version 4."""

    url: SecretStr | None = Field(default=None, description="Never printed: the address is often the credential.")
    url_file: str | None = Field(default=None, description="A file that holds the address.")
    timeout_seconds: Seconds = Field(default=10.0, alias="timeout", gt=0, description="For one call.")

    @model_validator(mode="after")
    def _one_url(self) -> "WebhookSinkSettings":
        if (self.url is None) == (self.url_file is None):
            raise ValueError("name exactly one of url and url_file")
        return self

    def read_url(self) -> str:
        """Give the address, from its file where one is named."""
        if self.url_file is not None:
            return Path(self.url_file).read_text().strip()
        return self.url.get_secret_value() if self.url else ""


class TicketSettings(_Model):
    """One place where tickets live."""

    file: FileSinkSettings | None = Field(default=None, description="Markdown files.")
    webhook: WebhookSinkSettings | None = Field(default=None, description="Alertmanager's webhook.")

    @model_validator(mode="after")
    def _exactly_one(self) -> "TicketSettings":
        if (self.file is None) == (self.webhook is None):
            raise ValueError("name exactly one of file and webhook")
        return self


class DetectionSettings(_Model):
    """How patient the judge is, in slots of the service."""

    learning_slots: int = Field(default=60, ge=0, description="Nothing fires before: warm-ups look like leaks.")
    hold_slots: int = Field(default=10, ge=0, description="A candidate must stay one for so long.")
    quiet_slots: int = Field(default=60, ge=1, description="So long without a candidate before it resolves.")
    minimum_growth: float = Field(default=8.0, gt=0, description="Goroutines; less is never called a leak.")


class WebSettings(_Model):
    """The listener for /metrics, /healthz and /readyz."""

    listen_address: str = Field(default="127.0.0.1:9464", description="Loopback: metrics name services.")

    def address(self) -> tuple[str, int]:
        """Give host and port."""
        return split_address(self.listen_address)

    @field_validator("listen_address")
    @classmethod
    def _address(cls, text: str) -> str:
        split_address(text)
        return text


class Settings(_Model):
    """The whole file."""

    global_: GlobalSettings = Field(default_factory=GlobalSettings, alias="global", description="Defaults.")
    scrape_configs: tuple[ScrapeConfig, ...] = Field(default=(), description="What is scraped.")
    log: LogSettings = Field(default_factory=LogSettings, description="Where profiles wait.")
    store: StoreSettings = Field(
        default_factory=lambda: StoreSettings(embedded=EmbeddedStoreSettings()), description="Where everything lands."
    )
    tickets: tuple[TicketSettings, ...] = Field(default=(), description="Where tickets go.")
    detection: DetectionSettings = Field(default_factory=DetectionSettings, description="How patient the judge is.")
    web: WebSettings = Field(default_factory=WebSettings, description="Where health and metrics are.")

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        names = [config.job_name for config in self.scrape_configs]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the job_name {name[:100]!r} stands twice in scrape_configs")
        for config in self.scrape_configs:
            interval = config.scrape_interval_seconds or self.global_.scrape_interval_seconds
            timeout = config.scrape_timeout_seconds or min(self.global_.scrape_timeout_seconds, interval)
            if timeout > interval:
                raise ValueError(f"scrape_timeout is longer than scrape_interval in job {config.job_name[:100]!r}")
        return self
