"""A settings file -> settings, or every problem in it on one line each and exit code 2."""

from pathlib import Path
from typing import IO, Any

import click

from leakstream.benign_file import read_benign_file
from processors.make_rules import check_rules
from processors.plain_text import plain
from schemas.say import BenignEntry
from schemas.settings import Settings
from schemas.settings_load import SettingsError, load_settings

MAXIMUM_BYTES = 4 * 1024 * 1024
"""Ten thousand static targets have some 500 kB."""


class SettingsProblems(click.ClickException):
    """What is wrong with the settings; exit code 2."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print one problem a line, on stderr unless told otherwise."""
        click.echo(self.message, file=file, err=file is None)


def read_settings(path: Path) -> Settings:
    """Read one settings file; raises SettingsProblems."""
    try:
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise SettingsProblems((f"{path}: {error.strerror or error}",)) from error
    if len(data) > MAXIMUM_BYTES:
        raise SettingsProblems((f"{path}: larger than {MAXIMUM_BYTES} bytes",))
    try:
        settings = load_settings(data.decode(), str(path))
    except UnicodeDecodeError as error:
        raise SettingsProblems((f"{path}: byte {error.start}: not UTF-8 text",)) from error
    except SettingsError as error:
        raise settings_problems(error) from error
    problems = check_rules(settings.rewrite_rules)
    if problems:
        raise SettingsProblems(tuple(plain(f"{path}: {problem}") for problem in problems))
    return settings


def read_benign_entries(settings: Settings) -> tuple[BenignEntry, ...]:
    """Read the benign file that the settings name; raises SettingsProblems."""
    try:
        return read_benign_file(settings.detection)
    except SettingsError as error:
        raise settings_problems(error) from error


def settings_problems(error: SettingsError) -> SettingsProblems:
    """Put the problems of settings into lines."""
    return SettingsProblems(tuple(plain(str(problem)) for problem in error.problems))
