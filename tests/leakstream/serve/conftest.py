"""A door in a process of its own: the embedded engine is one per process, and other tests open another one."""

from collections.abc import Iterator

import pytest

from tests.leakstream.serve.door_client import DoorClient, open_door


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorClient]:
    """A door with a table of 1000 rows, shared: nothing that is said to it changes anything."""
    with open_door(tmp_path_factory.mktemp("door") / "store") as client:
        yield client
