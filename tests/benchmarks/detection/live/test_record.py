"""The recorder, from the choice of programs to a recording of a real one."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.detection.live.keep import Truth
from benchmarks.detection.live.programs import Pattern, choose_patterns, list_patterns
from benchmarks.detection.live.record import Run, list_runs, record_all
from benchmarks.detection.live.record_one import Plan, Scrapes
from leakstream.recording import Recording
from tests.benchmarks.detection.live.go_builds import VERSIONS, need_service

OURS, TREE = Pattern("01", "", (), (), ""), Pattern("Etcd5509", "", (), (), "")


def plan(binary: Path, folder: Path) -> Plan:
    """Make a plan of two seconds, with evidence after a second of calls."""
    return Plan(
        binary=binary,
        version=VERSIONS[1],
        folder=folder,
        rate="50/s",
        load=5.0,
        after_seconds=0.0,
        interval_seconds=0.25,
        evidence_seconds=1.0,
        length_seconds=2.0,
    )


def count_lines(file: Path) -> int:
    """Count the whole lines of a file, 0 while it is not there."""
    return file.read_text().count("\n") if file.exists() else 0


@pytest.mark.parametrize(
    ("twins", "expected"),
    [
        ("both", [Run(OURS, "leaky"), Run(OURS, "fixed"), Run(TREE, "leaky")]),
        ("leaky", [Run(OURS, "leaky"), Run(TREE, "leaky")]),
        ("fixed", [Run(OURS, "fixed")]),
    ],
)
def test_programs_of_the_tree_have_no_fixed_twin(twins: str, expected: list[Run]) -> None:
    """They are left out where only fixed ones are asked for."""
    assert list(list_runs((OURS, TREE), twins)) == expected


def test_slowest_scrape_of_all_runs_is_told() -> None:
    """Everything else adds up."""
    total = Scrapes(profiles=3, failed=1, passed=0, slowest=0.5, died=0)
    total.add(Scrapes(profiles=4, failed=0, passed=2, slowest=0.25, died=1))
    assert str(total) == "7 profiles, 1 failed, 2 slots passed over, slowest 0.50 s, 1 died"


@pytest.mark.integration
async def test_recording_holds_what_a_collector_and_an_investigator_would_take(tmp_path: Path) -> None:
    """A profile in every slot; once the text, which says how long goroutines wait, and then the runtime's own proof."""
    binary = need_service(VERSIONS[1])
    runs = list(list_runs(choose_patterns(list_patterns(binary), "01"), "leaky"))
    done = await record_all(runs, plan(binary, tmp_path), 1)
    folder = tmp_path / "01-leaky"
    with Recording(folder) as recording:
        attempts = list(recording.attempts())
        sizes = [len(recording.read(attempt)) for attempt in attempts if attempt.profile]
    truth = Truth.read(folder)
    evidence = [attempt.kind.value for attempt in attempts if attempt.kind != "goroutine"]
    assert evidence == ["goroutine-text", "goroutineleak"]
    assert (len(attempts) - len(evidence), min(sizes) > 0) == (done.profiles + done.failed, True)
    assert [attempt.time for attempt in attempts] == sorted(attempt.time for attempt in attempts)
    assert (truth.go, truth.rate, truth.twin, truth.died) == ("1.27.3", "50/s", "leaky", False)
    assert json.loads((folder / "truth.json").read_text())["calls"] == truth.calls


@pytest.mark.integration
async def test_recording_that_is_ended_early_is_shorter_and_whole(tmp_path: Path) -> None:
    """What was taken until then is there, with its truth; how often the pattern was called is not known."""
    long = replace(plan(need_service(VERSIONS[1]), tmp_path), length_seconds=3600.0)
    recording = asyncio.create_task(record_all([Run(OURS, "leaky")], long, 1))
    manifest = tmp_path / "01-leaky" / "manifest.jsonl"
    while await asyncio.to_thread(count_lines, manifest) < 2:
        pass
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    with Recording(tmp_path / "01-leaky") as kept:
        taken = [attempt.time for attempt in kept.attempts()]
    truth = Truth.read(tmp_path / "01-leaky")
    assert (len(taken) >= 2, kept.problems, truth.calls, truth.ended <= taken[-1]) == (True, [], 0, True)


@pytest.mark.integration
async def test_run_that_is_there_already_costs_itself_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not written over, and the reason is told."""
    (tmp_path / "01-leaky" / "profiles").mkdir(parents=True)
    done = await record_all([Run(OURS, "leaky")], plan(need_service(VERSIONS[1]), tmp_path), 1)
    assert (done, "01-leaky: [Errno 17] File exists" in capsys.readouterr().err) == (Scrapes(), True)
