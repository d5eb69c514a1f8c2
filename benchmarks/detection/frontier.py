"""Measures what fewer false alarms cost: the exam with stricter settings.

`python -m benchmarks.detection.frontier` takes every third seed of the untouched half and writes RESULTS.md.
"""

import argparse
import time
from dataclasses import replace

from benchmarks.detection.leakstream_detector import ASKING, POLICY
from benchmarks.detection.scenario import HELD_OUT, TUNING
from benchmarks.detection.variants import LEGEND, Variant, choose, compare, write_rows
from benchmarks.results import machine, publish

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
_EVERY = 3


def main() -> None:
    """Run and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=(TUNING, HELD_OUT), default=HELD_OUT)
    parser.add_argument("--every", type=int, default=_EVERY, help="every so many seeds of a class")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    chosen = choose(given.half, given.every)
    started = time.monotonic()
    sums = compare(SETTINGS, chosen, given.jobs)
    made = (
        f"{len(chosen)} simulated scenarios of the half `{given.half}`, {time.monotonic() - started:,.0f} s on"
        f" {machine()}. `python -m benchmarks.detection.frontier --half {given.half} --every {given.every}`."
    )
    title = "## benchmarks/detection/frontier.py: what do fewer false alarms cost?"
    publish("\n".join([title, "", made, "", LEGEND, "", *write_rows(sums, "settings")]) + "\n")


if __name__ == "__main__":
    main()
