"""What the demo runs: three Go services, and Leakstream on them. Starts them, and ends all of them whatever happens.

Each program has a process group of its own, so a Ctrl-C reaches the demo alone, which then ends them in order; a demo
that is killed takes them along (a closed standard input ends the services, the leash ends Leakstream).
"""

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
from typing import Any

from examples.broker import Broker
from examples.build import build

FOLDER = Path(".demo")
LOG = FOLDER / "leakstream.log"
SERVICES = {
    "checkout": ("leaks/forgotten-receiver", "main.fetchPrice"),
    "search": ("leaks/abandoned-cancel", "main.watchSession"),
    "inventory": ("healthy/steady-load", ""),
}
"""Service -> its program, and the function that leaks; empty for the healthy one."""
_READY_SECONDS = 60
_PATIENCE_SECONDS = 10


class DemoError(Exception):
    """What was promised did not happen; the message says what did."""


@dataclass(slots=True)
class Fleet:
    """The programs that run, and where; Leakstream is the last that was started. A broker only where it is the log."""

    store_port: int
    web_port: int
    broker: Broker | None = None
    addresses: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def store(self) -> str:
        """Give the address of the store."""
        return f"http://127.0.0.1:{self.store_port}"

    @property
    def web(self) -> str:
        """Give the address of health and metrics."""
        return f"http://127.0.0.1:{self.web_port}"

    def start_services(self) -> None:
        """Build and start the services."""
        binaries = {service: build(program, FOLDER / "bin") for service, (program, _) in SERVICES.items()}
        for service, binary in binaries.items():
            process = spawn([str(binary)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.processes.append(process)
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("listening "):
                raise DemoError(f"{binary.name} did not start: {line!r}")
            self.addresses[service] = line.split()[1]

    def start_broker(self) -> None:
        """Start an Apache Kafka of its own; the first time Maven brings it."""
        self.broker = Broker.make(FOLDER / "kafka")
        self.broker.start()

    def start_leakstream(self) -> None:
        """Start Leakstream on the services and wait until every role of it runs."""
        settings = FOLDER / "leakstream.yml"
        settings.write_text(write_settings(self))
        if self.broker:
            make_topics(settings)
        leash = [sys.executable, "-m", "examples.leash", str(os.getpid())]
        with LOG.open("w") as log:
            command = [*leash, sys.executable, "-m", "leakstream", "up", "--config", str(settings)]
            self.processes.append(spawn(command, stderr=log))
        deadline = time.monotonic() + _READY_SECONDS
        while not self.is_ready():
            self.hold()
            if time.monotonic() > deadline:
                raise DemoError(f"leakstream was not ready within {_READY_SECONDS} s; see {LOG}")
            time.sleep(0.1)

    def is_ready(self) -> bool:
        """Say whether every role of Leakstream runs."""
        try:
            with urllib.request.urlopen(f"{self.web}/readyz", timeout=2):  # noqa: S310 loopback
                return True
        except OSError:
            return False

    def hold(self) -> None:
        """Raise when a program ended that should run."""
        if self.broker and not self.broker.is_running():
            raise DemoError(f"the broker ended; see {FOLDER / 'kafka'}")
        names = [*self.addresses, "leakstream"]
        for name, process in zip(names, self.processes, strict=True):
            if process.poll() is not None:
                raise DemoError(f"{name} ended with {process.returncode}; see {LOG}")

    def ask(self, sql: str) -> list[dict[str, object]]:
        """Ask the store as any ClickHouse client does; raises when it does not answer or refuses."""
        try:
            with urllib.request.urlopen(self.store, data=sql.encode(), timeout=10) as answer:  # noqa: S310 loopback
                return [json.loads(line) for line in answer.read().splitlines()]
        except urllib.error.HTTPError as error:
            said = error.read(500).decode(errors="replace")
            raise DemoError(f"the store refused {sql!r}: {error.code} {said}") from error
        except OSError as error:
            self.hold()
            raise DemoError(f"the store at {self.store} did not answer: {error}; see {LOG}") from error

    def stop(self) -> None:
        """End everything that was started, Leakstream first; kill what does not end in time."""
        for process in reversed(self.processes):
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        for process in reversed(self.processes):
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        if self.broker:
            self.broker.stop()


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Send a signal to a process that runs and to all it started."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return  # it ended between the two lines


def spawn(command: Sequence[str], **streams: object) -> subprocess.Popen[str]:
    """Start a program in a group of its own."""
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **streams}
    return subprocess.Popen(command, text=True, start_new_session=True, **options)  # noqa: S603 our own programs


def make_topics(settings: Path) -> None:
    """Make the topics as a person would; raises with what the command said when it fails."""
    command = [sys.executable, "-m", "leakstream", "topics", "apply", "--config", str(settings)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 our own program
    if made.returncode:
        raise DemoError(f"the topics could not be made: {made.stderr.strip()}")


def write_settings(fleet: Fleet) -> str:
    """Write the settings file of the demo; JSON is YAML."""
    jobs = [
        {"job_name": service, "static_configs": [{"targets": [address], "labels": {"version": "v1"}}]}
        for service, address in fleet.addresses.items()
    ]
    settings = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "900ms"},
        "scrape_configs": jobs,
        "log": write_log(fleet.broker),
        "store": {
            "embedded": {"path": str(FOLDER / "data" / "store"), "listen_address": f"127.0.0.1:{fleet.store_port}"},
        },
        "web": {"listen_address": f"127.0.0.1:{fleet.web_port}"},
        "tickets": [{"file": {"path": str(FOLDER / "tickets")}}],
        "detection": {"learning_slots": 30},
    }
    return json.dumps(settings, indent=2)


def write_log(broker: Broker | None) -> dict[str, object]:
    """Write the section of the log: the embedded one, or Kafka on one broker."""
    if broker is None:
        return {"sqlite": {"path": str(FOLDER / "data" / "log.db")}}
    topics = {"partitions": 4, "replication_factor": 1, "min_insync_replicas": 1}
    spool = {"path": str(FOLDER / "data" / "spool")}
    return {"kafka": {"bootstrap_servers": [broker.bootstrap], "topics": topics, "spool": spool}}


def choose_port(wanted: int) -> int:
    """Give the wanted port, or a free one when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
