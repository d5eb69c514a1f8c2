"""Whatever ends the demo, no process of it stays."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 30
LAST_LINE_OF_START = "leakstream scrapes them every second"


@contextmanager
def demo(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Run the demo in a folder until everything is started; give it and the ports of its services."""
    command = [sys.executable, "-m", "examples.demo"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if line.startswith(LAST_LINE_OF_START):
                    break
            ports = [int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)/debug/pprof/", "".join(said))]
            assert len(ports) == 3, "".join(said)
            yield process, ports
        finally:
            process.kill()


def running_in(folder: Path) -> set[int]:
    """Give the ids of the processes whose current folder is this one."""
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and folder_of(entry) == folder}


def folder_of(process: Path) -> Path | None:
    """Give the current folder of a process; none when it is gone, or not ours to see."""
    try:
        return (process / "cwd").readlink()
    except OSError:
        return None


def answers(port: int) -> bool:
    """Say whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def left_after_a_while(folder: Path) -> set[int]:
    """Give who still runs once everybody had time to end; earlier when nobody does."""
    for _ in range(LONGEST_SECONDS * 10):
        if not running_in(folder):
            break
        Event().wait(0.1)
    return running_in(folder)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ((signal.SIGINT,), 130),
        ((signal.SIGTERM,), 143),
        ((signal.SIGHUP,), 129),
        ((signal.SIGINT, signal.SIGINT, signal.SIGTERM), 130),
        ((signal.SIGKILL,), -9),
    ],
    ids=["interrupt", "terminate", "hang-up", "impatient", "kill"],
)
def test_no_process_outlives_the_demo(signals: tuple[signal.Signals, ...], code: int, tmp_path: Path) -> None:
    """Its services and Leakstream end with it, by the first signal, by several at once, and when it is killed."""
    folder = tmp_path.resolve()
    with demo(folder) as (process, ports):
        assert (len(running_in(folder)), [answers(port) for port in ports]) == (5, [True, True, True])
        for number in signals:
            process.send_signal(number)
        assert process.wait(LONGEST_SECONDS) == code
    assert left_after_a_while(folder) == set()
    assert [answers(port) for port in ports] == [False, False, False]


@pytest.mark.integration
def test_second_demo_in_the_folder_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    """It says so, ends with 1, and the data of the first is still there."""
    folder = tmp_path.resolve()
    with demo(folder) as (first, _):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        second = subprocess.run(
            [sys.executable, "-m", "examples.demo"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_SECONDS,
        )
        store_is_there, first_runs = (folder / ".demo" / "data" / "store").is_dir(), first.poll() is None
        first.send_signal(signal.SIGTERM)
        first.wait(LONGEST_SECONDS)
    expected = f"the demo failed: another demo runs in {folder / '.demo'}; end it first\n"
    assert (second.returncode, second.stdout, second.stderr) == (1, expected, "")
    assert (store_is_there, first_runs) == (True, True)
    assert left_after_a_while(folder) == set()
