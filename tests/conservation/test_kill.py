"""A short run of kills; `python -m tests.conservation.kill` makes long ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conservation.kill import choose_moments

ROOT = Path(__file__).parents[2]


def test_seed_repeats_the_schedule() -> None:
    """The same number gives the same moments, some while starting and more at work."""
    moments = choose_moments(100, 7)
    assert (moments == choose_moments(100, 7), moments != choose_moments(100, 8)) == (True, True)
    assert 50 < sum(moment.at_work for moment in moments) < 100


@pytest.mark.integration
def test_kill_9_at_any_moment_loses_nothing_and_doubles_nothing() -> None:
    """After six kills every acknowledged profile is counted once, and the decisions are those of an undisturbed run."""
    command = [sys.executable, "-m", "tests.conservation.kill", "--kills", "6", "--seed", "1", "--interval", "300ms"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.splitlines()[-1:]) == (0, ["verdict   0 violations"]), ran.stdout + ran.stderr
