"""The table shows what the detectors said, and Leakstream gets in counts what it would get in profiles."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

import pytest

from benchmarks.detection import table
from benchmarks.detection.encode import Build
from benchmarks.detection.leakstream_detector import CountReader, attempt_of
from benchmarks.detection.scenario import Scenario, SimScrape, make_scenario, play
from benchmarks.detection.score import Report
from processors.pipeline import identify, read_unremembered
from schemas.raw_stack import RawStack, make_frames

LEAK = make_scenario("leak_spread", 1)
HARMLESS = make_scenario("one_step", 1)


def knowing(scenario: Scenario, scrapes: Iterator[SimScrape]) -> list[Report]:
    """Find every leak thirty scrapes after its begin."""
    assert any(scrape.counts for scrape in scrapes)
    late = timedelta(seconds=30 * scenario.interval_seconds)
    return [
        Report(truth.service, truth.stacks, truth.begin + late, truth.rate_per_hour, 0.0, 1e9)
        for truth in scenario.truths
    ]


def crying(scenario: Scenario, scrapes: Iterator[SimScrape]) -> list[Report]:
    """Say of everything that it leaks, at once."""
    first = next(scrapes)
    return [Report(first.service, frozenset({stack}), first.time) for stack in range(len(scenario.stacks))]


@pytest.fixture
def detectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two detectors, one of them right."""
    monkeypatch.setattr(table, "DETECTORS", {"knowing": knowing, "crying": crying})


@pytest.mark.usefixtures("detectors")
def test_table_has_a_row_for_each_detector() -> None:
    """Who is right has precision and recall 1 and stays silent on the harmless; who cries finds leaks by none."""
    rows = list(table.write_totals(table.run(["knowing", "crying"], [LEAK, HARMLESS], jobs=1)))[2:]
    assert rows[0] == "| knowing | 1.00 | 1.00 | 0.00 | 30 |  | 0.00 | 1.00 | 1.00 | 0 |"
    assert rows[1].startswith("| crying | 0.00 | 0.00 | 0.00 |  |  |  |  | 0.00 |")


@pytest.mark.usefixtures("detectors")
def test_section_names_its_command_and_its_classes() -> None:
    """What is published says how to make it again, and shows one detector class by class."""
    section = table.write_section(table.run(["knowing"], [LEAK, HARMLESS], jobs=1), "held_out", 1.0)
    assert section.startswith("## benchmarks/detection/table.py: ")
    assert "`python -m benchmarks.detection.table --half held_out`" in section
    assert "| leak_spread | 1 | 1 | 0 | 0 | 30 |  | 0.00 | 1.00 |  |" in section
    assert "| one_step | 0 | 0 | 0 | 0 |  |  |  |  | 1.00 |" in section


@pytest.mark.usefixtures("detectors")
def test_faults_say_where_and_what() -> None:
    """A line for each leak that was missed and each stack that was falsely named."""
    lines = list(table.list_faults(table.run(["crying"], [LEAK], jobs=1)))
    assert len(lines) == 1 + len(LEAK.stacks)
    assert lines[0].startswith(f"crying: leak_spread/1 ({LEAK.instances} instances): missed spread, ")


def test_counts_read_as_their_profile_would() -> None:
    """The pipeline's reading of packed counts is that of the profile which Go would have sent."""
    names = [identify(RawStack(make_frames(stack.frames), 1)) for stack in LEAK.stacks]
    reader, build = CountReader(names), Build("x@v1", LEAK.stacks)
    for scrape in islice(play(LEAK), 5):
        attempt = attempt_of(LEAK, scrape)
        if scrape.counts is not None and attempt.profile is not None:
            profile = build.encode([(stack, count, {}) for stack, count in scrape.counts.items()], 0)
            assert reader("", attempt.profile).counts() == read_unremembered("", profile).counts()
