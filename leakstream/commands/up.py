"""`leakstream up`: everything in one process on the embedded engines, or as the settings say."""

from dataclasses import dataclass
from pathlib import Path

import click

from leakstream.commands.options import DurationType, paste
from leakstream.commands.settings_file import read_settings, settings_problems
from leakstream.up import run_up
from schemas.settings import Settings
from schemas.settings_load import SettingsError, settings_for_targets

DEFAULT_DATA = "data"
DEFAULT_INTERVAL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are when no file says it; None is the default."""

    data: str | None = None
    listen: str | None = None
    web: str | None = None


@click.command(epilog=paste("leakstream up --target checkout=localhost:6060 --interval 15s"))
@click.option("--config", "config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="settings file")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="[SERVICE=]HOST:PORT",
    help="scrape this too; may be given several times; needs no settings file",
)
@click.option("--data", metavar="DIR", help="where --target keeps log, store and tickets  [default: data]")
@click.option("--interval", "interval_seconds", type=DurationType(), help="how often to scrape  [default: 60s]")
@click.option("--listen", metavar="HOST:PORT", help="where --target has the store answer  [default: 127.0.0.1:8123]")
@click.option("--web", metavar="HOST:PORT", help="where --target has health and metrics  [default: 127.0.0.1:9464]")
def main(  # noqa: PLR0913 one for each option
    *,
    config: Path | None,
    targets: tuple[str, ...],
    data: str | None,
    interval_seconds: float | None,
    listen: str | None,
    web: str | None,
) -> int:
    """Find leaks: collect, process and notify in one process, nothing else needed.

    With --target it needs no settings file: profiles, counts and tickets go under --data, and the store answers
    ClickHouse clients on 127.0.0.1:8123. Ctrl-C or SIGTERM ends it in order; a second one at once.
    """
    return run_up(make_settings(config, targets, Places(data, listen, web), interval_seconds))


def make_settings(
    config: Path | None, targets: tuple[str, ...], places: Places, interval_seconds: float | None
) -> Settings:
    """Put file and options together; targets of both are scraped. Refuses options that would mean nothing."""
    if not targets:
        if config is None:
            raise click.UsageError("name what to scrape: --target HOST:PORT, or --config FILE")
        if places != Places() or interval_seconds is not None:
            raise click.UsageError(
                "--data, --interval, --listen and --web belong to --target; with --config they stand in the file"
            )
        return read_settings(config)
    if config is not None and places != Places():
        raise click.UsageError("--data, --listen and --web go without --config: the file says where things are")
    interval = interval_seconds or DEFAULT_INTERVAL_SECONDS
    try:
        added = settings_for_targets(
            targets,
            interval_seconds=interval,
            data=places.data or DEFAULT_DATA,
            listen=places.listen,
            web=places.web,
        )
        return added if config is None else _join(read_settings(config), added)
    except SettingsError as error:
        raise settings_problems(error) from None


def _join(settings: Settings, added: Settings) -> Settings:
    """Add the targets of the command line to those of the file, with their own interval."""
    own = {
        "scrape_interval_seconds": added.global_.scrape_interval_seconds,
        "scrape_timeout_seconds": added.global_.scrape_timeout_seconds,
    }
    more = tuple(config.model_copy(update=own) for config in added.scrape_configs)
    taken = {config.job_name for config in settings.scrape_configs} & {config.job_name for config in more}
    if taken:
        raise click.UsageError(f"the service {min(taken)} stands in the settings file too; name the target otherwise")
    return settings.model_copy(update={"scrape_configs": (*settings.scrape_configs, *more)})
