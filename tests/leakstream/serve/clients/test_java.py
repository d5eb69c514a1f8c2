"""ClickHouse's JDBC driver, which asks for ClickHouse's own compression by default."""

import subprocess
from pathlib import Path

import pytest

from tests.leakstream.serve.clients.tools import need_java_client
from tests.leakstream.serve.door_client import DoorClient, open_door

EXPECTED = """\
many: 200000 20000988890
prepared: 7 it's
kinds: 2026-11-01T00:00:00Z String[] null 1.5 18446744073709551615
columns: number text at
empty: false number
SELECT * FROM nowhere: 60
SELEC 1: 62
DROP TABLE numbered: 164
insert: 164
"""


def run(port: int, *arguments: str) -> str:
    """Run the program."""
    command = [*need_java_client(), f"127.0.0.1:{port}", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.integration
@pytest.mark.parametrize("compress", ["true", "false"])
def test_jdbc_is_served(door: DoorClient, compress: str) -> None:
    """200,000 rows, prepared statements, types, columns of a table, names of an empty result, and codes of errors."""
    assert run(door.port, compress) == EXPECTED


@pytest.mark.integration
def test_jdbc_says_who_it_is(tmp_path: Path) -> None:
    """With a wrong password every statement fails with ClickHouse's code."""
    need_java_client()
    with open_door(tmp_path / "store", "ann=right=0") as guarded:
        assert run(guarded.port, "true", "ann", "right") == EXPECTED
        assert "516" in run(guarded.port, "true", "ann", "wrong")
