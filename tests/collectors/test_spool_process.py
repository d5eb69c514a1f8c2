"""The spool and the world: kill -9 of a real process, a disk that is full."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.outcomes import Reason
from tests.collectors.spooling import Opener, drain, numbered

_PROGRAM = Path(__file__).with_name("spool_program.py")


@pytest.mark.parametrize("lines", [1, 7, 40, 95])
def test_killed_process_leaves_all_it_put(tmp_path: Path, open_at: Opener, lines: int) -> None:
    """After kill -9 in the middle of puts everything that was put is there in order, and at most one record is torn."""
    command = [sys.executable, str(_PROGRAM), str(tmp_path), "put"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(lines)]
        process.kill()
        told += process.stdout.readlines()
    put = max(int(line) for line in told if line.endswith("\n"))
    spool = open_at(tmp_path, size_bytes=2**30)
    losses = spool.take_losses()
    left = drain(spool)
    assert left == numbered(0, len(left), size=20_000)
    assert len(left) >= put
    assert losses.dropped in ({}, {Reason.SPOOL_DAMAGED: 1})
    assert len(losses.problems) == len(losses.dropped)


def test_full_disk_costs_what_does_not_fit_and_is_over_when_there_is_room(tmp_path: Path) -> None:
    """A record that the disk does not take is taken back whole, counted and told; the next ones are kept."""
    command = [sys.executable, str(_PROGRAM), str(tmp_path), "full", "2000"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    said = f"the spool FOLDER takes no records: {os.strerror(errno.EFBIG)}"
    assert ran.stdout == f"{said}|{ {Reason.DISK_FULL: 1} }|0||[0, 1, 2, 4]"
