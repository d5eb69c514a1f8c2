"""`leakstream check`: what would be refused, before it runs."""

from collections.abc import Mapping
from pathlib import Path

import click

from collectors.discovery.file_sd import FileSd
from collectors.targets import Job, job_from_settings, make_target, make_targets
from leakstream.adapters.clock import SystemClock
from leakstream.check import check_files
from leakstream.commands.options import output_option, paste
from leakstream.commands.settings_file import SettingsProblems, read_benign_entries, read_settings
from leakstream.output import Column, json_line, table
from processors.plain_text import plain
from schemas.model import Problem
from schemas.settings_benign import find_expired

_YAML_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COLUMNS = (
    Column("SERVICE", "service"),
    Column("INSTANCE", "instance"),
    Column("URL", "url"),
    Column("INTERVAL", "interval_seconds", number=True),
    Column("LABELS", "label_text"),
)


@click.group(epilog=paste("leakstream check config leakstream.yml"))
def main() -> None:
    """Say what would be refused, before it runs."""


@main.command(epilog=paste("leakstream check config leakstream.yml"))
@click.argument("file", type=_YAML_FILE)
@output_option
def config(file: Path, output: str) -> int:
    """Read a settings file as `leakstream up` would, and say every problem in it.

    Each problem is a line on stderr with its place and, for an unknown key, the nearest known one; the exit code is
    then 2. The files of secrets and certificates and the benign list are read, too; nothing is connected. Entries of
    the benign list that have expired are told on stderr and refuse nothing.
    """
    settings = read_settings(file)
    problems = tuple(plain(str(problem)) for problem in check_files(settings, str(file)))
    if problems:
        raise SettingsProblems(problems)
    for expired in find_expired(read_benign_entries(settings), SystemClock().now()):
        click.echo(plain(str(expired)), err=True)
    row = {"file": str(file), "ok": True, "jobs": len(settings.scrape_configs), "sinks": len(settings.tickets)}
    text = f"{file}: ok, {row['jobs']} jobs, {row['sinks']} places for tickets"
    click.echo(json_line(row) if output == "json" else plain(text))
    return 0


@main.command(epilog=paste("leakstream check targets leakstream.yml"))
@click.argument("file", type=_YAML_FILE)
@output_option
def targets(file: Path, output: str) -> int:
    """Show what would be scraped now, from the settings and from the files they name.

    Nothing is scraped. Problems are lines on stderr; the exit code is then 1.
    """
    settings = read_settings(file)
    rows: list[dict[str, object]] = []
    problems: list[Problem] = []
    for scrape_config in settings.scrape_configs:
        job = job_from_settings(scrape_config, settings.global_)
        found, wrong = find_targets(job)
        rows.extend(found)
        problems.extend(wrong)
    for problem in problems:
        click.echo(plain(str(problem)), err=True)
    if output == "json":
        for row in rows:
            click.echo(json_line({key: value for key, value in row.items() if key != "label_text"}))
    elif rows:
        click.echo(table(_COLUMNS, rows))
    else:
        click.echo("no targets", err=True)
    return 1 if problems else 0


def find_targets(job: Job) -> tuple[list[dict[str, object]], list[Problem]]:
    """Give a row for each target of a job, with its labels before and after, and what stands in the way of others."""
    listed, problems = FileSd(job.files).refresh()
    groups = (*job.groups, *listed)
    found, repeated = make_targets(job, groups)
    before: dict[tuple[str, str], Mapping[str, str]] = {}
    for group in groups:
        for address in group.addresses:
            target = make_target(job, address, group.labels)
            discovered = {"__address__": address, "job": job.job_name, **group.labels}
            before.setdefault((target.service, target.instance), discovered)
    rows: list[dict[str, object]] = [
        {
            "service": target.service,
            "instance": target.instance,
            "url": target.url,
            "interval_seconds": target.interval_seconds,
            "discovered": dict(before[target.service, target.instance]),
            "labels": dict(target.labels),
            "label_text": ", ".join(f"{name}={value}" for name, value in sorted(target.labels.items())),
        }
        for target in found
    ]
    return rows, [*problems, *repeated, *_missing(job)]


def _missing(job: Job) -> list[Problem]:
    """Name the patterns of files that nothing matches."""
    patterns = (Path(pattern) for pattern in job.files)
    return [
        Problem(f"job {job.job_name}", "no file matches", str(pattern))
        for pattern in patterns
        if not any(pattern.parent.glob(pattern.name))
    ]
