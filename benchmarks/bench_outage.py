"""Measures an outage of the broker: does scraping go on with flat memory, and does everything arrive in order after it.

One `leakstream collect` scrapes targets that number their profiles; the broker is stopped for minutes and started
again. `python -m benchmarks.bench_outage --minutes 10 --targets 200` writes the figures into RESULTS.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from benchmarks.results import machine, publish
from examples.broker import Broker
from leakstream.adapters.kafka import KafkaLog
from leakstream.process_metrics import parse_metrics
from schemas.ports import Record
from schemas.settings_kafka import KafkaLogSettings
from schemas.wire.codec import PROFILES_TOPIC, decode_profile
from tests.conservation.ledger import find_serials
from tests.conservation.oracle import read_all
from tests.ports import free_port

SERVICES = 20
_CALM_SECONDS = 20.0
_SAMPLE_SECONDS = 5.0
_DRAIN_SECONDS = 300.0


@dataclass
class Run:
    """What runs, and what was seen of the collector's memory, in MiB."""

    folder: Path
    broker: Broker
    ports: list[int]
    web: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def settings(self) -> Mapping[str, object]:
        """Write the settings; JSON is YAML."""
        jobs = [
            {
                "job_name": f"service{number}",
                "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in self.ports[number::SERVICES]]}],
            }
            for number in range(SERVICES)
        ]
        topics = {"partitions": 12, "replication_factor": 1, "min_insync_replicas": 1}
        kafka = {"bootstrap_servers": [self.broker.bootstrap], "topics": topics}
        return {
            "global": {"scrape_interval": "1s", "scrape_timeout": "900ms"},
            "scrape_configs": jobs,
            "log": {"kafka": {**kafka, "spool": {"path": str(self.folder / "spool")}}},
            "web": {"listen_address": self.web},
        }

    def start(self) -> None:
        """Start targets and collector on new topics."""
        file = self.folder / "leakstream.yml"
        file.write_text(json.dumps(self.settings()))
        leakstream = [sys.executable, "-m", "leakstream"]
        subprocess.run([*leakstream, "topics", "apply", "--config", str(file)], check=True, capture_output=True)
        served = [sys.executable, "-m", "tests.conservation.targets", str(self.folder / "served.txt")]
        self._spawn([*served, *map(str, self.ports)])
        self._spawn([*leakstream, "collect", "--config", str(file)])

    def _spawn(self, command: list[str]) -> None:
        leash = [sys.executable, "-m", "examples.leash", str(os.getpid())]
        with (self.folder / f"program{len(self.processes)}.log").open("wb") as log:
            self.processes.append(subprocess.Popen([*leash, *command], stdout=log, stderr=log))

    def memory_mib(self) -> float:
        """Give what the collector holds now."""
        status = Path(f"/proc/{self.processes[-1].pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def metric(self, name: str) -> float:
        """Give a metric of the collector, 0 when it is not told."""
        with urllib.request.urlopen(f"http://{self.web}/metrics", timeout=5) as answer:
            samples = parse_metrics(answer.read().decode())
        return sum(sample.value for sample in samples if sample.name == name)

    def watch(self, seconds: float, enough: Callable[[], bool] = lambda: False) -> list[float]:
        """Sample the memory for so long, or until it is enough."""
        deadline, seen = time.monotonic() + seconds, [self.memory_mib()]
        while time.monotonic() < deadline and not enough():
            time.sleep(min(_SAMPLE_SECONDS, max(0.0, deadline - time.monotonic())))
            seen.append(self.memory_mib())
        return seen

    def stop(self) -> None:
        """End the collector in order, then the targets."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(60)


def measure(folder: Path, minutes: float, targets: int) -> str:
    """Take the broker away and bring it back; give the section of the results."""
    broker = Broker.make(folder / "broker")
    broker.start()
    run = Run(folder, broker, [free_port() for _ in range(targets)])
    try:
        run.start()
        time.sleep(_CALM_SECONDS)
        before = run.watch(_CALM_SECONDS)
        broker.stop()
        away = run.watch(minutes * 60)
        deepest = run.metric("leakstream_spool_records")
        broker.start()
        started = time.monotonic()
        run.watch(_DRAIN_SECONDS, lambda: run.metric("leakstream_spool_records") == 0)
        drain_seconds = time.monotonic() - started
        time.sleep(_CALM_SECONDS)
        dropped = run.metric("leakstream_dropped_total")
        run.stop()
        log = KafkaLog(KafkaLogSettings.model_validate({"bootstrap_servers": [broker.bootstrap]}))
        records = read_all(log, PROFILES_TOPIC)
        log.close()
    finally:
        for process in run.processes:
            process.kill()
        broker.kill()
    rows = [
        ("records in the topic", f"{len(records)}"),
        ("slots without a record, of all targets together", f"{_missed_slots(records)}"),
        ("profiles served and not in the topic", f"{_missing(run, records)}"),
        ("dropped, by the collector's own count", f"{dropped:.0f}"),
        ("slots behind a later slot of the same target", f"{_disordered(records)}"),
        ("records that came a second time, which the processor drops", f"{_repeated(records)}"),
        ("records in the spool when the broker came back", f"{deepest:.0f}"),
        ("seconds until the spool was empty", f"{drain_seconds:.0f}"),
        ("memory of the collector before, in MiB", f"{min(before):.0f} to {max(before):.0f}"),
        ("memory in the last half of the outage, in MiB", _span(away[len(away) // 2 :])),
    ]
    table = "\n".join(f"| {what} | {figure} |" for what, figure in rows)
    return (
        "## bench_outage.py: the broker is away\n\n"
        f"{targets} targets scraped once a second, broker stopped for {minutes:g} minutes;"
        f" `python -m benchmarks.bench_outage`; {machine()}.\n\n| what | figure |\n|---|---|\n{table}\n"
    )


def _span(figures: list[float]) -> str:
    """Say from where to where figures go."""
    return f"{min(figures):.0f} to {max(figures):.0f}"


def _slots(records: list[Record]) -> dict[str, list[float]]:
    """Give the slots of each target in the order of the log."""
    found: dict[str, list[float]] = {}
    for record in records:
        scraped = decode_profile(record)
        found.setdefault(scraped.instance, []).append(scraped.slot.timestamp())  # type: ignore[union-attr]  # all ours
    return found


def _missed_slots(records: list[Record]) -> int:
    """Count the slots between the first and the last of each target that have no record."""
    return sum(round(max(slots) - min(slots)) + 1 - len(set(slots)) for slots in _slots(records).values())


def _disordered(records: list[Record]) -> int:
    """Count the slots that come behind a later slot of their target; of a slot that came twice the first counts."""
    first = (list(dict.fromkeys(slots)) for slots in _slots(records).values())
    return sum(later < earlier for slots in first for earlier, later in pairwise(slots))


def _repeated(records: list[Record]) -> int:
    """Count the records that a batch of unknown fate brought a second time; the processor drops them."""
    return sum(len(slots) - len(set(slots)) for slots in _slots(records).values())


def _missing(run: Run, records: list[Record]) -> int:
    """Count what was served and is not there; what was served in the very end may have been cut by the end."""
    recorded = find_serials(records)
    lines = (run.folder / "served.txt").read_text().splitlines()
    served = {(int(port), int(serial)) for port, serial, _ in map(str.split, lines)}
    return len(served - recorded.keys())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--targets", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        publish(measure(Path(name), given.minutes, given.targets))
