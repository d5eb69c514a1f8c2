"""The product's own scenarios hold, and so do those of the manual."""

from pathlib import Path

import pytest

from processors.check_scenario import check_scenario
from processors.play_scenario import play_scenario
from processors.policy_for import remember_policies
from processors.read_scenarios import read_scenarios
from schemas.scenario import Scenario
from schemas.settings_detection import DetectionSettings

ROOT = Path(__file__).parents[1]
FILES = (*sorted((ROOT / "tests" / "spec" / "detection").glob("*.md")), ROOT / "docs" / "testing.md")
READ = [read_scenarios(path.read_text(), path.name) for path in FILES]
POLICIES = remember_policies(DetectionSettings())


def test_every_section_can_be_read() -> None:
    """And no file is without scenarios."""
    assert (
        [problems for _, problems in READ],
        [path.name for path, (found, _) in zip(FILES, READ, strict=True) if not found],
    ) == (
        [()] * len(FILES),
        [],
    )


@pytest.mark.parametrize("scenario", [one for found, _ in READ for one in found], ids=lambda one: one.place)
def test_scenario_holds(scenario: Scenario) -> None:
    """What must happen happens, with the default settings."""
    assert check_scenario(scenario, play_scenario(scenario, POLICIES)) == ()
