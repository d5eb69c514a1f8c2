"""Kills `leakstream up` with SIGKILL again and again over one run, then asks the oracle what became of the data.

    python -m tests.conservation.kill --kills 20 --seed 7

Real Go programs, a target that is dead, and a schedule of moments that the seed repeats: some in the midst of starting,
most at work. It prints the seed, each kill and the figures, and ends with 1 and the violations when something is wrong;
its folder stays then. Whatever ends it, nothing it started stays.
"""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from leakstream.adapters.clickhouse import open_embedded
from leakstream.adapters.clock import SystemClock
from leakstream.wiring import DATABASE, open_log
from processors.judge import policy_of
from schemas.ports import Log, Store
from schemas.wire.codec import PROFILES_TOPIC
from tests.conservation.oracle import count_outcomes, find_violations, read_all
from tests.conservation.place import (
    Place,
    RunError,
    count_uncommitted,
    end_well,
    is_caught_up,
    read_commits,
    started,
    wait_for,
)
from tests.conservation.stores import beside
from tests.ports import free_port
from tests.test_examples import running

PROGRAMS = {
    "checkout": "leaks/forgotten-receiver",
    "search": "leaks/abandoned-cancel",
    "tenants": "healthy/labelled-tenants",
}
LEAKS = 2
SHARE_AT_START = 0.25
LONGEST_START_SECONDS = 1.5
LONGEST_WORK_SECONDS = 2.0
LONGEST_BATCH_SECONDS = 0.03
HUNT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: so long after the start of the process; or, so long after it was ready, in the midst of a batch.

    `into_batch_seconds` is the time since the store was seen to write: counts may be there and their scrape not yet.
    """

    at_work: bool
    seconds: float
    into_batch_seconds: float


def choose_moments(kills: int, seed: int) -> list[Moment]:
    """Give the same moments for the same seed."""
    chance = random.Random(seed)  # noqa: S311 a schedule of deaths, printed to be repeated
    return [
        Moment(False, chance.uniform(0.0, LONGEST_START_SECONDS), 0.0)
        if chance.random() < SHARE_AT_START
        else Moment(True, chance.uniform(0.0, LONGEST_WORK_SECONDS), chance.uniform(0.0, LONGEST_BATCH_SECONDS))
        for _ in range(kills)
    ]


def kill_at(moment: Moment, place: Place) -> int:
    """Start everything, kill it at the moment; give how many records were appended and not committed then."""
    with started("up", place) as process:
        if moment.at_work:
            wait_for("readiness", lambda: bool(place.get("/readyz")), process)
        time.sleep(moment.seconds)
        if moment.at_work:
            wait_for_write(place)
        time.sleep(moment.into_batch_seconds)
        if process.poll() is not None:
            raise RunError(f"leakstream ended by itself with {process.returncode}")
        process.send_signal(signal.SIGKILL)
        process.wait()
    return count_uncommitted(place.folder / "log.db")


def wait_for_write(place: Place) -> None:
    """Wait until the engine makes a part, which is in the midst of a batch; at most so long."""
    known, deadline = list_parts(place), time.monotonic() + HUNT_SECONDS
    while list_parts(place) <= known and time.monotonic() < deadline:
        time.sleep(0.002)


def list_parts(place: Place) -> frozenset[str]:
    """Give the folders in which the engine keeps what was inserted."""
    return frozenset(map(str, place.folder.glob("store/store/*/*/*")))


def list_tickets(place: Place) -> list[Path]:
    """Give the tickets so far."""
    return list((place.folder / "tickets").glob("*.md"))


def look(place: Place) -> str:
    """Say how far the store was ahead of the commits when the process died; needs the engine, so it is not for kill."""
    if not (place.folder / "store").is_dir():
        return "no store"
    with closing(open_embedded(place.folder / "store", DATABASE)) as store:
        if not store.query("SELECT 1 FROM system.tables WHERE database = currentDatabase() AND name = 'scrapes'"):
            return "no tables"
        commits = read_commits(place.folder / "log.db")
        rows = store.query("SELECT service, instance, slot, log_partition, log_offset FROM scrapes FINAL")
        whole = sum(int(str(row["log_offset"])) >= commits.get(int(str(row["log_partition"])), 0) for row in rows)
        torn = store.query(
            "SELECT uniqExact(service, instance, slot) AS torn FROM counts"
            " WHERE goroutines > 0 AND (service, instance, slot) NOT IN (SELECT service, instance, slot FROM scrapes)"
        )
    return f"{whole} of them stored whole, {torn[0]['torn']} in part"


def judge(place: Place) -> list[str]:
    """Ask the oracle, and print the figures."""
    settings = place.read_settings()
    path = place.folder / "store"
    with closing(open_log(settings, SystemClock())) as log, closing(open_embedded(path, DATABASE)) as store:
        print_figures(log, store)
        return find_violations(log, policy_of(settings.detection), store, beside(path))


def print_figures(log: Log, store: Store) -> None:
    """Say how much there was to lose."""
    outcomes = count_outcomes(read_all(log, PROFILES_TOPIC))
    say("records", f"{outcomes.total()}: " + ", ".join(f"{n} {name}" for name, n in outcomes.most_common()))
    for table, what in (("counts", "counts"), ("growth", "evaluations"), ("anomalies", "changes of state")):
        [row] = store.query(f"SELECT count() AS folded FROM {table} FINAL")  # noqa: S608 names from this file
        [raw] = store.query(f"SELECT count() AS stored FROM {table}")  # noqa: S608 the same
        say(table, f"{row['folded']} {what}, {raw['stored']} rows before folding")


def say(name: str, text: str) -> None:
    """Print one line at once."""
    sys.stdout.write(f"{name:9} {text}\n")
    sys.stdout.flush()


def run(moments: Sequence[Moment], interval: str, place: Place, *, looking: bool) -> list[str]:
    """Kill and start again as planned, let it catch up, and give the violations."""
    with ExitStack() as stack:
        addresses = {
            service: stack.enter_context(running(program, 20, place.folder)) for service, program in PROGRAMS.items()
        }
        place.write_settings(addresses | {"gone": f"127.0.0.1:{free_port()}"}, interval)
        begin = time.monotonic()
        for number, moment in enumerate(moments, 1):
            uncommitted = kill_at(moment, place)
            when = "of work" if moment.at_work else "after the start"
            seen = f", {look(place)}" if looking else ""
            say(f"kill {number}", f"{moment.seconds:.2f} s {when}, {uncommitted} records uncommitted{seen}")
        end_well("up", place, "both leaks and their tickets", lambda: len(list_tickets(place)) >= LEAKS)
        end_well("process", place, "the last catch-up", lambda: is_caught_up(place))
        say("run", f"{len(moments)} kills in {time.monotonic() - begin:.0f} s at an interval of {interval}")
    return judge(place)


def main() -> int:
    """Run as told on the command line; give the exit code."""
    parser = argparse.ArgumentParser(description="kill leakstream up again and again, then ask the oracle")
    parser.add_argument("--kills", type=int, default=20, help="how often  [default: 20]")
    parser.add_argument("--seed", type=int, default=None, help="repeats a schedule  [default: another each time]")
    parser.add_argument("--interval", default="500ms", help="scrape interval  [default: 500ms]")
    parser.add_argument("--look", action="store_true", help="open the store after each kill and say what it holds")
    chosen = parser.parse_args()
    seed = random.randrange(10**6) if chosen.seed is None else chosen.seed  # noqa: S311 a schedule, printed below
    folder = Path(tempfile.mkdtemp(prefix="leakstream-kill-"))
    say("seed", f"{seed}, folder {folder}")
    try:
        violations = run(
            choose_moments(chosen.kills, seed), chosen.interval, Place(folder, free_port()), looking=chosen.look
        )
    except RunError as error:
        violations = [str(error)]
    say("verdict", "\n  ".join([f"{len(violations)} violations", *violations]))
    if not violations:
        shutil.rmtree(folder)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
