"""What would be refused in a settings file, found before anything starts: its text, and the files of its secrets.

Refuses to read more than a settings file may hold, and never shows what a secret's file holds.
"""

from collections.abc import Iterator
from pathlib import Path

from schemas.model import Problem
from schemas.settings import Settings
from schemas.settings_load import SettingsError, load_settings
from schemas.settings_yaml import LARGEST_BYTES

_LARGEST_SECRET_BYTES = 64 * 2**10
"""A secret is a line; a certificate chain has some 10 kB."""


def check_config(path: Path) -> tuple[Problem, ...]:
    """Give everything that is wrong with a settings file; empty when it can be used."""
    try:
        settings = load_settings(_read(path, LARGEST_BYTES), str(path))
    except (OSError, ValueError) as error:
        return (Problem(str(path), _say(error)),)
    except SettingsError as error:
        return error.problems
    return tuple(check_secrets(settings, str(path)))


def check_secrets(settings: Settings, source: str) -> Iterator[Problem]:
    """Look whether every file that holds a secret can be read and holds one. `source` names the settings."""
    for place, file in _secret_files(settings):
        try:
            wrong = "" if _read(Path(file), _LARGEST_SECRET_BYTES).strip() else "is empty"
        except (OSError, ValueError) as error:
            wrong = _say(error)
        if wrong:
            yield Problem(f"{source}: {place}", wrong, repr(file))


def _secret_files(settings: Settings) -> Iterator[tuple[str, str]]:
    """Give the place and the path of each file that holds a secret."""
    clickhouse = settings.store.clickhouse
    if clickhouse is not None and clickhouse.password_file is not None:
        yield "store.clickhouse.password_file", clickhouse.password_file
    for index, ticket in enumerate(settings.tickets):
        if ticket.webhook is not None and ticket.webhook.url_file is not None:
            yield f"tickets[{index}].webhook.url_file", ticket.webhook.url_file


def _read(path: Path, largest_bytes: int) -> str:
    """Read a text file; OSError when it cannot be read, ValueError when it is too large or no UTF-8 text."""
    with path.open("rb") as file:
        data = file.read(largest_bytes + 1)
    if len(data) > largest_bytes:
        raise ValueError(f"larger than {largest_bytes} bytes")
    return data.decode()


def _say(error: OSError | ValueError) -> str:
    """Say why a file cannot be used, without what is in it."""
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8 text (byte {error.start})"
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
