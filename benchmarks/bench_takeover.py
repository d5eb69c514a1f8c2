"""Measures how long partitions stand still when processors join, leave and die, and holds the counts to the log.

Two processors share 12 partitions under load; two more join, one leaves in order, one is killed. What is timed is how
long it takes until the processors that run hold all partitions again. Everything is a process of its own, through the
public command; the store is the stand-in of `tests/conservation/store_server.py`. `python -m benchmarks.bench_takeover`
writes the figures into RESULTS.md.
"""

import tempfile
import time
from pathlib import Path

from benchmarks.results import machine, publish
from tests.conservation.crew import Crew
from tests.conservation.lot import Lot
from tests.conservation.settle import make_topics, metric, settle
from tests.conservation.verdict import judge_lot

PARTITIONS = 12
_CALM_SECONDS = 8.0
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.05


def held(crew: Crew) -> list[int]:
    """Give how many partitions each running processor says that it holds."""
    running = [program for program in crew.roles["process"] if program.runs()]
    return [round(metric(crew, program, "leakstream_partitions") or 0) for program in running]


def until_settled(crew: Crew, members: int) -> float:
    """Give the seconds until so many processors hold all partitions, none of them nothing."""
    started = time.monotonic()
    while time.monotonic() - started < _PATIENCE_SECONDS:
        found = held(crew)
        if len(found) == members and all(found) and sum(found) == PARTITIONS:
            return time.monotonic() - started
        time.sleep(_LOOK_SECONDS)
    raise RuntimeError(f"the processors hold {held(crew)}")


def measure(folder: Path) -> str:
    """Let processors come and go; give the section of the results."""
    crew = Crew(folder, partitions=PARTITIONS)
    lot = Lot(crew)
    processors = crew.roles["process"]
    try:
        crew.start_base()
        make_topics(crew)
        crew.start_roles()
        until_settled(crew, 2)
        time.sleep(_CALM_SECONDS)
        for program in processors[2:]:
            program.start()
        joined = until_settled(crew, 4)
        time.sleep(_CALM_SECONDS)
        processors[3].stop()
        left = until_settled(crew, 3)
        time.sleep(_CALM_SECONDS)
        processors[2].kill()
        killed = until_settled(crew, 2)
        time.sleep(_CALM_SECONDS)
        verdict = judge_lot(lot, settle(crew))
    finally:
        crew.close()
    rows = [
        (
            "two join two others: until all four share, their start included",
            f"{joined:.1f} s",
        ),
        ("one leaves in order (SIGTERM): until the others hold all, after it ended", f"{left:.1f} s"),
        ("one is killed: until the others hold all (session timeout 3 s)", f"{killed:.1f} s"),
        (
            "profiles in the log / stored",
            f"{verdict.figures['profiles in the log']} / {verdict.figures['profiles stored']}",
        ),
        ("violations of conservation (duplicates in counts among them)", f"{len(verdict.violations)}"),
    ]
    table = "\n".join(f"| {what} | {figure} |" for what, figure in rows)
    return (
        "## bench_takeover.py: processors join, leave and die\n\n"
        f"{PARTITIONS} partitions, two collectors of the same 8 targets, so that half of the profiles repeat a slot;"
        f" `make bench-kafka`; {machine()}.\n\n| what | figure |\n|---|---|\n{table}\n"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        publish(measure(Path(name)))
