"""The demo: three real Go services, the whole pipeline at a 1 s interval, two leaks found and nothing else.

Exits 0 only if exactly that happened, 1 with the reason otherwise. Whatever ends it, it leaves no process behind. It
refuses to run beside another demo of the same folder, whose data it would remove.
"""

import argparse
import fcntl
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

from rich.console import Console

from examples.afterwards import write_grafana_steps, write_query
from examples.broker import BrokerError
from examples.build import BuildError
from examples.fleet import FOLDER, SERVICES, DemoError, Fleet, choose_port
from examples.outcome import HEALTHY, LEAKS, Row, broken_promise, firing, ticket_of
from examples.screen import Screen, draw

LONGEST_SECONDS = 240
AFTERWARDS_SECONDS = 20
_TICKET_SECONDS = 5
_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_COLUMNS = "service, fingerprint, site, operation, goroutines, growth_per_hour, state"
_OPEN = f"SELECT {_COLUMNS} FROM leakstream.leaks_now ORDER BY service, fingerprint FORMAT JSONEachRow"  # noqa: S608 no input in it
_GROWING = f"SELECT {_COLUMNS} FROM leakstream.top_growing LIMIT 8 FORMAT JSONEachRow"  # noqa: S608 no input in it
_HEALTH = "SELECT service, instance, scrapes, failures FROM leakstream.scrape_health FORMAT JSONEachRow"


class EndedError(Exception):
    """A signal asked the demo to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def heed_signals() -> None:
    """Let the first signal end the demo, and no second one disturb the cleaning up."""

    def end(number: int, _: object) -> None:
        ignore_signals()
        raise EndedError(number)

    for ending in _ENDINGS:
        signal.signal(ending, end)


def ignore_signals() -> None:
    """Heed no signal any more."""
    for ending in _ENDINGS:
        signal.signal(ending, signal.SIG_IGN)


@contextmanager
def alone() -> Iterator[None]:
    """Hold the folder; raises when another demo holds it."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(f"another demo runs in {FOLDER.resolve()}; end it first") from None
        yield


def start(fleet: Fleet, console: Console, log: str) -> None:
    """Start everything on an empty log and an empty store and say where it is."""
    for stale in ("data", "tickets", "kafka"):
        rmtree(FOLDER / stale, ignore_errors=True)
    if log == "kafka":
        console.print("starting an Apache Kafka (the first time Maven brings it) …", soft_wrap=True)
        fleet.start_broker()
    console.print("building three Go programs (the first time half a minute) …", soft_wrap=True)
    fleet.start_services()
    for service, address in fleet.addresses.items():
        console.print(f"  {service:<10} {SERVICES[service][0]:<26} http://{address}/debug/pprof/")
    if fleet.broker:
        console.print(f"  {'log':<10} {'Apache Kafka':<26} {fleet.broker.bootstrap}")
    fleet.start_leakstream()
    console.print("leakstream scrapes them every second; it learns for half a minute first …", soft_wrap=True)


def watch(fleet: Fleet, console: Console) -> set[tuple[str, str]]:
    """Show what grows until both leaks fire, then a while longer; give all that fired at any time."""
    began = time.monotonic()
    fired: set[tuple[str, str]] = set()
    until: float | None = None
    with Screen(console) as screen:
        while until is None or time.monotonic() < until:
            fleet.hold()
            fired |= firing(fleet.ask(_OPEN))
            seconds = time.monotonic() - began
            screen.show(fleet.ask(_GROWING), f"goroutine leaks after {seconds:.0f} s")
            missing = LEAKS.keys() - {service for service, _ in fired}
            if until is None and not missing:
                until = time.monotonic() + AFTERWARDS_SECONDS
                console.print(
                    f"both leaks fire after {seconds:.0f} s; {AFTERWARDS_SECONDS} s more: does anything else?"
                )
            if missing and seconds > LONGEST_SECONDS:
                raise DemoError(f"no leak was found in {', '.join(sorted(missing))} within {LONGEST_SECONDS} s")
            time.sleep(1)
    return fired


def tickets_of(rows: Sequence[Row]) -> tuple[Path, ...]:
    """Give the tickets, after a moment for those that are on their way."""
    deadline = time.monotonic() + _TICKET_SECONDS
    while True:
        tickets = tuple((FOLDER / "tickets").glob("*.md"))
        if all(ticket_of(row, tickets) for row in rows) or time.monotonic() > deadline:
            return tickets
        time.sleep(0.1)


def conclude(fleet: Fleet, console: Console, fired: set[tuple[str, str]]) -> None:
    """Hold what happened against what was promised; say what was found and where the tickets are."""
    rows = [row for row in fleet.ask(_OPEN) if row["state"] == "firing"]
    tickets, health = tickets_of(rows), fleet.ask(_HEALTH)
    if reason := broken_promise(fired, rows, tickets, health):
        raise DemoError(reason)
    console.print(draw(rows, "goroutine leaks"))
    for row in rows:
        console.print(f"leak    {row['service']}: {row['site']} waits on {row['operation']}", soft_wrap=True)
        console.print(f"ticket  {ticket_of(row, tickets)}", soft_wrap=True)
    heard = next(row for row in health if row["service"] == HEALTHY)
    profiles = int(str(heard["scrapes"])) - int(str(heard["failures"]))
    console.print(f"silence {HEALTHY}: {profiles} profiles, 0 anomalies firing: it is healthy")


def say_what_next(fleet: Fleet, console: Console, *, keeps: bool) -> None:
    """Say how to ask, and how to see it in Grafana."""
    query = write_query(fleet.store, FOLDER / "data" / "store", keeps=keeps)
    console.print(f"query   {query}", soft_wrap=True, markup=False)
    for number, line in enumerate(write_grafana_steps(fleet.store, keeps=keeps)):
        console.print(f"{'' if number else 'grafana':<8}{line}", soft_wrap=True, markup=False)


def keep_running(fleet: Fleet, console: Console) -> None:
    """Leave everything running until a signal; raises when a program ends by itself."""
    console.print(f"running: store {fleet.store}, metrics {fleet.web}/metrics; Ctrl-C ends it", soft_wrap=True)
    try:
        while True:
            fleet.hold()
            time.sleep(1)
    except EndedError:
        return  # this is how it is meant to end


def run(log: str, *, keep: bool) -> int:
    """Run the demo from start to end; give the exit code."""
    console = Console(highlight=False)
    fleet = Fleet(choose_port(8123), choose_port(9464))
    try:
        with alone():
            start(fleet, console, log)
            conclude(fleet, console, watch(fleet, console))
            if keep:
                say_what_next(fleet, console, keeps=True)
                keep_running(fleet, console)
    except (DemoError, BuildError, BrokerError) as error:
        console.print(f"the demo failed: {error}", soft_wrap=True, markup=False)
        return 1
    except EndedError as ended:
        return ended.exit_code
    finally:
        ignore_signals()
        fleet.stop()
    if not keep:
        say_what_next(fleet, console, keeps=False)
    return 0


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description="Watch Leakstream find two leaks in three real Go programs.")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    parser.add_argument("--log", choices=("sqlite", "kafka"), default="sqlite", help="where profiles wait")
    arguments = parser.parse_args()
    heed_signals()
    return run(arguments.log, keep=arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
