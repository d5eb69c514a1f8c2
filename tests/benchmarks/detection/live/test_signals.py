"""What a short recording of two real programs says, and what is made of it."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.detection.live.compare import Found, compare, find
from benchmarks.detection.live.fleet import Said, find_recordings, merge, replay
from benchmarks.detection.live.keep import Keeper, Truth
from benchmarks.detection.live.programs import Pattern, Stack
from benchmarks.detection.live.signals import Grown, Proof, Waits, measure_growth, read_proof, read_waits
from benchmarks.detection.live.table import describe, summarise, write
from leakstream.recording import Recording
from schemas.model import Kind
from schemas.recording import Attempt

RECORDINGS = Path(__file__).parent / "recordings" / "1.27.3"
LEAKY, FIXED = RECORDINGS / "01-leaky", RECORDINGS / "01-fixed"
AT = datetime(2026, 11, 1, tzinfo=UTC)
GROWN, PROVEN = 57, 52
"""Goroutines of the leak in the last profile of the recording, and in its last leak profile."""
LEAK = Stack("chan send", "site", r"leaky\.EarlyReturn")
ALSO = Stack("io wait", "origin", r"\(\*conn\)\.serve")
PATTERN = Pattern("01", "premature return", (LEAK,), (ALSO,), "")


def told(twin: str) -> Truth:
    """Make the truth of a run that was called from the second minute on."""
    began = AT + timedelta(minutes=2)
    return Truth(PATTERN, twin, "1.27.3", "12/m", 10.0, AT, began, AT + timedelta(minutes=32), 360, died=False)


def said(
    minutes: float, *, state: str = "firing", verdict: str = "probable", site: str = "leaky.EarlyReturn.func"
) -> Said:
    """Make a change of state."""
    return Said(AT + timedelta(minutes=minutes), state, verdict, f"g1-{site}", "chan send", site, (site, "main.entry"))


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (LEAKY, (Grown(0, GROWN), Proof(2, PROVEN, 0), Waits(1, 2, 1))),
        (FIXED, (Grown(0, 0), Proof(2, 0, 0), Waits(None, 0, 1))),
    ],
    ids=("leaky", "fixed"),
)
def test_signals_of_a_recording(folder: Path, expected: tuple[Grown, Proof, Waits]) -> None:
    """The leaky twin grows, is proven and waits; the fixed one does not, though a helper of both waits as long."""
    truth = Truth.read(folder)
    assert (measure_growth(folder, truth), read_proof(folder, truth), read_waits(folder, truth)) == expected


def test_recordings_are_replayed_as_one_fleet(tmp_path: Path) -> None:
    """A few minutes are too short for any verdict of growth, so all services stay silent."""
    fleet = tmp_path / "1.27.3"
    shutil.copytree(RECORDINGS, fleet)
    assert (replay(fleet, {Kind.GOROUTINE}), find_recordings(fleet)) == ({}, (fleet / "01-fixed", fleet / "01-leaky"))


def test_fleet_s_manifest_is_in_the_order_of_time_and_of_the_kinds_asked_for() -> None:
    """Every profile of it lies below the folder of the fleet."""
    attempts = [json.loads(line) for line in merge((LEAKY, FIXED), {Kind.LEAK, Kind.TEXT})]
    assert [attempt["time"] for attempt in attempts] == sorted(attempt["time"] for attempt in attempts)
    assert {attempt["kind"] for attempt in attempts} == {"goroutineleak", "goroutine-text"}
    assert all((RECORDINGS / attempt["profile"]).is_file() for attempt in attempts)


def test_what_is_kept_is_a_recording(tmp_path: Path) -> None:
    """Replay's own reader gives the attempts back, those that failed among them."""
    keeper = Keeper(tmp_path / "run", "s", "i:1", AT)
    keeper.keep(AT, Kind.GOROUTINE, b"bytes")
    keeper.note(AT, Kind.GOROUTINE, "connection refused")
    keeper.close()
    kept = Attempt(time=AT, service="s", instance="i:1", process_start=AT, profile="profiles/000001.pb.gz")
    failed = Attempt(time=AT, service="s", instance="i:1", process_start=AT, error="connection refused")
    with Recording(tmp_path / "run") as recording:
        attempts = list(recording.attempts())
        assert (attempts, recording.read(attempts[0])) == ([kept, failed], b"bytes")


def test_truth_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Times and stacks are what they were."""
    told("leaky").write(tmp_path)
    assert Truth.read(tmp_path) == told("leaky")


def test_delay_counts_scrapes_from_the_first_call_and_the_best_verdict_stands() -> None:
    """What is pending is not found yet."""
    told_of = [said(3, state="pending"), said(5.01), said(6, verdict="proven"), said(7)]
    assert find(told_of, told("leaky"), [LEAK]) == Found(19, "proven")


def test_strange_stack_is_not_the_leak() -> None:
    """It is told of with its verdict; the leak is not found by it."""
    row = compare(FIXED, told("leaky"), {}, {"01-fixed": [said(4, site="main.other")]})
    assert (row.found, row.reports, row.others, row.proven) == (
        Found(None, ""),
        0,
        ("probable chan send at main.other",),
        False,
    )


def test_stack_that_grows_with_the_leak_is_one_report_more() -> None:
    """It belongs to the leak, and one report would have been enough."""
    twin = Said(AT, "firing", "suspect", "g1-2", "io wait", "bufio.Peek", ("bufio.Peek", "net/http.(*conn).serve"))
    both, alone = (compare(LEAKY, told("leaky"), {}, {"01-leaky": told_of}) for told_of in ([said(4), twin], [twin]))
    assert (both.found, both.reports, both.others) == (Found(12, "probable"), 2, ())
    assert (alone.found, alone.aside, alone.reports) == (Found(None, ""), Found(0, "suspect"), 1)
    assert "suspect, led by what grows with it" in describe(alone, None)


def test_whatever_fires_in_a_fixed_twin_is_strange() -> None:
    """Even a stack that looks like the leak; that it was called proven is remembered."""
    row = compare(FIXED, told("fixed"), {}, {"01-fixed": [said(4, verdict="proven")]})
    assert (row.found, row.others, row.proven) == (
        Found(None, ""),
        ("proven chan send at leaky.EarlyReturn.func",),
        True,
    )


def test_table_counts_what_grew_and_what_was_found() -> None:
    """A line for the patterns of a version, and one for each with its fixed twin beside it."""
    growth = {"01-leaky": [said(4)]}
    rows = [compare(LEAKY, told("leaky"), growth, growth), compare(FIXED, told("fixed"), {}, {})]
    assert summarise("1.27.3", rows) == "| 1.27.3 | 1 | 1 | 0 | 12 | 1 | 1 | 0 | 1.0 | 1 of 1 | 0 | 0 |"
    lines = write({"1.27.3": rows}).splitlines()
    line = f"| 01 premature return | 360 | 0 → {GROWN} | 12 | {PROVEN} | no | probable | 1 | silent |"
    assert (lines[0], line in lines) == ("## detection/live/table.py: leaks in running programs", True)


def test_programs_of_the_go_tree_are_folded_and_counted_apart() -> None:
    """They have no fixed twin, so nothing is said of one."""
    truth = replace(told("leaky"), pattern=replace(PATTERN, id="EarlyReturn"))
    lines = write({"1.27.3": [compare(LEAKY, truth, {}, {})]}).splitlines()
    assert "| 1.27.3, its tree | 1 | 0 | 0 | - | 0 | 1 | 0 | - | - | - | 0 |" in lines
    assert "<details><summary>1 programs of the Go tree</summary>" in lines
