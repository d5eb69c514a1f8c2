"""What a torture run does around the faults: topics at the beginning, metrics in between, draining at the end."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable

from kafka import errors
from kafka.admin import KafkaAdminClient

from leakstream.adapters.kafka import KafkaLog
from leakstream.process_metrics import parse_metrics
from processors import deliver, run
from schemas.settings_kafka import KafkaLogSettings
from schemas.wire.codec import ANOMALIES_TOPIC, PROFILES_TOPIC
from tests.conservation.crew import PARTITIONS, Crew, Program
from tests.conservation.schedule import ROLES

_READY_SECONDS = 8.0
_DRAIN_SECONDS = 120.0


def kafka_settings(crew: Crew) -> KafkaLogSettings:
    """How this process reaches the broker."""
    return KafkaLogSettings.model_validate({"bootstrap_servers": [crew.broker.bootstrap], "request_timeout": "10s"})


def make_topics(crew: Crew) -> None:
    """Make what the roles need, as a person would."""
    command = [sys.executable, "-m", "leakstream", "topics", "apply", "--config", str(crew.folder / "process0.yml")]
    subprocess.run(command, check=True, capture_output=True)


def add_partitions(crew: Crew) -> None:
    """Add two partitions to the topic of profiles."""
    admin = KafkaAdminClient(bootstrap_servers=crew.broker.bootstrap)
    admin.create_partitions({PROFILES_TOPIC: PARTITIONS + 2})
    admin.close()


def count_rebalances(crew: Crew, found: dict[tuple[str, int], int]) -> None:
    """Note the rebalances that each living processor tells of; the dead keep what they last told."""
    for program in crew.roles["process"]:
        if program.process is not None and program.runs():
            told = metric(crew, program, "leakstream_rebalances_total")
            if told is not None:
                found[program.name, program.process.pid] = round(told)


def wait_for_processors(crew: Crew) -> None:
    """Wait a while until every processor holds a partition: a fault harms none that only starts."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if all(metric(crew, program, "leakstream_partitions") for program in _running(crew, "process")):
            return
        time.sleep(0.2)


def drain(crew: Crew) -> bool:
    """Wait until every profile is processed; False when that does not come."""
    return _wait(lambda: _lag(crew, PROFILES_TOPIC, run.GROUP) == 0)


def settle(crew: Crew) -> list[str]:
    """Let everything drain and end in order; give what did not, a sentence each."""
    problems = []
    crew.set_fault("none")
    crew.start_roles()
    if not _wait(lambda: all(not metric(crew, p, "leakstream_spool_records") for p in _running(crew, "collect"))):
        problems.append("a spool was not drained")
    problems += _stop(crew, "collect")
    if not drain(crew):
        problems.append(f"{_lag(crew, PROFILES_TOPIC, run.GROUP)} profiles were not processed")
    problems += _stop(crew, "process")
    if not _wait(lambda: _lag(crew, ANOMALIES_TOPIC, deliver.GROUP) == 0):
        problems.append(f"{_lag(crew, ANOMALIES_TOPIC, deliver.GROUP)} anomalies were not delivered")
    return problems + _stop(crew, "notify")


def _running(crew: Crew, role: str) -> list[Program]:
    """Give the programs of a role that should run."""
    return crew.roles[role][: ROLES[role]]


def _stop(crew: Crew, role: str) -> list[str]:
    """End a role in order; give who did not."""
    codes = {program.name: program.stop() for program in crew.roles[role]}
    return [f"{name} ended with {code} at SIGTERM" for name, code in codes.items() if code]


def _wait(is_so: Callable[[], bool]) -> bool:
    """Wait until something is so, for two minutes at most."""
    deadline = time.monotonic() + _DRAIN_SECONDS
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.5)
    return False


def _lag(crew: Crew, topic: str, group: str) -> int:
    """Count the records that a group has not committed; -1 while the broker looks for who coordinates it."""
    log = KafkaLog(kafka_settings(crew))
    admin = KafkaAdminClient(bootstrap_servers=crew.broker.bootstrap)
    try:
        found = admin.list_group_offsets(group).get(group, {})
        committed = {place.partition: offset.offset for place, offset in found.items() if place.topic == topic}
        ends = {partition: log.bounds(topic, partition)[1] for partition in range(log.partitions(topic))}
        return sum(end - max(0, committed.get(partition, 0)) for partition, end in ends.items())
    except errors.CoordinatorNotAvailableError:
        return -1
    finally:
        admin.close()
        log.close()


def metric(crew: Crew, program: Program, name: str) -> float | None:
    """Ask a program for a metric; None when it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{crew.web[program.name]}/metrics", timeout=2) as answer:
            samples = parse_metrics(answer.read().decode())
    except OSError:
        return None
    return next((sample.value for sample in samples if sample.name == name), None)
