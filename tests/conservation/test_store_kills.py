"""A few kills of the writer of a store; `python -m tests.conservation.store_kills` makes many."""

from pathlib import Path

import pytest

from tests.conservation.store_kills import Round, choose_moments, run


def test_seed_repeats_the_moments() -> None:
    """The same number gives the same, and both phases are aimed at."""
    moments = choose_moments(40, 7)
    assert (moments == choose_moments(40, 7), moments == choose_moments(40, 8)) == (True, False)
    assert {moment.after for kills in moments for moment in kills} == {"opened", "migrated"}


@pytest.mark.integration
def test_kill_9_in_migrations_and_inserts_loses_nothing(tmp_path: Path) -> None:
    """After each kill the next start is clean, what was acknowledged is there, and every view is right."""
    violations, struck = run(3, 3, tmp_path / "store")
    assert violations == []
    assert struck["migrating"] + struck["inserting"] > 0


@pytest.mark.integration
def test_rows_that_are_not_there_are_missed(tmp_path: Path) -> None:
    """The judge itself: a process that is told of acknowledgements which never came finds the rows lost."""
    story = Round("story_0", first=40)
    story.run(tmp_path / "store", None)
    assert any("that were acknowledged" in violation for violation in story.violations)
    assert any("differs" in violation for violation in story.violations)
