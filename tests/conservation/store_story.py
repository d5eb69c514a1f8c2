"""Writes the story of tests/seed.py into a store, in the process that is killed by store_kills.py.

    python -m tests.conservation.store_story FOLDER DATABASE FIRST

Opens the store, migrates, and writes the batches from number FIRST on, each acknowledged by a line `ack N`; before that
it looks for what was acknowledged to earlier processes. In the end it rolls up and compares every view with those of
the database `undisturbed`, made when it is missing. Lines that begin with `wrong` are violations.
"""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate, read_migrations, read_query
from leakstream.serve.handle import Handle
from processors.roll_up import ROLLUPS, roll_up
from schemas.ports import Store
from tests.schemas.store.test_views_of_the_story import ask
from tests.seed import batches
from tests.store_rows import rows

UNDISTURBED = "undisturbed"
_ROWS_EACH = 8
"""Small blocks: more inserts, and more moments between them."""
_NOW = datetime(2026, 11, 1, tzinfo=UTC)


def blocks() -> Iterator[tuple[str, pa.Table]]:
    """Give the story in small blocks, always the same."""
    for table, given in batches():
        for first in range(0, len(given), _ROWS_EACH):
            yield table, rows(table, *given[first : first + _ROWS_EACH])


def write(store: Store, first: int, tell: Callable[[str], None]) -> None:
    """Write the blocks from a number on, each under its token, and tell which are acknowledged."""
    for number, (table, block) in enumerate(blocks()):
        if number >= first:
            store.insert(table, block, f"story-{number}")
            tell(f"ack {number}")
    roll_up(store, {name: read_query(name) for name in ROLLUPS}, 0, 1_000)


def find_lost(store: Store, first: int) -> Iterator[str]:
    """Name the tables that have fewer rows than were acknowledged."""
    acknowledged: dict[str, int] = {}
    for number, (table, block) in enumerate(blocks()):
        if number < first:
            acknowledged[table] = acknowledged.get(table, 0) + block.num_rows
    for table, least in acknowledged.items():
        [row] = store.query(f"SELECT count() AS found FROM {table}")  # noqa: S608 names from the story
        if int(str(row["found"])) < least:
            yield f"{table} has {row['found']} rows of {least} that were acknowledged"


def find_wrong(store: Store, reference: Store) -> Iterator[str]:
    """Name what differs from the undisturbed story."""
    said, expected = ask(store), ask(reference)
    yield from (f"the view {view} differs" for view in expected if said[view] != expected[view])
    applied = store.query("SELECT number FROM schema_migrations FINAL ORDER BY number")
    if [row["number"] for row in applied] != [migration.number for migration in read_migrations()]:
        yield f"the migrations are {applied}"
    if detached := store.query("SELECT table, reason FROM system.detached_parts"):
        yield f"there are detached parts: {detached}"


def find_damage(folder: Path, database: str, store: Store) -> Iterator[str]:
    """Let the engine check every part of every table."""
    tables = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    with Handle(str(folder)) as handle:
        for row in store.query(tables):
            checked = handle.query(f"CHECK TABLE {database}.{row['name']}", "TSV", {}).body.decode()
            yield from (
                f"{row['name']} is damaged: {part}" for part in checked.splitlines() if part.split("\t")[1] != "1"
            )


def open_reference(folder: Path) -> ClickhouseStore:
    """Open the undisturbed story, and write it when nobody did."""
    store = open_embedded(folder, UNDISTURBED)
    migrate(store, UNDISTURBED, now=_NOW)
    [row] = store.query("SELECT count() AS written FROM scrapes")
    if not row["written"]:
        write(store, 0, lambda _: None)
    return store


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(folder: Path, database: str, first: int) -> None:
    """Write the rest of the story and compare."""
    store = open_embedded(folder, database)
    say("opened")
    migrate(store, database, now=_NOW)
    say("migrated")
    for lost in find_lost(store, first):
        say(f"wrong {lost}")
    write(store, first, say)
    say("written")
    reference = open_reference(folder)
    for wrong in (*find_wrong(store, reference), *find_damage(folder, database, store)):
        say(f"wrong {wrong}")
    store.execute(f"DROP DATABASE {database} SYNC")
    reference.close()
    store.close()
    say("ended")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
