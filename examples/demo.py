"""The demo: three real Go services, the whole pipeline at a 1 s interval, two leaks found and nothing else.

Exits 0 only if exactly that happened, 1 with the reason otherwise. Whatever ends it, it leaves no process behind.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

from rich.console import Console
from rich.table import Table

from examples.build import build

FOLDER = Path(".demo")
LONGEST_SECONDS = 240
AFTERWARDS_SECONDS = 20
SERVICES = {
    "checkout": ("leaks/forgotten-receiver", "main.fetchPrice"),
    "search": ("leaks/abandoned-cancel", "main.watchSession"),
    "inventory": ("healthy/steady-load", ""),
}
"""Service -> its program, and the function that leaks; empty for the healthy one."""

LEAKS = {service: function for service, (_, function) in SERVICES.items() if function}
_GROWING_SQL = """
SELECT service, fingerprint, site, operation, goroutines, growth_per_hour, growth_low, growth_high, state
FROM leakstream.leaks_now ORDER BY service, fingerprint FORMAT JSONEachRow
"""
_HEALTH_SQL = (
    "SELECT service, instance, scrapes, failures FROM leakstream.scrape_health ORDER BY service FORMAT JSONEachRow"
)
_QUERY = (
    "SELECT service, fingerprint, site, goroutines, round(growth_per_hour) AS growth_per_hour, since "
    "FROM leakstream.leaks_now FORMAT PrettyCompact"
)


class DemoError(Exception):
    """What was promised did not happen; the message says what did."""


@dataclass
class Demo:
    """What runs, and where."""

    console: Console
    store_port: int
    web_port: int
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    said: set[tuple[str, str]] = field(default_factory=set)

    @property
    def store(self) -> str:
        """Give the address of the store."""
        return f"http://127.0.0.1:{self.store_port}"

    def start(self) -> None:
        """Build and start the services, then Leakstream on them."""
        self.console.print("building three Go programs with the pinned Go …")
        binaries = {service: build(program, FOLDER / "bin") for service, (program, _) in SERVICES.items()}
        addresses = {service: self.start_service(binary) for service, binary in binaries.items()}
        settings = FOLDER / "leakstream.yml"
        settings.write_text(write_settings(addresses, self.store_port, self.web_port))
        with (FOLDER / "leakstream.log").open("w") as log:
            command = [sys.executable, "-m", "leakstream", "up", "--config", str(settings)]
            self.processes.append(spawn(command, stderr=log))
        for service, address in addresses.items():
            self.console.print(f"  {service:<10} {SERVICES[service][0]:<26} http://{address}/debug/pprof/")
        self.wait_until_ready()

    def start_service(self, binary: Path) -> str:
        """Start one program and read where it listens; it ends when its standard input does."""
        process = spawn([str(binary)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.processes.append(process)
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith("listening "):
            raise DemoError(f"{binary.name} did not start: {line!r}")
        return line.split()[1]

    def wait_until_ready(self) -> None:
        """Wait until every role of Leakstream runs."""
        for _ in range(300):
            if self.processes[-1].poll() is not None:
                raise DemoError(f"leakstream ended at once; see {FOLDER / 'leakstream.log'}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}/readyz", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise DemoError(f"leakstream was not ready in time; see {FOLDER / 'leakstream.log'}")

    def watch(self) -> list[dict[str, object]]:
        """Show what grows until both leaks fire, then a while longer; give what is open in the end."""
        deadline, until = time.monotonic() + LONGEST_SECONDS, None
        while until is None or time.monotonic() < until:
            rows = self.ask(_GROWING_SQL)
            self.show(rows)
            firing = {str(row["service"]) for row in rows if row["state"] == "firing"}
            if until is None and firing >= LEAKS.keys():
                until = time.monotonic() + AFTERWARDS_SECONDS
            if time.monotonic() > deadline:
                missing = ", ".join(sorted(LEAKS.keys() - firing))
                raise DemoError(f"no leak was found in {missing} within {LONGEST_SECONDS} s")
            if self.processes[-1].poll() is not None:
                raise DemoError(f"leakstream ended; see {FOLDER / 'leakstream.log'}")
            time.sleep(1)
        return self.ask(_GROWING_SQL)

    def ask(self, sql: str) -> list[dict[str, object]]:
        """Ask the store as any ClickHouse client does."""
        with urllib.request.urlopen(self.store, data=sql.encode(), timeout=10) as answer:  # noqa: S310 our own address
            return [json.loads(line) for line in answer.read().splitlines()]

    def show(self, rows: Sequence[dict[str, object]]) -> None:
        """Draw the table anew on a terminal; elsewhere say each change of state once."""
        if self.console.is_terminal:
            self.console.clear()
            self.console.print(draw(rows))
            return
        for row in rows:
            key = (f"{row['service']} {row['site']}", str(row["state"]))
            if key not in self.said:
                self.said.add(key)
                self.console.print(f"  {key[0]} ({row['operation']}): {key[1]}, {row['goroutines']} goroutines")

    def check(self, rows: Sequence[dict[str, object]]) -> None:
        """Hold what is there against what was promised."""
        firing = [row for row in rows if row["state"] == "firing"]
        found = sorted((str(row["service"]), str(row["site"])) for row in firing)
        expected = sorted(LEAKS.items())
        same = len(found) == len(expected) and all(
            one[0] == other[0] and one[1].startswith(other[1]) for one, other in zip(found, expected, strict=True)
        )
        if not same:
            raise DemoError(f"expected exactly the leaks {expected}, found {found}")
        for row in firing:
            if not self.ticket_of(row).exists():
                raise DemoError(f"there is no ticket for {row['service']} {row['fingerprint']}")

    def ticket_of(self, row: dict[str, object]) -> Path:
        """Give the path of a leak's ticket."""
        found = sorted((FOLDER / "tickets").glob(f"*{row['fingerprint']}*"))
        return found[0] if found else FOLDER / "tickets" / f"{row['service']}--{row['fingerprint']}.md"

    def wait_for_tickets(self, rows: Sequence[dict[str, object]]) -> None:
        """Wait a moment for tickets that are on their way."""
        for _ in range(50):
            if all(self.ticket_of(row).exists() for row in rows if row["state"] == "firing"):
                return
            time.sleep(0.1)

    def conclude(self, rows: Sequence[dict[str, object]]) -> None:
        """Say what was found, where the tickets are, and how to ask."""
        self.console.print(draw(rows))
        for row in rows:
            if row["state"] == "firing":
                self.console.print(
                    f"leak    {row['service']}: {row['site']} waits on {row['operation']}", soft_wrap=True
                )
                self.console.print(f"ticket  {self.ticket_of(row)}", soft_wrap=True)
        healthy = next(row for row in self.ask(_HEALTH_SQL) if row["service"] == "inventory")
        self.console.print(f"silence inventory: {healthy['scrapes']} profiles, nothing fires: it is healthy")
        self.console.print(f"query   curl -s {self.store} -d '{_QUERY}'", soft_wrap=True, highlight=False)

    def stop(self) -> None:
        """End everything that was started, Leakstream first."""
        for process in reversed(self.processes):
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + 10
        for process in self.processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to a process and all it started."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return  # it is gone


def spawn(command: Sequence[str], **streams: object) -> subprocess.Popen[str]:
    """Start a program in a group of its own."""
    options: dict[str, object] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **streams}
    return subprocess.Popen(command, text=True, start_new_session=True, **options)  # type: ignore[call-overload, no-any-return]  # noqa: S603 streams go by name; our own programs


def write_settings(addresses: dict[str, str], store_port: int, web_port: int) -> str:
    """Write the settings file of the demo."""
    jobs = [
        {"job_name": service, "static_configs": [{"targets": [address], "labels": {"version": "v1"}}]}
        for service, address in addresses.items()
    ]
    settings = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "900ms"},
        "scrape_configs": jobs,
        "log": {"sqlite": {"path": str(FOLDER / "data" / "log.db")}},
        "store": {
            "embedded": {"path": str(FOLDER / "data" / "store"), "listen_address": f"127.0.0.1:{store_port}"},
        },
        "web": {"listen_address": f"127.0.0.1:{web_port}"},
        "tickets": [{"file": {"path": str(FOLDER / "tickets")}}],
        "detection": {"learning_slots": 30},
    }
    return json.dumps(settings, indent=2)


def draw(rows: Sequence[dict[str, object]]) -> Table:
    """Draw what grows."""
    table = Table(title="goroutine leaks")
    for name in ("service", "state", "site", "operation", "goroutines", "growth an hour", "fingerprint"):
        table.add_column(name)
    for row in rows:
        low, high = float(str(row["growth_low"])), float(str(row["growth_high"]))
        growth = f"{float(str(row['growth_per_hour'])):.0f} ({low:.0f} to {high:.0f})"
        cells = (
            row["service"],
            row["state"],
            row["site"],
            row["operation"],
            row["goroutines"],
            growth,
            row["fingerprint"],
        )
        table.add_row(*map(str, cells))
    return table


def choose_port(wanted: int) -> int:
    """Give the wanted port, or a free one when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> int:
    """Run the demo; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    keep = parser.parse_args().keep
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(highlight=False)
    for stale in ("data", "tickets"):
        rmtree(FOLDER / stale, ignore_errors=True)
    FOLDER.mkdir(exist_ok=True)
    demo = Demo(console, choose_port(8123), choose_port(9464))
    try:
        demo.start()
        rows = demo.watch()
        demo.wait_for_tickets(rows)
        demo.check(rows)
        demo.conclude(rows)
        while keep:
            console.print(f"running: {demo.store} and http://127.0.0.1:{demo.web_port}/metrics; Ctrl-C ends it")
            signal.pause()
    except DemoError as error:
        console.print(f"the demo failed: {error}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
