"""How the parts of a process are named and put together."""

import os
from pathlib import Path

from leakstream.wiring import group_member
from schemas.settings_load import load_settings


def name(store: str, role: str = "process") -> str:
    """Give the name of a member whose settings have this store."""
    return group_member(load_settings(f"store: {store}", "test"), role)


def test_successor_of_a_killed_process_has_its_name(tmp_path: Path) -> None:
    """On an embedded store, which one process can hold; so it takes over at once. Other stores and roles are others."""
    mine, other = (f"{{embedded: {{path: '{tmp_path / folder}'}}}}" for folder in ("a", "b"))
    names = [name(mine), name(mine), name(other), name(mine, "notify")]
    assert (names[0] == names[1], len(set(names)), str(os.getpid()) in names[0].split("-")) == (True, 3, False)


def test_processes_on_a_server_have_names_of_their_own() -> None:
    """Many share the partitions of one log there."""
    assert name("{clickhouse: {url: 'http://localhost:8123'}}").endswith(f"-{os.getpid()}")
