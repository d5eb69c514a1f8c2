"""The torture itself: its schedule repeats, its ledger misses nothing, and a few rounds of it hold."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.model import FailureReason, LogPosition, ScrapedProfile
from schemas.ports import Record
from schemas.wire.codec import PROFILES_TOPIC, encode_profile
from tests.conservation.ledger import Ledger, Window, balance, find_failures, find_serials, read_served
from tests.conservation.schedule import plan_faults
from tests.conservation.targets import profile_of

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 1, tzinfo=UTC)
UNIX = AT.timestamp()


def record(port: int, serial: int, *, failed: bool = False) -> Record:
    """Make the record of a scrape of a counting target."""
    scraped = ScrapedProfile(
        "shop",
        f"127.0.0.1:{port}",
        AT,
        AT,
        1.0,
        0.1,
        profile=None if failed else profile_of(serial),
        failure=FailureReason.TIMEOUT if failed else None,
    )
    message = encode_profile(scraped, "c")
    return Record(PROFILES_TOPIC, LogPosition(0, serial), AT, message.key, message.value, message.headers)


def test_seed_repeats_the_faults() -> None:
    """The same number gives the same faults, another one others; partitions are added once at most."""
    faults = list(plan_faults(1, 500))
    assert (faults == list(plan_faults(1, 500)), faults == list(plan_faults(2, 500))) == (True, False)
    assert Counter(fault.kind for fault in faults)["add partitions"] == 1
    assert {fault.kind for fault in plan_faults(1, 50, only=frozenset({"kill store"}))} == {"kill store"}


def test_ledger_finds_what_is_nowhere_and_what_was_never_served() -> None:
    """A loss is excused only at its port and time; a repeat is no loss; a cut line of the targets is left out."""
    served = read_served([f"{port} {serial} {UNIX + serial}\n" for port in (1, 2) for serial in (1, 2, 3)] + ["1 4 17"])
    records = [record(1, 1), record(1, 1), record(2, 2), record(2, 9), record(1, 3, failed=True)]
    kill = Window(0, UNIX + 2.5, UNIX + 3.5, "kill collect")
    found = balance(served, find_serials(records), [kill, *find_failures(records, 0.9)])
    assert found == Ledger(
        served=6,
        recorded=3,
        repeated=1,
        excused={"kill collect": 2},
        violations=(
            f"profile 2 of port 1, served at {UNIX + 2:.3f}, is nowhere",
            f"profile 1 of port 2, served at {UNIX + 1:.3f}, is nowhere",
            "profile 9 of port 2 was never served",
        ),
    )


def test_failed_scrape_excuses_what_was_served_in_it() -> None:
    """The record of the failure is the reason."""
    served = read_served([f"1 1 {UNIX + 0.5}\n"])
    found = balance(served, find_serials([]), find_failures([record(1, 1, failed=True)], 0.9))
    assert found == Ledger(1, 0, 0, {"failed scrape: timeout": 1}, ())


@pytest.mark.integration
def test_few_rounds_of_faults_lose_nothing_and_change_no_decision(kafka_tools: None) -> None:  # noqa: ARG001 it skips
    """Every role, a broker and a store as processes; `make torture ROUNDS=200` does it for half an hour."""
    command = [sys.executable, "-m", "tests.conservation.torture", "--rounds", "4", "--seed", "3"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1].startswith("4 rounds, 0 violations; ")
