"""Steps become rows, the same each time."""

from dataclasses import replace

import pyarrow as pa

from processors.tabulate import tabulate
from tests.processors.fleet import Fleet


def instances(*names: str) -> pa.Table:
    """Give the row of a life whose labels came in this order."""
    fleet = Fleet()
    for slot in range(3):
        fleet.feed(replace(fleet.scrape(slot, {"main.work": 3}), labels=dict.fromkeys(names, "x")))
    return tabulate(fleet.steps, "log")["instances"]


def test_order_of_labels_makes_no_other_row() -> None:
    """Records give labels in any order, and a replay must give the very row that is there already."""
    assert instances("b", "version", "a").to_pylist() == instances("a", "b", "version").to_pylist()
