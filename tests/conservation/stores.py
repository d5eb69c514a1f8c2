"""Fresh stores for the oracle: a database of its own in the directory of an engine, which one process may hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

from leakstream.adapters.clickhouse import open_embedded
from leakstream.migrate import migrate
from schemas.ports import Store
from tests.conservation.oracle import OpenStore
from tests.doubles import SetClock

_NUMBERS = count(1)


def beside(path: Path) -> OpenStore:
    """Give what opens a fresh store beside the database of a run, in the same directory."""
    return partial(_open, path)


@contextmanager
def _open(path: Path) -> Iterator[Store]:
    """Open a database with every table, and drop it in the end."""
    database = f"undisturbed_{next(_NUMBERS)}"
    store = open_embedded(path, database)
    try:
        migrate(store, database, now=SetClock().now())
        yield store
        store.execute(f"DROP DATABASE {database} SYNC")
    finally:
        store.close()
