"""`leakstream test`: scenarios that people write, judged by the code that judges services."""

from collections.abc import Sequence
from pathlib import Path

import click

from leakstream.commands.options import output_option, paste
from leakstream.commands.settings_file import read_benign_entries, read_settings
from leakstream.output import json_line
from leakstream.secret_files import UnusableFileError, read_text
from processors.check_scenario import check_scenario, format_clock
from processors.plain_text import plain
from processors.play_scenario import Told, play_scenario
from processors.policy_for import PolicyFor, remember_policies
from processors.read_scenarios import read_scenarios
from schemas.model import Problem
from schemas.scenario import Scenario
from schemas.settings import Settings

_LARGEST_BYTES = 4 * 2**20
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(epilog=paste("leakstream test scenarios.md", "leakstream test --config leakstream.yml scenarios/*.md"))
@click.argument("files", metavar="FILE.md...", nargs=-1, required=True, type=_FILE)
@click.option("--config", "config", type=_FILE, help="settings file, for its section `detection`  [default: defaults]")
@output_option
def main(files: tuple[Path, ...], config: Path | None, output: str) -> int:
    """Play the scenarios in Markdown files and say of each whether what must happen happens.

    A section with a block `expect` is a scenario; docs/testing.md shows how to write one. It is judged by the same code
    and the same settings as a service, with the clock of the data, at the speed of the machine. The exit code is 1 when
    one does not hold or cannot be read.
    """
    settings = Settings() if config is None else read_settings(config)
    policies = remember_policies(settings.detection, read_benign_entries(settings))
    failed = 0
    for file in files:
        scenarios, problems = _read(file)
        for problem in problems:
            click.echo(plain(str(problem)), err=True)
        failed += len(problems) + sum(not _play(scenario, policies, output) for scenario in scenarios)
        if not scenarios and not problems:
            click.echo(f"{file}: no section has a block `expect`", err=True)
            failed += 1
    return 1 if failed else 0


def _read(file: Path) -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
    """Read one file."""
    try:
        return read_scenarios(read_text(file, _LARGEST_BYTES), str(file))
    except UnusableFileError as error:
        return (), (Problem(str(file), str(error)),)


def _play(scenario: Scenario, policies: PolicyFor, output: str) -> bool:
    """Play one scenario and print what came of it; say whether it holds."""
    told = play_scenario(scenario, policies)
    wrong = check_scenario(scenario, told)
    click.echo(json_line(_row(scenario, told, wrong)) if output == "json" else _describe(scenario, wrong))
    return not wrong


def _row(scenario: Scenario, told: Sequence[Told], wrong: Sequence[str]) -> dict[str, object]:
    """Give the outcome as a row."""
    changes = [
        {"stack": one.stack, "at": format_clock(one.seconds), "state": one.state.value, "reason": one.reason}
        for one in told
    ]
    return {"scenario": scenario.place, "ok": not wrong, "problems": list(wrong), "changes": changes}


def _describe(scenario: Scenario, wrong: Sequence[str]) -> str:
    """Give the outcome for people."""
    return "\n".join(
        [
            f"{'FAILED' if wrong else 'ok':<8}{plain(scenario.place)}",
            *(f"        {plain(line, 1000)}" for line in wrong),
        ]
    )
