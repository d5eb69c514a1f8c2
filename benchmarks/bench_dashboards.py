"""Measures the dashboards: how long the store takes for each query that Grafana sends for three of them.

The sample of bench_store.py, filled to 10 million counts (84 hours), with `--large` to 100 million (35 days). Each
query is expanded as the data source does, for the newest six hours and for the newest week, and asked five times; what
is shown is the median, summed over a dashboard, and that of its slowest query. Grafana asks them side by side.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks.bench_store import SIZES, choose, grow
from benchmarks.results import machine, publish
from benchmarks.store_sample import BEGIN
from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate
from tests.infra.grafana.macros import Request, expand
from tests.infra.grafana.reading import Asked, asked_of_store
from tests.infra.grafana.variables import ALL, Chosen

_TIMES = 5
_POINTS = 1_000
"""Of a panel: the interval is the time on the dashboard by this."""
_SPANS = {"6 hours": timedelta(hours=6), "a week": timedelta(days=7)}
_BOARDS = ("fleet", "service", "fingerprint")


def look(store: ClickhouseStore, span: timedelta, board: str) -> Request:
    """Give a look at the newest data: all services on Fleet, one stack that follows the load elsewhere."""
    chosen = choose(store)
    newest = store.query("SELECT max(slot) AS newest FROM scrapes")[0]["newest"]
    if not isinstance(newest, datetime):
        raise TypeError("a slot is a time")
    one = Chosen(str(chosen["service"]))
    services = tuple(str(row["service"]) for row in store.query("SELECT DISTINCT service FROM instances"))
    variables = {
        "environment": Chosen((ALL,), ("(none)",)),
        "service": Chosen((ALL,), services) if board == "fleet" else one,
        "fingerprint": Chosen(str(chosen["fingerprint"])),
    }
    interval = max(1000 * int(span.total_seconds()) // _POINTS, 60_000)
    return Request(newest - span, newest, interval, variables)


def measure(store: ClickhouseStore, asked: Asked, request: Request) -> float:
    """Ask a query a few times and give the median in milliseconds."""
    taken = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        store.execute(f"{expand(asked.text, request)} FORMAT Null")
        taken.append(time.perf_counter() - begun)
    return 1000 * statistics.median(taken)


def measure_board(store: ClickhouseStore, board: str, span: timedelta) -> Mapping[str, float]:
    """Give the milliseconds of every query of a dashboard."""
    request = look(store, span, board)
    return {asked.place: measure(store, asked, request) for asked in asked_of_store() if asked.place.startswith(board)}


def describe(store: ClickhouseStore) -> Iterator[str]:
    """Give a line for each dashboard and span."""
    for board in _BOARDS:
        for span, length in _SPANS.items():
            taken = measure_board(store, board, length)
            slowest = max(taken, key=lambda place: taken[place])
            name = slowest.partition(" ")[2]
            yield f"| {board} | {span} | {len(taken)} | {sum(taken.values()):.0f} | {taken[slowest]:.0f} ({name}) |"


def main() -> None:
    """Measure, print, and write RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="100 million counts: ten minutes, 2 GB of disk")
    size = SIZES[-1 if parser.parse_args().large else 1]
    with tempfile.TemporaryDirectory() as folder:
        store = open_embedded(Path(folder) / "store")
        migrate(store, "leakstream", now=BEGIN)
        grow(store, 0, size)
        about = f"The sample of bench_store.py at {size // 10**6} million counts; {machine()}."
        head = ["| dashboard | time on it | queries | ms, all of them | ms, the slowest |", "|---|---|---|---|---|"]
        lines = ["## bench_dashboards.py: how long dashboards take", "", about, "", *head, *describe(store), ""]
        publish("\n".join(lines))
        store.close()


if __name__ == "__main__":
    main()
