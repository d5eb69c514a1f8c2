"""What would be refused in a settings file, found before anything starts."""

from pathlib import Path

from schemas.model import Problem
from schemas.settings import Settings
from schemas.settings_load import SettingsError, load_settings


def check_config(path: Path) -> tuple[Problem, ...]:
    """Give everything that is wrong with a settings file; empty when it can be used."""
    try:
        settings = load_settings(path.read_text(), str(path))
    except OSError as error:
        return (Problem(str(path), error.strerror or str(error)),)
    except UnicodeDecodeError as error:
        return (Problem(f"{path}: byte {error.start}", "not UTF-8 text"),)
    except SettingsError as error:
        return error.problems
    return tuple(_check_secrets(settings))


def _check_secrets(settings: Settings) -> list[Problem]:
    """Look whether every file that holds a secret can be read."""
    named = []
    if settings.store.clickhouse and settings.store.clickhouse.password_file:
        named.append(("store.clickhouse.password_file", settings.store.clickhouse.password_file))
    for index, ticket in enumerate(settings.tickets):
        if ticket.webhook and ticket.webhook.url_file:
            named.append((f"tickets[{index}].webhook.url_file", ticket.webhook.url_file))
    problems = []
    for where, file in named:
        try:
            Path(file).read_text()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(where, f"cannot be read ({type(error).__name__})", file))
    return problems
