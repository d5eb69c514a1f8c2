"""Every settings file and every command line that stands in infra/ is one that this version takes."""

from pathlib import Path

import click
import pytest

from leakstream.cli import main
from tests.infra.reading import INFRA, command_lines, settings_of


def parse(arguments: tuple[str, ...]) -> str:
    """Let the product's own commands read a line, and give the name of the one that would run; raises UsageError."""
    name, *rest = "leakstream", *arguments
    command: click.Command = main
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), rest[0])
        if found is None:
            raise click.UsageError(f"no command {rest[0]}")
        command, (name, *rest) = found, rest
    command.make_context(name, rest)
    return name


@pytest.mark.parametrize("path", sorted(str(path.relative_to(INFRA)) for path in INFRA.rglob("leakstream.yml")))
def test_settings_are_read_by_the_product(path: str) -> None:
    """Each file named leakstream.yml holds settings of a fleet: Kafka and a server."""
    settings = settings_of(path)
    assert (settings.log.kafka is not None, settings.store.clickhouse is not None) == (True, True)


@pytest.mark.parametrize("line", command_lines(), ids=" ".join)
def test_command_line_is_read_by_the_product(line: tuple[str, ...], tmp_path: Path) -> None:
    """The command exists and takes these options; the settings file is put where this machine has one."""
    config = tmp_path / "leakstream.yml"
    config.write_text((INFRA / "leakstream.yml").read_text())
    at = line.index("--config") + 1
    words = (*line[:at], str(config), *line[at + 1 :])
    assert parse(words) == [word for word in line[: at - 1] if not word.startswith("-")][-1]


def test_a_wrong_command_line_is_found(tmp_path: Path) -> None:
    """An option that a command does not have is refused by the same reading."""
    config = tmp_path / "leakstream.yml"
    config.touch()
    with pytest.raises(click.UsageError, match="configuration"):
        parse(("collect", "--configuration", str(config)))


def test_every_role_is_started_somewhere() -> None:
    """Compose and Kubernetes start the three roles, the topics and the schema; systemd starts all in one."""
    assert {line[0] for line in command_lines()} >= {"collect", "process", "notify", "topics", "migrate", "up"}
