"""READ FIRST: the simulated fleets, from one door.

`scenarios` are cheap; `play` simulates one and gives its scrapes.
"""

from benchmarks.detection.corpus import make_scenario, scenarios
from benchmarks.detection.nouns import HELD_OUT, TUNING, Scenario, SimScrape, SimStack, Truth
from benchmarks.detection.play import play

__all__ = [
    "HELD_OUT",
    "TUNING",
    "Scenario",
    "SimScrape",
    "SimStack",
    "Truth",
    "make_scenario",
    "play",
    "scenarios",
]
