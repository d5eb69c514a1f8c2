"""clickhouse-go over HTTP, the client inside Grafana's data source, with every compression it has."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.leakstream.serve.clients.tools import need_go_client
from tests.leakstream.serve.door_client import DoorClient, open_door

EXPECTED = {
    "ping": 0,
    "server": True,
    "empty": 0,
    "cancelled": True,
    "many": {"rows": 200_000, "sum": 19_999_900_000, "length": 1_088_890},
    "parameters": {"server": "it's", "bound": "a'b3"},
    "kinds": {
        "low": "low",
        "list": ["a", "b"],
        "map": {"k": 1},
        "null": True,
        "ratio": 1.5,
        "at": 1_793_491_200,
        "large": "18446744073709551615",
    },
    "broken": {
        "unknown table": 60,
        "syntax": 62,
        "drop": 164,
        "insert": True,
        "late": True,
        "late rows": True,
    },
}


def run(port: int, *arguments: str) -> dict[str, Any]:
    """Run the program and read what it says."""
    command = [str(need_go_client()), f"127.0.0.1:{port}", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


@pytest.mark.integration
@pytest.mark.parametrize("compression", ["none", "lz4", "zstd", "gzip", "deflate", "br"])
def test_clickhouse_go_is_served(door: DoorClient, compression: str) -> None:
    """Its hello, 200,000 rows, types, parameters, typed errors, an error in the middle, and giving up."""
    assert run(door.port, compression) == EXPECTED


@pytest.mark.integration
def test_clickhouse_go_says_who_it_is(tmp_path: Path) -> None:
    """A wrong password is ClickHouse's code, and none is another."""
    need_go_client()
    with open_door(tmp_path / "store", "ann=right=0") as guarded:
        pings = [run(guarded.port, "lz4", *who)["ping"] for who in (("ann", "right"), ("ann", "wrong"))]
    assert pings == [0, 516]
