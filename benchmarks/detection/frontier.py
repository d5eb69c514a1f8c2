"""Measures what fewer false alarms cost: the exam with stricter settings.

`python -m benchmarks.detection.frontier` takes every third seed of the untouched half and writes RESULTS.md.
"""

from dataclasses import replace

from benchmarks.detection.leakstream_detector import ASKING, POLICY
from benchmarks.detection.variants import Variant, run

SETTINGS: dict[str, Variant] = {
    "as it comes": Variant(),
    "`minimum_growth: 30`": Variant(replace(POLICY, minimum_growth=30)),
    "`minimum_growth: 100`": Variant(replace(POLICY, minimum_growth=100)),
    "`hold_slots: 30`, `evidence: {enabled: false}`": Variant(
        replace(POLICY, hold_slots=30), replace(ASKING, kinds=())
    ),
    "`hold_slots: 90`, `evidence: {enabled: false}`": Variant(
        replace(POLICY, hold_slots=90), replace(ASKING, kinds=())
    ),
    "`learning_slots: 240`": Variant(replace(POLICY, learning_slots=240)),
    "`learning_slots: 240`, `minimum_growth: 30`": Variant(replace(POLICY, learning_slots=240, minimum_growth=30)),
}

if __name__ == "__main__":
    run(SETTINGS, "frontier", "what do fewer false alarms cost?", "settings")
