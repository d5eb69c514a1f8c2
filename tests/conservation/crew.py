"""The processes of a torture run: targets, a broker, a store, and every role as often as it should run.

All of them are separate programs started through the public command. They end with this process, even when it is
killed (`examples.leash`).
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examples.broker import Broker
from tests.conservation.schedule import ROLES
from tests.ports import free_port

SERVICES, INSTANCES = 4, 2
INTERVAL_SECONDS = 1.0
TIMEOUT_SECONDS = 0.9
REQUEST_TIMEOUT_SECONDS = 3.0
PARTITIONS = 4
DETECTION = {"learning_slots": 5, "hold_slots": 3, "quiet_slots": 20}
_STOP_SECONDS = 40.0
_READY = b'"event": "ready"'


@dataclass(slots=True)
class Program:
    """One process that can be started again under the same command."""

    name: str
    command: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    log_start: int = 0

    def start(self) -> None:
        """Start it unless it runs."""
        if not self.runs():
            leash = [sys.executable, "-m", "examples.leash", str(os.getpid())]
            with self.log.open("ab") as log:
                self.log_start = log.tell()
                self.process = subprocess.Popen([*leash, *self.command], stdout=log, stderr=log)

    def runs(self) -> bool:
        """Say whether it runs."""
        return self.process is not None and self.process.poll() is None

    def was_ready(self) -> bool:
        """Say whether it came to work since its last start."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            return _READY in log.read()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self.process is not None and self.runs():
            self.process.send_signal(number)

    def kill(self) -> None:
        """Kill it and wait for its end."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self) -> int:
        """Ask it to end and wait; give its exit code, 0 when it did not run, -9 when it had to be killed.

        A program that has not come so far as to heed signals, which it does when it says ready, ends by the signal.
        """
        if self.process is None or not self.runs():
            return 0
        self.send(signal.SIGTERM)
        try:
            code = self.process.wait(_STOP_SECONDS)
            return 0 if code == -signal.SIGTERM and not self.was_ready() else code
        except subprocess.TimeoutExpired:
            self.kill()
            return -9


@dataclass(slots=True)
class Crew:
    """Everything that runs in one folder. `roles` maps a role to its programs, two spare ones last."""

    folder: Path
    module: str = "leakstream"
    partitions: int = PARTITIONS
    broker: Broker = field(init=False)
    store: Program = field(init=False)
    targets: Program = field(init=False)
    roles: dict[str, list[Program]] = field(init=False)
    store_port: int = field(default_factory=free_port)
    ports: list[int] = field(default_factory=lambda: [free_port() for _ in range(SERVICES * INSTANCES)])
    web: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        python = sys.executable
        self.broker = Broker.make(self.folder / "broker")
        store = [python, "-m", "tests.conservation.store_server", str(self.folder / "store"), str(self.store_port)]
        self.store = Program("store", store, self.folder / "store.log")
        ledger = [python, "-m", "tests.conservation.targets", str(self.ledger), *map(str, self.ports)]
        self.targets = Program("targets", ledger, self.folder / "targets.log")
        self.roles = {role: [self._program(role, n) for n in range(many + 2)] for role, many in ROLES.items()}

    @property
    def ledger(self) -> Path:
        """Where the targets write what they served."""
        return self.folder / "served.txt"

    @property
    def store_url(self) -> str:
        """Where the store is."""
        return f"http://127.0.0.1:{self.store_port}"

    def start_base(self) -> None:
        """Start broker, store and targets, and wait until the last two answer."""
        self.broker.start()
        self.store.start()
        self.targets.start()
        self.wait_for_store()

    def start_roles(self) -> None:
        """Start as many of each role as should run."""
        for role, many in ROLES.items():
            for program in self.roles[role][:many]:
                program.start()

    def wait_for_store(self) -> None:
        """Wait until the store answers."""
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.store_url}/ping", timeout=1):  # noqa: S310 loopback
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the store did not start")

    def set_fault(self, kind: str) -> None:
        """Make the store behave."""
        request = urllib.request.Request(f"{self.store_url}/fault/{kind}", data=b"", method="POST")  # noqa: S310 loopback
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 loopback
            return

    def close(self) -> None:
        """End everything."""
        for program in (*(p for programs in self.roles.values() for p in programs), self.store, self.targets):
            program.kill()
        self.broker.kill()

    def _program(self, role: str, number: int) -> Program:
        """Give a role as a program with settings of its own."""
        settings = self.folder / f"{role}{number}.yml"
        settings.write_text(json.dumps(self._settings(f"{role}{number}"), indent=2))
        command = [sys.executable, "-m", self.module, role, "--config", str(settings)]
        return Program(f"{role}{number}", command, self.folder / f"{role}{number}.log")

    def _settings(self, name: str) -> Mapping[str, object]:
        """Write settings; JSON is YAML."""
        self.web[name] = f"127.0.0.1:{free_port()}"
        jobs = [
            {
                "job_name": f"service{number}",
                "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in self.ports[number::SERVICES]]}],
            }
            for number in range(SERVICES)
        ]
        kafka = {
            "bootstrap_servers": [self.broker.bootstrap],
            "session_timeout": "3s",
            "request_timeout": f"{REQUEST_TIMEOUT_SECONDS:g}s",
            "topics": {"partitions": self.partitions, "replication_factor": 1, "min_insync_replicas": 1},
            "spool": {"path": str(self.folder / "spool" / name)},
        }
        return {
            "global": {"scrape_interval": f"{INTERVAL_SECONDS:g}s", "scrape_timeout": f"{TIMEOUT_SECONDS * 1000:g}ms"},
            "scrape_configs": jobs,
            "log": {"kafka": kafka},
            "store": {"clickhouse": {"url": self.store_url}},
            "web": {"listen_address": self.web[name]},
            "tickets": [{"file": {"path": str(self.folder / "tickets")}}],
            "detection": DETECTION,
            "evidence": {"enabled": False},  # every answer of a target is a scrape here
        }
