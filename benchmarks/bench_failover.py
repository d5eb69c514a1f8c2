"""Measures what a killed broker costs: is anything lost that was acknowledged, and for how long does writing pause.

Three brokers in one quorum, replication 3, two replicas in sync. One writer appends batches to our log all the time;
each broker is killed (kill -9) in turn and started again. Afterwards everything is read back and held against what was
acknowledged. `python -m benchmarks.bench_failover` writes the figures into RESULTS.md.
"""

import tempfile
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from kafka.admin import KafkaAdminClient, NewTopic

from benchmarks.results import machine, publish
from examples.broker import Quorum
from leakstream.adapters.kafka import KafkaLog
from schemas.model import LogPosition
from schemas.ports import LogUnavailableError, Message
from schemas.settings_kafka import KafkaLogSettings

TOPIC, PARTITIONS = "goroutine-profiles", 12
_BATCH_MESSAGES, _MESSAGE_BYTES = 20, 2_000
_CALM_SECONDS, _DOWN_SECONDS = 6.0, 6.0


@dataclass
class Writer:
    """Appends batches until stopped; remembers where each message was acknowledged, and when."""

    log: KafkaLog
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: dict[int, LogPosition] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    refusals: int = 0

    def run(self) -> None:
        """Write; a batch that is refused is sent again, unchanged."""
        number = 0
        while not self.stop.wait(0.05):
            batch = [
                Message(b"%d" % (value % 97), b"%d " % value + bytes(_MESSAGE_BYTES))
                for value in range(number, number + _BATCH_MESSAGES)
            ]
            try:
                places = self.log.append(TOPIC, batch)
            except LogUnavailableError:
                self.refusals += 1
                continue
            self.times.append(time.monotonic())
            self.acknowledged.update(zip(range(number, number + _BATCH_MESSAGES), places, strict=True))
            number += _BATCH_MESSAGES


def measure(folder: Path) -> str:
    """Kill each of three brokers once under load, and give the section of the results."""
    with Quorum.make(folder) as quorum:
        settings = KafkaLogSettings.model_validate({"bootstrap_servers": quorum.bootstrap.split(",")})
        admin = KafkaAdminClient(bootstrap_servers=quorum.bootstrap.split(","))
        admin.create_topics([NewTopic(TOPIC, PARTITIONS, 3, topic_configs={"min.insync.replicas": "2"})])
        admin.close()
        writer = Writer(KafkaLog(settings))
        thread = threading.Thread(target=writer.run)
        thread.start()
        time.sleep(_CALM_SECONDS)
        pauses = []
        for node in (1, 2, 3):
            before = time.monotonic()
            quorum.kill(node)
            time.sleep(_DOWN_SECONDS)
            quorum.start(node)
            time.sleep(_CALM_SECONDS)
            pauses.append(_longest_gap(writer.times, before))
        writer.stop.set()
        thread.join()
        lost, repeated = _hold(writer)
        writer.log.close()
    rows = [
        ("messages acknowledged", f"{len(writer.acknowledged)}"),
        ("acknowledged and not there, or elsewhere", f"{lost}"),
        ("there twice (a batch that was refused in between is sent again)", f"{repeated}"),
        ("appends refused", f"{writer.refusals}"),
        ("longest pause of writing per kill", ", ".join(f"{pause:.1f} s" for pause in pauses)),
        ("session timeout of our settings, for comparison", f"{settings.session_timeout_seconds:g} s"),
    ]
    table = "\n".join(f"| {what} | {figure} |" for what, figure in rows)
    return (
        "## bench_failover.py: a broker of three is killed under load\n\n"
        f"Replication 3, 2 in sync, {PARTITIONS} partitions, batches of {_BATCH_MESSAGES} messages of 2 kB;"
        f" `make bench-kafka`; {machine()}.\n\n| what | figure |\n|---|---|\n{table}\n"
    )


def _longest_gap(times: list[float], since: float) -> float:
    """Give the longest time between two acknowledged batches since a moment."""
    moments = [since, *(moment for moment in times if moment >= since)]
    return max(later - earlier for earlier, later in pairwise(moments))


def _hold(writer: Writer) -> tuple[int, int]:
    """Read everything back; give how many messages are not where they were acknowledged, and how many stand twice."""
    found: dict[int, list[LogPosition]] = {}
    for partition in range(PARTITIONS):
        offset, end = writer.log.bounds(TOPIC, partition)
        while offset < end:
            for record in writer.log.read(TOPIC, partition, offset, 500):
                number = int((record.value or b"").partition(b" ")[0])
                found.setdefault(number, []).append(record.position)
                offset = record.position.offset + 1
    lost = sum(place not in found.get(number, []) for number, place in writer.acknowledged.items())
    return lost, sum(len(places) - 1 for places in found.values())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        publish(measure(Path(name)))
