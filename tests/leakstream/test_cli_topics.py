"""`leakstream topics`: what it prints, what it leaves, and how it ends."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from examples.broker import Broker, free_ports
from leakstream.cli import main

ROOT = Path(__file__).parents[2]
NAMES = ["goroutine-profiles", "goroutine-profiles.dead", "leak-anomalies", "leak-anomalies.dead", "evidence-requests"]


def invoke(*arguments: str) -> Result:
    """Run a command in this process; stdout and stderr apart."""
    return CliRunner().invoke(main, ["topics", *arguments])


def objects(result: Result) -> list[dict[str, Any]]:
    """Read one JSON object a line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def write(folder: Path, bootstrap: str, **topics: object) -> str:
    """Write a settings file and give its name."""
    wish = {"replication_factor": 1, "min_insync_replicas": 1, "partitions": 2, **topics}
    kafka = {"bootstrap_servers": [bootstrap], "request_timeout": "2s", "topics": wish}
    file = folder / "leakstream.yml"
    file.write_text(json.dumps({"log": {"kafka": kafka}}))
    return str(file)


@pytest.fixture
def own_broker(kafka_tools: None, tmp_path: Path) -> Iterator[Broker]:  # noqa: ARG001 it skips
    """A broker without a topic."""
    with Broker.make(tmp_path / "kafka") as running:
        yield running


@pytest.mark.integration
def test_topics_are_planned_made_and_changed(own_broker: Broker, tmp_path: Path) -> None:
    """An empty broker, the first wish, more, and then less."""
    file = write(tmp_path, own_broker.bootstrap)
    planned = invoke("plan", "--config", file)
    assert [line.split(":")[0] for line in planned.stdout.splitlines()] == [f"create {name}" for name in NAMES]
    assert (planned.exit_code, planned.stderr) == (0, "5 changes would be made\n")
    made = invoke("apply", "--config", file)
    assert (made.exit_code, made.stdout, made.stderr) == (0, planned.stdout, "5 changes were made\n")
    for command in ("plan", "apply"):
        again = invoke(command, "--config", file)
        assert (again.exit_code, again.stdout, again.stderr) == (0, "", "no difference\n")

    file = write(tmp_path, own_broker.bootstrap, partitions=3, retention="2d")
    grown = invoke("apply", "--config", file)
    move = "services move between partitions, and out of their order with what waits: add partitions when the lag is 0"
    assert grown.stdout.splitlines() == [
        "add partitions to goroutine-profiles: 2 -> 3",
        "set retention.ms of goroutine-profiles: 86400000 -> 172800000",
        "add partitions to leak-anomalies: 2 -> 3",
    ]
    assert grown.stderr.splitlines() == [
        f"Warning: goroutine-profiles: {move}",
        f"Warning: leak-anomalies: {move}",
        "3 changes were made",
    ]

    file = write(tmp_path, own_broker.bootstrap, partitions=1, retention="1d")
    fewer = invoke("apply", "--config", file, "--output", "json")
    shrinks = "Kafka cannot take partitions away without their records"
    deletes = "the broker would delete the records that are older; --delete-old-records does it"
    kept = {"action": "keep", "done": False}
    assert objects(fewer) == [
        {**kept, "topic": NAMES[0], "what": "partitions", "before": "3", "after": "1", "note": shrinks},
        {
            **kept,
            "topic": NAMES[0],
            "what": "retention.ms",
            "before": "172800000",
            "after": "86400000",
            "note": deletes,
        },
        {**kept, "topic": NAMES[2], "what": "partitions", "before": "3", "after": "1", "note": shrinks},
    ]
    assert (fewer.exit_code, fewer.stderr) == (0, "0 changes were made, 3 differences are kept\n")

    told = invoke("apply", "--config", file, "--output", "json", "--delete-old-records")
    assert objects(told)[0] == {
        "action": "set",
        "topic": "goroutine-profiles",
        "what": "retention.ms",
        "before": "172800000",
        "after": "86400000",
        "note": "goroutine-profiles: the broker then deletes the records that are older",
        "done": True,
    }
    assert told.stderr == "1 changes were made, 2 differences are kept\n"


@pytest.mark.integration
def test_refusal_of_the_broker_is_one_sentence(broker: Broker, tmp_path: Path) -> None:
    """One broker cannot keep three replicas; the exit code is 1."""
    result = invoke("apply", "--config", write(tmp_path, broker.bootstrap, replication_factor=3))
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (1, "", 1)
    assert result.stderr.startswith("Error: the broker refused goroutine-profiles: InvalidReplicationFactorError: ")


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_broker_that_is_away_is_one_sentence(command: str, tmp_path: Path) -> None:
    """The client's own log is not shown; the exit code is 1."""
    (port,) = free_ports(1)
    file = write(tmp_path, f"127.0.0.1:{port}")
    words = [sys.executable, "-m", "leakstream", "topics", command, "--config", file]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    said = f"Error: no broker answers: 127.0.0.1:{port}: Connection refused\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, "", said)


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_embedded_log_is_refused(command: str, tmp_path: Path) -> None:
    """It makes its topics itself; the exit code is 2."""
    file = tmp_path / "leakstream.yml"
    file.write_text("log: {sqlite: {}}\n")
    result = invoke(command, "--config", str(file))
    said = f"{file}: log: the SQLite log makes its topics itself; log.kafka names a broker\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)


def test_settings_that_cannot_work_are_refused_before_anything_is_connected(tmp_path: Path) -> None:
    """With the place and the file; the exit code is 2."""
    file = tmp_path / "leakstream.yml"
    file.write_text(
        "log: {kafka: {bootstrap_servers: ['127.0.0.1:1'], security_protocol: SSL, tls_config: {ca_file: none.pem}}}\n"
    )
    result = invoke("plan", "--config", str(file))
    said = f"{file}: log.kafka.tls_config.ca_file: No such file or directory: 'none.pem'\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)
