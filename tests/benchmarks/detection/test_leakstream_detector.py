"""Leakstream in the exam: with the evidence that collectors would have taken."""

import pytest

from benchmarks.detection.leakstream_detector import ASKING, POLICY, leakstream
from benchmarks.detection.scenario import expected_rate, make_scenario, play


@pytest.mark.parametrize("name", ["leak_lock/4", "leak_spread/0"])
def test_leak_in_many_stacks_is_one_report_with_the_rate_of_all(name: str) -> None:
    """Handlers that queue for one lock, goroutines stuck at many places of one function; proven or not."""
    klass, seed = name.split("/")
    scenario = make_scenario(klass, int(seed))
    told = leakstream(scenario, play(scenario))
    truth, newest = scenario.truths[0], told[-1]
    expected = expected_rate(scenario, truth, truth.begin, newest.slot)
    assert ([report.update for report in told][:1], sum(not report.update for report in told)) == ([False], 1)
    assert newest.rate_per_hour == pytest.approx(expected, rel=0.25)


def test_dump_tells_traffic_of_one_endpoint_from_a_leak() -> None:
    """Without one it would be reported: nothing else in the profile says that requests come and go."""
    scenario = make_scenario("endpoint_growth", 0)
    alone = leakstream(scenario, play(scenario), POLICY, None)
    assert (len(leakstream(scenario, play(scenario), POLICY, ASKING)), len(alone) > 0) == (0, True)
