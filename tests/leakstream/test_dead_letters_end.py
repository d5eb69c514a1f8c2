"""How a process ends that meets nothing but garbage."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.broker import Broker
from leakstream.adapters.kafka import KafkaLog
from leakstream.adapters.kafka_admin import KafkaTopics
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.dead_topics import list_letters
from leakstream.topics import plan, wanted_topics
from processors.run import GROUP
from schemas.ports import Message
from schemas.settings_kafka import KafkaLogSettings
from schemas.wire.codec import PROFILES_TOPIC
from tests.doubles import SetClock
from tests.ports import free_port


def process(file: Path) -> subprocess.CompletedProcess[str]:
    """Run `leakstream process` until it ends by itself."""
    command = [sys.executable, "-m", "leakstream", "process", "--config", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def reasons_of(ran: subprocess.CompletedProcess[str]) -> list[str]:
    """Give why roles ended, from the log of the process."""
    lines = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    return [line["error"] for line in lines if line["event"] == "a role ended"]


def settings_of(folder: Path, log: dict[str, object]) -> Path:
    """Write the settings of a process that gives up after five records."""
    settings = {
        "log": log,
        "store": {"embedded": {"path": str(folder / "store"), "listen_address": f"127.0.0.1:{free_port()}"}},
        "web": {"listen_address": f"127.0.0.1:{free_port()}"},
        "dead_letters": {"consecutive": 5},
    }
    file = folder / "leakstream.yml"
    file.write_text(json.dumps(settings))
    return file


START = f"DeadLettersError: {PROFILES_TOPIC}[0]: 6 records in a row cannot be processed (malformed_record 6), so"


@pytest.mark.integration
def test_process_on_a_topic_of_garbage_ends_with_its_reason(tmp_path: Path) -> None:
    """Exit code 1 and the message in the log; nothing of the batch that passed the limit is put aside."""
    path = tmp_path / "log.db"
    log = SqliteLog(
        path,
        clock=SetClock(datetime(2026, 11, 1, tzinfo=UTC)),
        partitions=1,
        retention_seconds=1e9,
        retention_bytes=10**12,
    )
    log.append(PROFILES_TOPIC, [Message(b"cart", b"\xff\xff")] * 20)
    ran = process(settings_of(tmp_path, {"sqlite": {"path": str(path), "retention": "3650d"}}))
    assert (ran.returncode, [reason[: len(START)] for reason in reasons_of(ran)]) == (1, [START])
    assert list_letters(log, lambda _: True, None) == []
    log.close()


@pytest.mark.integration
def test_process_on_a_kafka_topic_of_garbage_ends_with_its_reason_and_drains_nothing(
    kafka_tools: None,  # noqa: ARG001 it skips
    tmp_path: Path,
) -> None:
    """The same on a broker: no letter is written and no offset moves, so that the topic is there for a person."""
    topics: dict[str, object] = {"partitions": 1, "replication_factor": 1, "min_insync_replicas": 1}
    with Broker.make(tmp_path / "broker") as broker:
        where: dict[str, object] = {"bootstrap_servers": [broker.bootstrap], "topics": topics}
        settings = KafkaLogSettings.model_validate(where)
        with KafkaTopics(settings) as there:
            for change in plan(wanted_topics(settings), {}).changes:
                there.apply(change)
        log = KafkaLog(settings)
        log.append(PROFILES_TOPIC, [Message(b"cart", b"\xff\xff")] * 20)
        ran = process(settings_of(tmp_path, {"kafka": where}))
        assert (ran.returncode, [reason[: len(START)] for reason in reasons_of(ran)]) == (1, [START])
        member = log.subscribe(PROFILES_TOPIC, GROUP, "a person")
        assert (list_letters(log, lambda _: True, None), member.committed(0)) == ([], 0)
        member.close()
        log.close()
