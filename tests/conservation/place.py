"""A folder in which one run of Leakstream happens: its settings, its processes, and what can be seen from outside."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.settings import Settings
from schemas.settings_load import load_settings
from schemas.wire.codec import PROFILES_TOPIC
from tests.ports import free_port

PARTITIONS = 4
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run happens."""

    folder: Path
    web_port: int

    @property
    def settings_file(self) -> Path:
        """Give the settings that every process of the run reads."""
        return self.folder / "leakstream.yml"

    def write_settings(self, addresses: dict[str, str], interval: str) -> None:
        """Write them; JSON is YAML."""
        jobs = [{"job_name": name, "static_configs": [{"targets": [at]}]} for name, at in addresses.items()]
        settings = {
            "global": {"scrape_interval": interval, "scrape_timeout": interval},
            "scrape_configs": jobs,
            "log": {"sqlite": {"path": str(self.folder / "log.db"), "partitions": PARTITIONS}},
            "store": {
                "embedded": {"path": str(self.folder / "store"), "listen_address": f"127.0.0.1:{free_port()}"},
            },
            "web": {"listen_address": f"127.0.0.1:{self.web_port}"},
            "tickets": [{"file": {"path": str(self.folder / "tickets")}}],
            "detection": {"learning_slots": 20, "hold_slots": 5, "quiet_slots": 20},
            "evidence": {"enabled": False},  # every answer of a target is a scrape here
        }
        self.settings_file.write_text(json.dumps(settings, indent=2))

    def read_settings(self) -> Settings:
        """Read them as the product does."""
        return load_settings(self.settings_file.read_text(), str(self.settings_file))

    def get(self, path: str) -> str:
        """Ask the web listener; empty when it does not answer, or answers that it is not ready."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}{path}", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""


class RunError(Exception):
    """The run could not be made as planned; the message says why."""


@contextmanager
def started(role: str, place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Run a role of Leakstream on a leash; killed in the end if it is still there."""
    leash = [sys.executable, "-m", "examples.leash", str(os.getpid())]
    command = [*leash, sys.executable, "-m", "leakstream", role, "--config", str(place.settings_file)]
    with (place.folder / "leakstream.log").open("ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(what: str, holds: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until something holds; raise RunError when the process ends before, or our patience."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if process.poll() is not None:
            raise RunError(f"the process ended with {process.returncode} before {what}")
        if time.monotonic() > deadline:
            raise RunError(f"{what} did not come within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.05)


def end_well(role: str, place: Place, wanted: str, holds: Callable[[], bool]) -> None:
    """Run a role until something holds, then stop it in order."""
    with started(role, place) as process:
        wait_for("readiness", lambda: bool(place.get("/readyz")), process)
        wait_for(wanted, holds, process)
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise RunError(f"{role} did not end within {PATIENCE_SECONDS:.0f} s of SIGTERM") from None
    if code:
        raise RunError(f"{role} ended with {code} on SIGTERM")


def is_caught_up(place: Place) -> bool:
    """Say whether every partition is held and nothing of it is left to process."""
    lag = re.findall(r"^leakstream_lag_records\{.*\} (\S+)$", place.get("/metrics"), re.MULTILINE)
    return [float(records) for records in lag] == [0.0] * PARTITIONS


def count_uncommitted(log: Path) -> int:
    """Give how many records were appended and not committed; 0 before there is a log."""
    commits = read_commits(log)
    ends = read_numbers(log, "SELECT partition, next FROM ends WHERE topic = ?")
    return sum(end - commits.get(partition, 0) for partition, end in ends.items())


def read_commits(log: Path) -> dict[int, int]:
    """Give the committed offset of each partition."""
    return read_numbers(log, "SELECT partition, next FROM commits WHERE topic = ?")


def read_numbers(log: Path, sql: str) -> dict[int, int]:
    """Look into the file of the log, which no port shows without joining a group; nothing before there is one."""
    try:
        with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as database:
            return {int(key): int(number) for key, number in database.execute(sql, (PROFILES_TOPIC,))}
    except sqlite3.OperationalError:
        return {}
