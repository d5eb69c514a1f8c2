"""Each baseline follows the rule it is named after."""

import numpy as np
import pytest

from benchmarks.detection.baselines import (
    BASELINES,
    five_rises,
    fixed,
    goroutineleak,
    least_squares,
    never_falls,
    slope_and_tail,
    total_slope,
)
from benchmarks.detection.scenario import make_scenario, play
from benchmarks.detection.windows import Rule, fit_lines, speaks
from benchmarks.detection.world import Floats

RISING: Floats = np.arange(200.0)
LEVEL: Floats = np.full(200, 50.0)
STEPPED: Floats = np.repeat([10.0, 60.0], 100)
SAWTOOTH: Floats = np.tile(np.arange(50.0), 4)


def first(rule: Rule, series: Floats) -> int:
    """Give the scrape at which a rule speaks first, -1 for never."""
    flags = np.flatnonzero(rule(series[:, None]).leaks[:, 0])
    return int(flags[0]) if len(flags) else -1


def test_fixed_threshold() -> None:
    """It speaks when there are more, and of everything large."""
    assert [first(lambda counts: fixed(120, counts), series) for series in (RISING, LEVEL)] == [121, -1]


def test_slope_of_the_total() -> None:
    """It speaks after a whole window of rising, and falls for a step."""
    assert [first(total_slope, series) >= 0 for series in (RISING, LEVEL, STEPPED)] == [True, False, True]


def test_five_rises() -> None:
    """It speaks at the fifth rise in a row, and falls for a sawtooth."""
    assert [first(five_rises, series) for series in (RISING, LEVEL, STEPPED, SAWTOOTH)] == [5, -1, -1, 5]


def test_never_falls() -> None:
    """It needs a window without a fall, twice the first half, and a rise at the end."""
    assert [first(never_falls, series) for series in (RISING, LEVEL, STEPPED, SAWTOOTH)] == [59, -1, -1, -1]


def test_least_squares() -> None:
    """It speaks of a trend beyond chance, and falls for a step."""
    assert [first(least_squares, series) >= 0 for series in (RISING, LEVEL, STEPPED)] == [True, False, True]


def test_slope_and_tail() -> None:
    """It speaks of what still rises in the last quarter, and a step is over by then."""
    assert [first(slope_and_tail, series) >= 0 for series in (RISING, LEVEL, STEPPED)] == [True, False, False]


def test_fitted_line_is_numpys() -> None:
    """Running sums give what fitting each window gives."""
    counts = np.random.default_rng(1).poisson(20, (80, 1)).astype(float)
    slope, error, mean = fit_lines(counts, 30)
    fit, covariance = np.polyfit(np.arange(30), counts[50:80, 0], 1, cov=True)
    assert [slope[79, 0], error[79, 0], mean[79, 0]] == pytest.approx(
        [fit[0], covariance[0, 0] ** 0.5, counts[50:80].mean()]
    )
    assert np.isnan(slope[28, 0])


def test_rule_that_goes_on_speaks_once() -> None:
    """Only after an hour of silence it is another report."""
    flags = np.zeros(300, dtype=np.bool_)
    flags[[10, 11, 50, 100, 170]] = True
    assert list(speaks(flags)) == [10, 170]


def test_goroutineleak_is_never_wrong_and_needs_the_profile() -> None:
    """It names stacks of leaks, where Go has the profile and the runtime can see it; each once."""
    for seed in range(6):
        scenario = make_scenario("leak_load", seed)
        reports = goroutineleak(scenario, play(scenario))
        named = [report.stacks for report in reports]
        assert len(set(named)) == len(named)
        assert all(stacks and stacks <= scenario.truths[0].stacks for stacks in named)


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_bear_an_empty_recording(name: str) -> None:
    """Nothing in, nothing out."""
    assert BASELINES[name](make_scenario("one_step", 0), iter(())) == []
