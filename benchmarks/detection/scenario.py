"""READ FIRST: the simulated fleets, from one door.

`scenarios` are cheap; `play` simulates one and gives its scrapes. `proves` and `dump` say what a `goroutineleak`
profile and a debug=2 dump would have said, `expected_rate` is the truth, `write_recording` makes real profiles.
"""

from benchmarks.detection.ask import dump, expected_rate, proves
from benchmarks.detection.corpus import make_scenario, scenarios
from benchmarks.detection.nouns import HELD_OUT, TUNING, Scenario, SimScrape, SimStack, Truth
from benchmarks.detection.play import play
from benchmarks.detection.record import write_recording

__all__ = [
    "HELD_OUT",
    "TUNING",
    "Scenario",
    "SimScrape",
    "SimStack",
    "Truth",
    "dump",
    "expected_rate",
    "make_scenario",
    "play",
    "proves",
    "scenarios",
    "write_recording",
]
