"""The benign list: what an entry must say, and what is refused."""

from datetime import UTC, datetime

import pytest

from schemas.model import Problem
from schemas.say import BenignEntry, Source, StackPattern
from schemas.settings_benign import find_expired, read_benign
from schemas.settings_load import SettingsError

TEXT = """
benign:
- {site: "main.(*Hub).serve*", service: "chat-*", owner: team-chat, reason: one per websocket,
   expires: 2027-03-01, up_to: 3x, baseline: 400}
"""
ENTRY = BenignEntry(
    *(Source.BENIGN_FILE, "benign.yml: benign[0]", "chat-*", StackPattern(site="main.(*Hub).serve*")),
    *("team-chat", "one per websocket", datetime(2027, 3, 1, tzinfo=UTC), 1200),
)


def test_entry_says_who_why_how_much_and_how_long() -> None:
    """A factor multiplies the baseline."""
    assert read_benign(TEXT, "benign.yml") == (ENTRY,)


def test_empty_file_is_an_empty_list() -> None:
    """It is not an error to know of nothing."""
    assert read_benign("", "benign.yml") == ()


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("owner: team-chat,", "", ".owner: is required"),
        ("owner: team-chat", "owner: ' '", ".owner: must not be empty"),
        ("expires: 2027-03-01,", "", ".expires: is required"),
        ("up_to: 3x,", "", ".up_to: is required"),
        (", baseline: 400", "", ": 3x of how many goroutines? name the baseline"),
        (
            "up_to: 3x",
            "up_to: many",
            ": not a limit: 'many' (write goroutines over the service, 5000, or a factor, 3x)",
        ),
        ("up_to: 3x", "up_to: 0", ": not a limit: '0' (write goroutines over the service, 5000, or a factor, 3x)"),
        ('site: "main.(*Hub).serve*", ', "", ": name which stacks: one of fingerprint, site, origin, operation, frame"),
        ("owner:", "ownr: x, owner:", '.ownr: unknown key; did you mean "owner"?'),
    ],
)
def test_entry_that_nobody_can_look_after_is_refused(before: str, after: str, problem: str) -> None:
    """Every sentence names its place."""
    with pytest.raises(SettingsError) as refused:
        read_benign(TEXT.replace(before, after), "f")
    assert [str(found) for found in refused.value.problems] == [f"f: benign[0]{problem}"]


def test_entry_expires_with_the_begin_of_its_day() -> None:
    """Its owner is named."""
    ends = ENTRY.expires
    said = Problem("benign.yml: benign[0]", "expired on 2027-03-01: team-chat takes it out or renews it")
    assert [find_expired((ENTRY,), now) for now in (ends.replace(2026), ends)] == [(), (said,)]
