"""Every setting: unit in its name, default, why that default.

In the file the keys are Prometheus' where Prometheus has one: `scrape_interval: 60s` is read into
`scrape_interval_seconds`. Frozen; unknown keys are refused. Scraping is settings_scrape.py's, reading a file is
settings_load.py's.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from schemas.durations import format_duration, format_size
from schemas.settings_dead_letters import DeadLetterSettings
from schemas.settings_detection import DetectionSettings, Place, find_rule_conflicts
from schemas.settings_evidence import EvidenceSettings
from schemas.settings_fields import Address, Bytes, Seconds, SecretUrl, SettingsModel, split_address
from schemas.settings_kafka import KafkaLogSettings
from schemas.settings_limits import LimitSettings
from schemas.settings_profile_labels import ProfileLabelSettings
from schemas.settings_rewrite import RewriteRuleSettings
from schemas.settings_scrape import FileSdConfig, GlobalSettings, ScrapeConfig, StaticConfig
from schemas.settings_store import EmbeddedStoreSettings, StoreSettings
from schemas.settings_ticket_rules import TicketRuleSettings

__all__ = [
    "DetectionSettings",
    "FileSdConfig",
    "GlobalSettings",
    "Place",
    "ScrapeConfig",
    "Settings",
    "StaticConfig",
    "split_address",
]


class SettingsConflictError(ValueError):
    """Settings that are each fine and not together; a place and a sentence for each conflict."""

    def __init__(self, conflicts: tuple[tuple[Place, str], ...]) -> None:
        """Keep the conflicts in the order of the file."""
        super().__init__("; ".join(sentence for _, sentence in conflicts))
        self.conflicts = conflicts


class SqliteLogSettings(SettingsModel):
    """The embedded log."""

    path: str = Field(default="data/log.db", description="Made when missing.")
    partitions: int = Field(
        default=4,
        strict=True,
        ge=1,
        le=1024,
        description="How many processors can share the work.",
    )
    retention_seconds: Seconds = Field(default=86_400.0, alias="retention", gt=0, description="A day to catch up.")
    retention_bytes: Bytes = Field(default=4 * 2**30, gt=0, description="About 200,000 profiles of 20 kB.")


class LogSettings(SettingsModel):
    """Where scraped profiles are kept until they are processed: exactly one of these."""

    sqlite: SqliteLogSettings | None = Field(default=None, description="The default when neither is named.")
    kafka: KafkaLogSettings | None = Field(default=None, description="Apache Kafka instead.")

    @model_validator(mode="before")
    @classmethod
    def _default(cls, data: Any) -> Any:
        return {"sqlite": {}} if data == {} else data

    @model_validator(mode="after")
    def _exactly_one(self) -> "LogSettings":
        if (self.sqlite is None) == (self.kafka is None):
            raise ValueError("name exactly one of sqlite and kafka")
        return self


class FileSinkSettings(SettingsModel):
    """Tickets as Markdown files."""

    path: str = Field(default="tickets", description="A folder, made when missing; one file a leak.")


class WebhookSinkSettings(SettingsModel):
    """Tickets as webhooks in Alertmanager's shape, version 4."""

    url: SecretUrl | None = Field(default=None, description="Never printed: the address is often the credential.")
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


class TicketSettings(SettingsModel):
    """One place where tickets live."""

    file: FileSinkSettings | None = Field(default=None, description="Markdown files.")
    webhook: WebhookSinkSettings | None = Field(default=None, description="Alertmanager's webhook.")

    @model_validator(mode="after")
    def _exactly_one(self) -> "TicketSettings":
        if (self.file is None) == (self.webhook is None):
            raise ValueError("name exactly one of file and webhook")
        return self


class WebSettings(SettingsModel):
    """The listener for /metrics, /healthz and /readyz."""

    listen_address: Address = Field(
        default="127.0.0.1:9464", description="Loopback: metrics name services; OpenTelemetry's usual port."
    )

    def address(self) -> tuple[str, int]:
        """Give host and port."""
        return split_address(self.listen_address)


class Settings(SettingsModel):
    """The whole file."""

    global_: GlobalSettings = Field(default_factory=GlobalSettings, alias="global", description="Defaults.")
    scrape_configs: tuple[ScrapeConfig, ...] = Field(default=(), description="What is scraped.")
    profile_labels: ProfileLabelSettings = Field(
        default_factory=ProfileLabelSettings, description="Which pprof labels leave the collector."
    )
    log: LogSettings = Field(
        default_factory=lambda: LogSettings(sqlite=SqliteLogSettings()), description="Where profiles wait."
    )
    store: StoreSettings = Field(
        default_factory=lambda: StoreSettings(embedded=EmbeddedStoreSettings()), description="Where everything lands."
    )
    tickets: tuple[TicketSettings, ...] = Field(default=(), description="Where tickets go.")
    ticket_rules: TicketRuleSettings = Field(
        default_factory=TicketRuleSettings, description="What holds for every ticket."
    )
    detection: DetectionSettings = Field(default_factory=DetectionSettings, description="How growth is judged.")
    evidence: EvidenceSettings = Field(
        default_factory=EvidenceSettings, description="What is taken from suspects, and never more."
    )
    dead_letters: DeadLetterSettings = Field(
        default_factory=DeadLetterSettings, description="What is refused, and when that is too much."
    )
    rewrite_rules: tuple[RewriteRuleSettings, ...] = Field(
        default=(), max_length=100, description="Names of functions that are one to you."
    )
    limits: LimitSettings = Field(
        default_factory=LimitSettings, description="How much of a profile is read, and what reading remembers."
    )
    web: WebSettings = Field(default_factory=WebSettings, description="Where health and metrics are.")

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        conflicts = (
            *_repeated_jobs(self),
            *_long_timeouts(self),
            *_refused_bodies(self),
            *find_rule_conflicts(self.detection),
        )
        if conflicts:
            raise SettingsConflictError(conflicts)
        return self


def _repeated_jobs(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Find jobs of the same name: their targets would be one service with two schedules."""
    seen: set[str] = set()
    for index, config in enumerate(settings.scrape_configs):
        if config.job_name in seen:
            yield ("scrape_configs", index, "job_name"), f"the job_name {config.job_name[:100]!r} stands twice"
        seen.add(config.job_name)


def _long_timeouts(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Find timeouts that somebody wrote and that are longer than their interval; defaults are cut to it.

    Prometheus' rule: a scrape must be over before the next begins.
    """
    defaults = settings.global_
    written = "scrape_timeout_seconds" in defaults.model_fields_set
    if written and defaults.scrape_timeout_seconds > defaults.scrape_interval_seconds:
        sentence = _too_long(defaults.scrape_timeout_seconds, defaults.scrape_interval_seconds)
        yield ("global", "scrape_timeout"), sentence
    for index, config in enumerate(settings.scrape_configs):
        interval = config.scrape_interval_seconds or defaults.scrape_interval_seconds
        if config.scrape_timeout_seconds is not None and config.scrape_timeout_seconds > interval:
            yield ("scrape_configs", index, "scrape_timeout"), _too_long(config.scrape_timeout_seconds, interval)


def _refused_bodies(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Find profiles that the collector would take and the processor refuse."""
    record_bytes = settings.dead_letters.record_size_limit_bytes
    for index, config in enumerate(settings.scrape_configs):
        if config.body_size_limit_bytes >= record_bytes:
            body, record = format_size(config.body_size_limit_bytes), format_size(record_bytes)
            sentence = f"body_size_limit {body} is not below dead_letters.record_size_limit {record}"
            yield ("scrape_configs", index, "body_size_limit"), sentence


def _too_long(timeout_seconds: float, interval_seconds: float) -> str:
    """Say that a timeout is longer than its interval."""
    timeout, interval = format_duration(timeout_seconds), format_duration(interval_seconds)
    return f"scrape_timeout {timeout} is longer than scrape_interval {interval}"
