"""`leakstream verdict`: what is recorded for whom, and what explain shows of it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.cli import main
from leakstream.client import Reader
from leakstream.commands.explain import Asking, collect
from leakstream.commands.options import UserError
from leakstream.commands.verdict import address
from leakstream.explanation import describe
from processors.take_verdict import VerdictStep, tabulate_verdicts
from schemas.model import LogPosition
from schemas.say import Opinion, PersonalVerdict
from tests.store_rows import START, rows

SAID = PersonalVerdict("", 255, Opinion.BENIGN, "one per websocket", "ann", START)
BENIGN = """
benign: [{site: a, owner: team-a, reason: known, expires: %s, up_to: 10}]
"""


@pytest.fixture
def reader(store: ClickhouseStore) -> Reader:
    """Questions to a store in which two services show the stack, one of them with ten goroutines of it."""
    store.insert("stacks", rows("stacks", {}, {"service": "cart"}), "s")
    store.insert("growth", rows("growth", {}), "g")
    return Reader(store)


def test_benign_is_limited_to_a_multiple_of_what_there_is(reader: Reader) -> None:
    """And to ninety days."""
    (verdict,) = address(reader, SAID, "checkout", "2x", None)
    assert (verdict.service, verdict.up_to, verdict.expires) == ("checkout", 20, datetime(2027, 1, 30, tzinfo=UTC))


def test_stack_that_was_never_judged_is_counted(reader: Reader) -> None:
    """By its newest counts."""
    reader.store.insert("counts", rows("counts", {"service": "cart", "goroutines": 7}), "c")
    assert [verdict.up_to for verdict in address(reader, SAID, "cart", "3x", None)] == [21]


def test_word_on_a_stack_goes_to_every_service_that_shows_it(reader: Reader) -> None:
    """Unless one is named."""
    found = [verdict.service for verdict in address(reader, SAID, "", "50", datetime(2027, 1, 1))]  # noqa: DTZ001 click's
    assert found == ["cart", "checkout"]


@pytest.mark.parametrize(
    ("service", "up_to", "expires", "sentence"),
    [
        ("pay", "50", None, "no service shows g1-00000000000000ff in pay"),
        (
            "cart",
            "lots",
            None,
            "--up-to: not a limit: 'lots' (write goroutines over the service, 5000, or a factor, 3x)",
        ),
        ("cart", "50", datetime(2026, 1, 1), "--expires 2026-01-01 is over"),  # noqa: DTZ001 as click gives it
    ],
)
def test_word_that_cannot_hold_is_refused(
    reader: Reader, service: str, up_to: str, expires: datetime | None, sentence: str
) -> None:
    """With a sentence."""
    with pytest.raises(UserError, match=re.escape(sentence)):
        list(address(reader, SAID, service, up_to, expires))


def test_explain_shows_what_people_said_and_that_judgement_is_off(reader: Reader) -> None:
    """In words, and in rows for programs."""
    verdicts = address(reader, SAID, "checkout", "2x", None)
    steps = [VerdictStep(verdict, LogPosition(0, 7)) for verdict in verdicts]
    reader.store.insert("verdicts", tabulate_verdicts(steps, "log")["verdicts"], "v")
    (explained,) = collect(
        reader, 255, "checkout", Asking(3600, "leakstream", off={"checkout": "detection.services[0]"})
    )
    text = " ".join(describe(explained).split())
    said = "seen before benign up to 20 goroutines until 2027-01-30, says ann on 2026-11-01: one per websocket"
    off = "leak or load off for this service by detection.services[0]: counted and never reported"
    assert (said in text, off in text, explained["judgement_off"]) == (True, True, "detection.services[0]")


def test_check_config_tells_of_entries_that_expired_and_refuses_wrong_ones(tmp_path: Path) -> None:
    """What has expired is no reason not to start."""
    config, listed = tmp_path / "leakstream.yml", tmp_path / "benign.yml"
    config.write_text(f"detection: {{benign_file: '{listed}'}}")
    listed.write_text(BENIGN % "2020-01-01")
    old = CliRunner().invoke(main, ["check", "config", str(config)])
    assert (old.exit_code, old.stderr) == (
        0,
        f"{listed}: benign[0]: expired on 2020-01-01: team-a takes it out or renews it\n",
    )
    listed.write_text(BENIGN % "never")
    wrong = CliRunner().invoke(main, ["check", "config", str(config)])
    assert (wrong.exit_code, "benign[0].expires" in wrong.stderr) == (2, True)
