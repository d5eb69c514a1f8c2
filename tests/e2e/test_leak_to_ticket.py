"""From a real leaking Go program to the anomaly and the ticket, through public commands only."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from leakstream.answers import QUESTIONS
from tests.ports import free_port
from tests.test_examples import running

LONGEST_SECONDS = 120
"""A log that never says what is awaited ends the test with what it did say."""


def write_settings(folder: Path, address: str) -> tuple[Path, int]:
    """Write a settings file for one service at 250 ms; give it and the port of the store."""
    port = free_port()
    settings = {
        "global": {"scrape_interval": "250ms", "scrape_timeout": "250ms"},
        "scrape_configs": [
            {"job_name": "checkout", "static_configs": [{"targets": [address], "labels": {"version": "v41"}}]},
            {"job_name": "gone", "static_configs": [{"targets": [f"127.0.0.1:{free_port()}"]}]},
        ],
        "log": {"sqlite": {"path": str(folder / "log.db")}},
        "store": {"embedded": {"path": str(folder / "store"), "listen_address": f"127.0.0.1:{port}"}},
        "web": {"listen_address": f"127.0.0.1:{free_port()}"},
        "tickets": [{"file": {"path": str(folder / "tickets")}}],
        "detection": {"learning_slots": 30},
    }
    path = folder / "leakstream.yml"
    path.write_text(json.dumps(settings))
    return path, port


@contextmanager
def up(settings: Path) -> Iterator[subprocess.Popen[str]]:
    """Run `leakstream up`; its log lines are on stderr."""
    command = [sys.executable, "-m", "leakstream", "up", "--config", str(settings)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], *words: str) -> str:
    """Read log lines until one has all the words; the end of the process, or of our patience, is a failure."""
    assert process.stderr
    seen = []
    patience = Timer(LONGEST_SECONDS, process.kill)
    patience.start()
    try:
        for line in process.stderr:
            seen.append(line)
            if all(word in line for word in words):
                return line
    finally:
        patience.cancel()
    raise AssertionError("".join(seen))


def ask(*arguments: str) -> list[dict[str, object]]:
    """Run a command with json output; give its lines."""
    command = [sys.executable, "-m", "leakstream", *arguments, "--output", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def show(*arguments: str) -> str:
    """Run a command as a person does; give what is on the screen before the stack."""
    command = [sys.executable, "-m", "leakstream", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout.partition("\n\n")[0]


def check_answers(explained: dict[str, object], screen: str) -> None:
    """Check that twelve questions are answered, as data and on one screen."""
    answers = explained["answers"]
    assert isinstance(answers, dict)
    assert {key: bool(answer["sentences"][0]) for key, answer in answers.items()} == {q.key: True for q in QUESTIONS}
    lines = screen.splitlines()
    labels = [line[:17].strip() for line in lines[1:-1] if not line.startswith(" ")]
    assert (labels, len(lines) <= 40) == ([question.label for question in QUESTIONS], True)


@pytest.mark.integration
def test_leak_in_a_real_program_becomes_one_ticket(tmp_path: Path) -> None:
    """`top` names the leak, the ticket says what to do; a kill -9 changes nothing, SIGTERM ends with 0."""
    with running("leaks/forgotten-receiver", 20, tmp_path) as address:
        settings, port = write_settings(tmp_path, address)
        with up(settings) as process:
            wait_for(process, '"state": "pending"')
            process.send_signal(signal.SIGKILL)
            process.wait()
        with up(settings) as process:
            wait_for(process, "ticket delivered")
            found = ask("top", "--store", f"http://127.0.0.1:{port}")
            leak = next(row for row in found if row["site"] == "main.fetchPrice.func")
            [explained] = ask("explain", str(leak["fingerprint"]), "--store", f"http://127.0.0.1:{port}")
            screen = show("explain", str(leak["fingerprint"]), "--store", f"http://127.0.0.1:{port}")
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    [ticket] = (tmp_path / "tickets").iterdir()
    text = ticket.read_text()
    assert (leak["service"], leak["operation"], leak["state"]) == ("checkout", "chan send", "firing")
    assert str(leak["fingerprint"]) in ticket.name
    assert explained["fingerprint"] == leak["fingerprint"]
    check_answers(explained, screen)
    assert all(words in text for words in ("checkout", "chan send", "v41", "make(chan Result, 1)", "SELECT"))
