"""`leakstream test` through the real command."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from leakstream.cli import main

SCENARIO = """## {name}
```scenario
service: pay
```
```series
main.leak: 5x120 5+2x100
```
```expect
main.leak: {expected}
```
"""


def ask(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["test", *arguments])


def test_each_scenario_is_ok_or_says_what_happened_instead(tmp_path: Path) -> None:
    """One that fails makes the exit code 1."""
    file = tmp_path / "mine.md"
    file.write_text(
        SCENARIO.format(name="First", expected="fires") + SCENARIO.format(name="Second", expected="stays silent")
    )
    result = ask(str(file))
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[:2]) == (1, [f"ok      {file}: First", f"FAILED  {file}: Second"])
    assert lines[2].startswith("        expected 'main.leak: stays silent', but it is suspected at 02:")


def test_settings_decide(tmp_path: Path) -> None:
    """A service that is off is silent; every change of state is in the json."""
    file, config = tmp_path / "mine.md", tmp_path / "leakstream.yml"
    file.write_text(SCENARIO.format(name="First", expected="fires"))
    config.write_text("detection: {services: [{service: pa*, enabled: false}]}")
    off, on = ask("--config", str(config), "--output", "json", str(file)), ask("--output", "json", str(file))
    assert (off.exit_code, json.loads(off.stdout)["problems"]) == (1, ["expected 'main.leak: fires', but it is silent"])
    assert (on.exit_code, [change["state"] for change in json.loads(on.stdout)["changes"]]) == (
        0,
        ["pending", "firing"],
    )


def test_file_without_scenarios_fails(tmp_path: Path) -> None:
    """So does one that cannot be read: a test that tests nothing must not be green."""
    prose, broken = tmp_path / "prose.md", tmp_path / "broken.md"
    prose.write_text("# Nothing\n")
    broken.write_text(SCENARIO.format(name="First", expected="explodes"))
    results = [ask(str(prose)), ask(str(broken))]
    assert [result.exit_code for result in results] == [1, 1]
    assert results[0].stderr == f"{prose}: no section has a block `expect`\n"
    assert results[1].stderr.startswith(f"{broken}: First: not an expectation: 'main.leak: explodes'")
