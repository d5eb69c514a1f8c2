"""Fuzzes the door: `python -m tests.fuzz.door --minutes 10 --seed 1`.

Statements made of the engine's own words are asked by several clients while a writer goes on inserting. No statement
may open, read, make or change a file beside the store (the kernel tells of every touch), connect to anything (a port
listens), end the process, or stop what comes in. The guard stands alone here: the process is not confined. Findings go
to `.fuzz/`, with what was asked last by each client, and the program ends with 1.
"""

import argparse
import http.client
import json
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.door_grammar import Lures, Maker, Words, read_words
from tests.fuzz.watch import Watch
from tests.leakstream.serve.door_client import DoorClient, open_door

FOUND = Path(".fuzz")
CLIENTS = 3
SECRET = "7d1f4c-a-secret-that-nobody-may-read"  # noqa: S105 no password
"""Looked for in every answer as well."""
_REMEMBERED = 40
_SLOW_SECONDS = 5.0


@dataclass
class Campaign:
    """What the clients share: where they ask, until when, what came of it."""

    door: DoorClient
    words: Words
    lures: Lures
    watch: Watch
    listener: socket.socket
    until: float
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    slow: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, seed: int) -> None:
        """Ask until time is up or something was found."""
        make = Maker(self.words, self.lures, seed)
        while time.monotonic() < self.until and not self.findings:
            self.ask(make(), make.address())

    def ask(self, statement: str, address: dict[str, str]) -> None:
        """Ask one statement and look at what it did."""
        with self.lock:
            self.last.append(json.dumps([statement, address]))
        began = time.monotonic()
        try:
            answer = self.door.ask(statement.encode(errors="replace"), **address)
        except (OSError, http.client.HTTPException) as error:
            self.find(f"no answer, {type(error).__name__}: {error}")
            return
        seconds = time.monotonic() - began
        with self.lock:
            self.outcomes[answer.code or "ok"] += 1
            if seconds > _SLOW_SECONDS:
                self.slow.append(f"{seconds:.1f} s: {statement[:200]!r}")
        if answer.status >= 400 and not answer.code:
            self.find(f"an error that is not ClickHouse's, {answer.status}: {answer.body[:200]!r}")
        if SECRET.encode() in answer.body:
            self.find("the secret stood in an answer")
        self.look()

    def look(self) -> None:
        """Look at the watch and at the port."""
        with self.lock:
            touched = self.watch.take()
        if touched:
            self.find(f"files were touched: {', '.join(touched)}")
        try:
            visitor, _ = self.listener.accept()
        except BlockingIOError:
            return
        with visitor:
            self.find("somebody came to the port")

    def find(self, what: str) -> None:
        """Remember a finding with what was asked last."""
        with self.lock:
            self.findings.append("\n".join([what, *self.last]))


def fuzz(seconds: float, seed: int, clients: int) -> tuple[Campaign, dict[str, object]]:
    """Run a campaign; give what was found, and what the writer said."""
    with tempfile.TemporaryDirectory(prefix="fuzz-door-") as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        outside = Path(folder, "outside")
        outside.mkdir()
        canary = outside / "canary.csv"
        canary.write_text(SECRET)
        with open_door(Path(folder, "store"), program="loaded_program") as door:
            lures = Lures(str(canary), str(outside / "target.csv"), listener.getsockname()[1])
            words = read_words(door)
            campaign = Campaign(door, words, lures, Watch.begin(outside), listener, time.monotonic() + seconds)
            with ThreadPoolExecutor(clients) as threads:
                list(threads.map(campaign.run, range(seed * clients, (seed + 1) * clients)))
            campaign.watch.close()
            if (tables := door.ask("SHOW TABLES").text) != "ingested\nnumbered\n":
                campaign.find(f"the tables are {tables}")
        if canary.read_text() != SECRET or list(outside.iterdir()) != [canary]:
            campaign.find("the canary is not as it was")
    said = json.loads(door.outcomes[-1])
    if said["error"] or not said["rows"] == said["known"] == said["expected_rows"] > 0:
        campaign.find(f"the writer says {said}")
    return campaign, said


def main() -> int:
    """Read the arguments and run; 1 when something was found."""
    parser = argparse.ArgumentParser(description="fuzz the door of the embedded engine")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long  [default: 10]")
    parser.add_argument("--seed", type=int, default=None, help="repeats the statements  [default: another each time]")
    parser.add_argument("--clients", type=int, default=CLIENTS, help="how many ask  [default: 3]")
    chosen = parser.parse_args()
    seed = random.randrange(10**6) if chosen.seed is None else chosen.seed  # noqa: S311 printed below
    say(f"seed {seed}")
    campaign, said = fuzz(chosen.minutes * 60, seed, chosen.clients)
    codes = ", ".join(f"{number} {code}" for code, number in campaign.outcomes.most_common(12))
    say(f"{campaign.outcomes.total()} statements by code: {codes}")
    say(f"the writer: {said}")
    for slow in campaign.slow[:10]:
        say(f"slow, {slow}")
    FOUND.mkdir(exist_ok=True)
    for number, finding in enumerate(campaign.findings):
        path = FOUND / f"door-{seed}-{number}.txt"
        path.write_text(finding)
        say(f"FOUND {finding.splitlines()[0]}: {path}")
    say(f"{len(campaign.findings)} findings")
    return int(bool(campaign.findings))


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
