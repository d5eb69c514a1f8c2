"""A recording of a simulated fleet is what was played."""

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.detection.scenario import Scenario, make_scenario, play, write_recording
from leakstream.recording import Recording
from processors.inflate import inflate
from processors.pipeline import identify
from schemas.limits import ProfileLimits
from schemas.raw_stack import RawStack, make_frames
from schemas.wire.pprof import parse_pprof

SCRAPES = 100


@pytest.fixture(scope="module", params=[("leak_tiny", 1), ("go_upgrade", 1), ("label_explosion", 1)], ids=str)
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, Path]:
    """A scenario and the folder with its first scrapes."""
    scenario = make_scenario(*request.param)
    folder = tmp_path_factory.mktemp("recorded")
    assert write_recording(scenario, folder, SCRAPES) == SCRAPES
    return scenario, folder


def test_recording_is_what_was_played(recorded: tuple[Scenario, Path]) -> None:
    """The same attempts in the same order; a profile has the goroutines of each stack, whatever their labels."""
    scenario, folder = recorded
    with Recording(folder) as recording:
        for attempt, scrape in zip(recording.attempts(), islice(play(scenario), SCRAPES), strict=True):
            said = (attempt.service, attempt.instance, attempt.labels["version"], attempt.error)
            assert said == (scrape.service, scrape.instance, scrape.version, scrape.error)
            assert abs((attempt.time - scrape.time).total_seconds()) < 0.001
            if scrape.counts is not None:
                read = parse_pprof(inflate(recording.read(attempt), 2**20), ProfileLimits())
                counts = Counter[tuple[str, ...]]()
                for stack in read.stacks:
                    counts[tuple(frame.function for frame in stack.frames)] += stack.count
                assert read.problems == ()
                assert counts == {scenario.stacks[stack].frames: count for stack, count in scrape.counts.items()}
        assert recording.problems == []


def test_stacks_have_fingerprints_of_their_own() -> None:
    """Normalised, the stacks of one service are as many as before, but for those that a Go upgrade only renames."""
    scenario = make_scenario("leak_spread", 1)
    names = {identify(RawStack(make_frames(stack.frames), 1)).value for stack in scenario.stacks}
    assert len(names) == len(scenario.stacks)
