"""Options and habits that commands share: output, store, settings, durations, and the line to paste."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from schemas.durations import parse_duration
from schemas.model import parse_fingerprint

F = TypeVar("F", bound=Callable[..., Any])

_YAML_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class UserError(click.ClickException):
    """Something a person can mend, in a sentence; exit code 1."""


class DurationType(click.ParamType[float]):
    """Reads `15s`, `6h`, `1h30m` into seconds."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give seconds; refuse anything that is not a duration above zero."""
        try:
            seconds = value if isinstance(value, float) else parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if seconds <= 0:
            self.fail(f"{value!r} is not longer than nothing", param, ctx)
        return seconds


class FingerprintType(click.ParamType[int]):
    """Reads `g1-` and 16 hex digits."""

    name = "fingerprint"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number behind it."""
        try:
            return parse_fingerprint(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def paste(*lines: str) -> str:
    """Give the end of a help text: lines to paste, which click must not wrap."""
    return "\b\nTry:\n" + "\n".join(f"  {line}" for line in lines)


def output_option(command: F) -> F:
    """Add --output."""
    return click.option(
        "--output",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="text for people, json for programs (one object a line)",
    )(command)


def store_options(command: F) -> F:
    """Add --store and --config: where the store answers."""
    command = click.option(
        "--config", "config", type=_YAML_FILE, help="settings file that says where the store answers"
    )(command)
    return click.option(
        "--store", "store_url", metavar="URL", help="ClickHouse HTTP address  [default: http://127.0.0.1:8123]"
    )(command)


def service_option(command: F) -> F:
    """Add --service."""
    return click.option("--service", default="", help="only this service  [default: all]")(command)


def config_option(command: F) -> F:
    """Add a --config that must be there."""
    return click.option("--config", "config", type=_YAML_FILE, required=True, help="settings file")(command)
