"""The settings of scraping, in Prometheus' words: `global` and `scrape_configs`.

`scrape_interval: 60s` in the file is `scrape_interval_seconds` here. Refuses targets that are not host:port, names of
labels that old servers refuse, and empty jobs.
"""

from typing import Literal

from pydantic import Field

from schemas.settings_fields import Address, Bytes, JobName, LabelName, ListedFiles, Seconds, SettingsModel, UrlPath


class GlobalSettings(SettingsModel):
    """Defaults of all scrape configs."""

    scrape_interval_seconds: Seconds = Field(
        default=60.0, alias="scrape_interval", gt=0, description="A leak of one a minute shows within half an hour."
    )
    scrape_timeout_seconds: Seconds = Field(
        default=10.0, alias="scrape_timeout", gt=0, description="Prometheus' default; never above the interval."
    )
    stop_timeout_seconds: Seconds = Field(
        default=25.0, alias="stop_timeout", gt=0, description="To drain after SIGTERM; Kubernetes kills after 30 s."
    )


class StaticConfig(SettingsModel):
    """A list of targets that share labels."""

    targets: tuple[Address, ...] = Field(description="host:port each.")
    labels: dict[LabelName, str] = Field(default_factory=dict, description="Labels of these targets.")


class FileSdConfig(SettingsModel):
    """Files with lists of targets, watched for changes."""

    files: ListedFiles = Field(description="Paths or globs that end in .json, .yml or .yaml.")
    refresh_interval_seconds: Seconds = Field(
        default=300.0, alias="refresh_interval", gt=0, description="Prometheus' default; changes are seen earlier."
    )


class ScrapeConfig(SettingsModel):
    """One job: where its targets come from and how they are scraped."""

    job_name: JobName = Field(description="Unique; the service of its targets without a label `service`.")
    scrape_interval_seconds: Seconds | None = Field(
        default=None, alias="scrape_interval", gt=0, description="Else the global one."
    )
    scrape_timeout_seconds: Seconds | None = Field(
        default=None, alias="scrape_timeout", gt=0, description="Else the global one, cut to the interval."
    )
    scheme: Literal["http", "https"] = Field(default="http", description="http or https; http as in Prometheus.")
    metrics_path: UrlPath = Field(default="/debug/pprof/goroutine", description="As net/http/pprof has it.")
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
