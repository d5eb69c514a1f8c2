"""Bringing the embedded store's schema up to date."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.migrate import migrate, read_migrations
from schemas.ports import Store
from schemas.store.render import SchemaError

_NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
_LEDGER = "SELECT number, name, applied_at, checksum FROM schema_migrations FINAL ORDER BY number"


class _KilledError(Exception):
    """Stands for the death of the process."""


class _Dying:
    """A store whose process dies before the n-th change."""

    def __init__(self, store: Store, lives: int) -> None:
        self._store = store
        self._lives = lives

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        """Insert, if still alive."""
        self._live()
        self._store.insert(table, rows, token)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Mapping[str, object]]:
        """Reading changes nothing."""
        return self._store.query(sql, parameters)

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Execute, if still alive."""
        self._live()
        self._store.execute(sql, parameters)

    def close(self) -> None:
        """Close."""
        self._store.close()

    def _live(self) -> None:
        if self._lives == 0:
            raise _KilledError
        self._lives -= 1


def _layout(store: Store) -> Sequence[Mapping[str, object]]:
    """Give every column of every table and view but the ledger's."""
    return store.query(
        "SELECT table, name, type, comment FROM system.columns "
        "WHERE database = currentDatabase() AND table != 'schema_migrations' ORDER BY table, position"
    )


def test_a_new_store_gets_everything_once(bare_store: tuple[ClickhouseStore, str]) -> None:
    """The first run applies and remembers every migration, the second does nothing."""
    store, database = bare_store
    migrations = read_migrations()
    expected = [statement for migration in migrations for statement in migration.statements(database)]
    assert migrate(store, database, now=_NOW)[1:] == tuple(expected)
    assert migrate(store, database, now=_NOW) == ()
    assert store.query(_LEDGER) == tuple(
        {"number": m.number, "name": m.name, "applied_at": _NOW, "checksum": m.checksum} for m in migrations
    )


def test_a_dry_run_changes_nothing(bare_store: tuple[ClickhouseStore, str]) -> None:
    """A dry run says what the real one does, and leaves the store empty."""
    store, database = bare_store
    planned = migrate(store, database, now=_NOW, dry_run=True)
    assert store.query("SELECT name FROM system.tables WHERE database = currentDatabase()") == ()
    assert migrate(store, database, now=_NOW) == planned


def test_a_death_anywhere_is_healed_by_the_next_start(bare_store: tuple[ClickhouseStore, str]) -> None:
    """Wherever the first start died, the second ends in the layout and the ledger of an undisturbed one."""
    store, database = bare_store
    steps = len(migrate(store, database, now=_NOW)) + len(read_migrations())
    undisturbed = (_layout(store), store.query(_LEDGER))
    for lives in range(steps):
        store.execute(f"DROP DATABASE {database} SYNC")
        store.execute(f"CREATE DATABASE {database}")
        with pytest.raises(_KilledError):
            migrate(_Dying(store, lives), database, now=_NOW)
        migrate(store, database, now=_NOW)
        assert (_layout(store), store.query(_LEDGER)) == undisturbed


def test_a_newer_store_is_refused_untouched(store: ClickhouseStore) -> None:
    """A store that a newer program migrated is not touched by an older one."""
    database = str(store.query("SELECT currentDatabase() AS name")[0]["name"])
    store.execute("INSERT INTO schema_migrations VALUES (9999, 'later', now(), 'x')")
    with pytest.raises(SchemaError, match="the store has schema 9999"):
        migrate(store, database, now=_NOW)


@pytest.mark.parametrize(("made", "named"), [("", "fleet"), ("fleet", "")])
def test_a_store_stays_what_it_was_made_as(bare_store: tuple[ClickhouseStore, str], made: str, named: str) -> None:
    """Tables of a single server are not taken for those of a cluster, nor the other way round."""
    store, database = bare_store
    migrate(store, database, now=_NOW)
    if made:  # what a cluster's ledger looks like from one of its servers
        store.execute(f"CREATE TABLE {database}.schema_migrations_local AS {database}.schema_migrations")
    with pytest.raises(SchemaError, match="a store stays what it was made as"):
        migrate(store, database, now=_NOW, cluster=named)


def test_a_dry_run_for_a_cluster_prints_its_statements(bare_store: tuple[ClickhouseStore, str]) -> None:
    """What a cluster would be sent can be read before there is one."""
    store, database = bare_store
    planned = migrate(store, database, now=_NOW, dry_run=True, cluster="fleet")
    assert planned != ()
    assert [statement for statement in planned if " ON CLUSTER 'fleet'" not in statement.split("\n")[0]] == [
        statement for statement in planned if statement.startswith("INSERT INTO ")
    ]


def test_every_table_view_and_column_says_what_it_means(store: ClickhouseStore) -> None:
    """No table, view or column is without a comment."""
    silent = "SELECT name FROM system.tables WHERE database = currentDatabase() AND comment = ''"
    assert store.query(silent) == ()
    assert [row for row in _layout(store) if not row["comment"]] == []
