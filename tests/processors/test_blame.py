"""What is to blame for a stack."""

from datetime import UTC, datetime, timedelta

from processors.blame import Blame, Change, VersionSeen, blame

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
V40 = VersionSeen("v40", BEGIN, 3, 0, 0)
V41 = VersionSeen("v41", BEGIN + timedelta(hours=1), 3, 2, 1200)
CHANGES = (
    *(Change("new", f"g1-{at}", "select", f"main.f{at}", 5, 3) for at in range(2)),
    Change("gone", "g1-7", "chan send", "main.old", 5, 1),
)


def test_version_that_showed_it_first_is_to_blame_when_another_ran_before() -> None:
    """With where it rises, and what else it changed, the largest by name."""
    assert blame("v41", (V40, V41), CHANGES) == Blame(
        version="v41",
        previous="v40",
        sentence="it came with v41; v40 before it never showed it",
        by_version="v40 rose on none of 3; v41 rose on 2 of 3, by 1,200",
        also_changed=(
            "other stacks that changed with v41: 3 new (select at main.f0, select at main.f1, …);"
            " 1 gone (chan send at main.old)"
        ),
    )


def test_version_that_changed_nothing_else_is_told_so() -> None:
    """The search is over before it began."""
    assert blame("v41", (V40, V41), ()).also_changed == "v41 changed no other stack"


def test_oldest_version_is_not_to_blame() -> None:
    """Nobody knows what was before the first profile."""
    found = blame("v40", (V40, V41), CHANGES)
    assert (found.previous, found.also_changed) == ("", "")
    assert found.sentence == "v40 is the oldest version known here: it may have been there before"


def test_version_that_is_not_among_the_newest_is_the_oldest_known() -> None:
    """What ran before it is forgotten."""
    assert blame("v12", (V40, V41), ()).previous == ""


def test_without_a_label_nobody_is_to_blame() -> None:
    """Targets that carry no version cannot be told apart."""
    nameless = VersionSeen("", BEGIN, 2, 1, 5)
    assert blame("", (nameless,), ()) == Blame(
        "", "", "targets carry no label version, so no deploy can be named", "no version rose on 1 of 2, by 5", ""
    )
