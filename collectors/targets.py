"""settings and discovered groups -> targets with their labels. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from collectors.discovery.static import TargetGroup
from collectors.strip_labels import LabelRule
from schemas.model import Problem, Target
from schemas.settings import GlobalSettings, ScrapeConfig


@dataclass(frozen=True, slots=True)
class Job:
    """One scrape config with the global defaults filled in. Limits in bytes, before and after inflating.

    `labels` says which pprof labels may leave the collector.
    `refresh_interval_seconds` is how often `files` are read even when they look unchanged.
    """

    job_name: str
    interval_seconds: float
    timeout_seconds: float
    scheme: str = "http"
    metrics_path: str = "/debug/pprof/goroutine"
    params: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"debug": ("0",)})
    groups: tuple[TargetGroup, ...] = ()
    files: tuple[str, ...] = ()
    refresh_interval_seconds: float = 300.0
    body_limit_bytes: int = 16 * 2**20
    inflated_limit_bytes: int = 64 * 2**20
    labels: LabelRule = field(default_factory=LabelRule)


def job_from_settings(config: ScrapeConfig, defaults: GlobalSettings, labels: LabelRule | None = None) -> Job:
    """Fill the global defaults into a scrape config."""
    interval = config.scrape_interval_seconds or defaults.scrape_interval_seconds
    refreshes = [source.refresh_interval_seconds for source in config.file_sd_configs]
    return Job(
        job_name=config.job_name,
        interval_seconds=interval,
        timeout_seconds=config.scrape_timeout_seconds or min(defaults.scrape_timeout_seconds, interval),
        scheme=config.scheme,
        metrics_path=config.metrics_path,
        params=config.params,
        groups=tuple(TargetGroup(static.targets, static.labels) for static in config.static_configs),
        files=tuple(file for source in config.file_sd_configs for file in source.files),
        refresh_interval_seconds=min(refreshes, default=300.0),
        body_limit_bytes=config.body_size_limit_bytes,
        inflated_limit_bytes=config.inflated_size_limit_bytes,
        labels=labels or LabelRule(),
    )


def make_targets(job: Job, groups: Iterable[TargetGroup]) -> tuple[tuple[Target, ...], tuple[Problem, ...]]:
    """Give the targets of a job; one that repeats (service, instance) is left out with a problem.

    So is one whose labels are no text: lone surrogates come in through escapes and could not be written to the log.
    """
    targets: dict[tuple[str, str], Target] = {}
    problems = []
    for group in groups:
        for address in group.addresses:
            target = make_target(job, address, group.labels)
            key = (target.service, target.instance)
            if not _is_text(target.labels):
                problems.append(Problem(f"job {job.job_name}", "a label is not valid Unicode", ascii(address)))
                continue
            if key in targets:
                problems.append(Problem(f"job {job.job_name}", "two targets are the same instance", "/".join(key)))
            targets.setdefault(key, target)
    return tuple(targets.values()), tuple(problems)


def make_target(job: Job, address: str, labels: Mapping[str, str]) -> Target:
    """Give one target; its service is the label `service`, else the job, its instance that label, else the address."""
    visible = {name: value for name, value in labels.items() if not name.startswith("__")}
    visible = {"job": job.job_name, **visible}
    visible["service"] = visible.get("service") or job.job_name
    visible["instance"] = visible.get("instance") or address
    query = urlencode([(name, value) for name, values in job.params.items() for value in values])
    return Target(
        service=visible["service"],
        instance=visible["instance"],
        url=f"{job.scheme}://{address}{job.metrics_path}" + (f"?{query}" if query else ""),
        labels=visible,
        interval_seconds=job.interval_seconds,
        timeout_seconds=job.timeout_seconds,
    )


def _is_text(labels: Mapping[str, str]) -> bool:
    """Tell whether names and values can be written as UTF-8."""
    try:
        "".join((*labels, *labels.values())).encode()
    except UnicodeEncodeError:
        return False
    return True
