"""What tests share: the embedded store, each test with a database of its own.

chDB allows one directory per process at a time: tests that open an engine themselves use `store_path`, or a directory
of their own while they use neither `store` nor `store_path`, and close what they opened.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate

_DATABASES = count(1)


@pytest.fixture(scope="session")
def store_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one directory of the embedded engine."""
    return tmp_path_factory.mktemp("store").resolve()


@pytest.fixture
def bare_store(store_path: Path) -> Iterator[tuple[ClickhouseStore, str]]:
    """An open store on a new, empty database, and the name of that database."""
    database = f"leakstream_{next(_DATABASES)}"
    store = open_embedded(store_path, database)
    yield store, database
    store.close()
    last = open_embedded(store_path, database)  # a test may have closed its own
    last.execute(f"DROP DATABASE {database} SYNC")
    last.close()


@pytest.fixture
def store(bare_store: tuple[ClickhouseStore, str]) -> ClickhouseStore:
    """An open store on a new database with every table and view."""
    opened, database = bare_store
    migrate(opened, database, now=datetime(2026, 11, 1, tzinfo=UTC))
    return opened
