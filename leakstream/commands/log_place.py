"""What the commands that open the log share: where it is, and its failures as sentences."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from leakstream.adapters.clock import SystemClock
from leakstream.adapters.kafka_clients import KafkaSettingsError
from leakstream.commands.options import UserError
from leakstream.commands.settings_file import SettingsProblems, read_settings
from leakstream.commands.up import DEFAULT_DATA
from leakstream.wiring import open_log
from processors.plain_text import plain
from schemas.ports import Log, LogUnavailableError
from schemas.settings import Settings
from schemas.settings_load import settings_for_targets

F = TypeVar("F", bound=Callable[..., Any])


def log_options(command: F) -> F:
    """Add --config and --data: where the log is."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    command = click.option("--config", "config", type=file, help="settings file that names the log")(command)
    return data_option(command)


def data_option(command: F) -> F:
    """Add --data alone."""
    return click.option(
        "--data", metavar="DIR", help="the folder of `leakstream up --target`  [default: data, without --config]"
    )(command)


@contextmanager
def opened_log(config: Path | None, data: str | None) -> Iterator[Log]:
    """Open the log, which must be there; what goes wrong ends the command with a sentence and exit code 1."""
    settings = _find_settings(config, data)
    sqlite = settings.log.sqlite
    if sqlite is not None and not Path(sqlite.path).exists():
        raise UserError(f"no log at {sqlite.path}; name it with --config FILE or --data DIR")
    try:
        log = open_log(settings, SystemClock())
        try:
            yield log
        finally:
            log.close()
    except KafkaSettingsError as error:
        raise SettingsProblems((plain(f"{config}: {error}"),)) from error
    except LogUnavailableError as error:
        raise UserError(plain(str(error))) from error


def _find_settings(config: Path | None, data: str | None) -> Settings:
    """Give the settings that name the log: those of a file, else those of `up --target`."""
    if config is None:
        return settings_for_targets((), interval_seconds=60.0, data=data or DEFAULT_DATA)
    if data is not None:
        raise click.UsageError("--data and --config exclude each other: the file says where the log is")
    return read_settings(config)
