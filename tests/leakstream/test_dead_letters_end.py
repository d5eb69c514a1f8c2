"""How a process ends that meets nothing but garbage."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.dead_topics import list_letters
from schemas.ports import Message
from schemas.wire.codec import PROFILES_TOPIC
from tests.doubles import SetClock
from tests.ports import free_port


def process(file: Path) -> subprocess.CompletedProcess[str]:
    """Run `leakstream process` until it ends by itself."""
    command = [sys.executable, "-m", "leakstream", "process", "--config", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


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
    settings = {
        "log": {"sqlite": {"path": str(path), "retention": "3650d"}},
        "store": {"embedded": {"path": str(tmp_path / "store"), "listen_address": f"127.0.0.1:{free_port()}"}},
        "web": {"listen_address": f"127.0.0.1:{free_port()}"},
        "dead_letters": {"consecutive": 5},
    }
    file = tmp_path / "leakstream.yml"
    file.write_text(json.dumps(settings))
    ran = process(file)
    lines = [json.loads(line) for line in ran.stderr.splitlines() if line.startswith("{")]
    reasons = [line["error"] for line in lines if line["event"] == "a role ended"]
    start = f"DeadLettersError: {PROFILES_TOPIC}[0]: 6 records in a row cannot be processed (malformed_record 6), so"
    assert (ran.returncode, [reason[: len(start)] for reason in reasons]) == (1, [start])
    assert list_letters(log, lambda _: True, None) == []
    log.close()
