"""Brings a store's schema up to date: the thin hand around the pure code in `schemas/store/render.py`.

Every statement of a migration may run twice; the row in `schema_migrations` is written after the last one. A start that
was killed in between is therefore healed by the next. A store that is newer than this program is refused, not touched.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa

import schemas.store
from schemas.ports import Store
from schemas.store.cluster import LOCAL
from schemas.store.render import (
    Migration,
    SchemaError,
    list_migrations,
    pending_migrations,
    render,
    render_statements,
)

_FOLDER = Path(schemas.store.__file__).parent
"""Beside the imported package: right in a checkout and in the wheel, where it lies in `leakstream/_house`."""

_LEDGER = pa.schema(
    {
        "number": pa.uint32(),
        "name": pa.string(),
        "applied_at": pa.timestamp("ms", "UTC"),
        "checksum": pa.string(),
    }
)


def read_migrations() -> tuple[Migration, ...]:
    """Read the shipped migrations, in order; raise SchemaError when they are not as shipped."""
    folder = _FOLDER / "migrations"
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.sql")}
    return list_migrations(texts, (folder / "shipped.sha256").read_text(encoding="utf-8"))


def read_query(name: str) -> str:
    """Read the SQL of `schemas/store/queries/<name>.sql`; its parameters stand in it as `{name:Type}`."""
    return (_FOLDER / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def read_queries() -> Mapping[str, str]:
    """Read every shipped query, by its name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted((_FOLDER / "queries").glob("*.sql"))}


def read_ledger() -> str:
    """Read the table of the migrations that a store has seen."""
    return (_FOLDER / "schema_migrations.sql").read_text(encoding="utf-8")


def migrate(store: Store, database: str, *, now: datetime, dry_run: bool = False, cluster: str = "") -> tuple[str, ...]:
    """Bring the schema up to date, on every server of a cluster if one is named; give the statements, in order.

    Empty when it was up to date. With `dry_run` nothing is changed. Raises SchemaError when the store is newer than
    this program, and when it was made without the cluster, or with one that is not named now.
    """
    applied = _applied(store, database, cluster)
    done = [] if applied is not None else list(render_statements(read_ledger(), database, cluster))
    pending = pending_migrations(read_migrations(), applied or {})
    if not dry_run:
        for statement in done:
            store.execute(statement)
    for migration in pending:
        statements = migration.statements(database, cluster)
        done.extend(statements)
        if not dry_run:
            _apply(store, migration, statements, now)
    return tuple(done)


def _applied(store: Store, database: str, cluster: str) -> Mapping[int, str] | None:
    """Give number -> checksum of what was applied; None when the store has no ledger yet."""
    asked = {"database": database, "name": "schema_migrations"}
    sql = "SELECT 1 AS found FROM system.tables WHERE database = {database:String} AND name = {name:String}"
    if not store.query(sql, asked):
        return None
    if bool(cluster) != bool(store.query(sql, {**asked, "name": f"schema_migrations{LOCAL}"})):
        how = f"without cluster {cluster!r}" if cluster else "on a cluster that store.clickhouse.cluster must name"
        raise SchemaError(f"the tables of {database} were made {how}: a store stays what it was made as")
    sql = render("SELECT number, checksum FROM {database}.schema_migrations FINAL ORDER BY number", database)
    return {int(str(row["number"])): str(row["checksum"]) for row in store.query(sql)}


def _apply(store: Store, migration: Migration, statements: tuple[str, ...], now: datetime) -> None:
    """Run the statements, then remember that all of them ran."""
    for statement in statements:
        store.execute(statement)
    row = {"number": migration.number, "name": migration.name, "applied_at": now, "checksum": migration.checksum}
    store.insert("schema_migrations", pa.Table.from_pylist([row], _LEDGER), f"migration-{migration.number}")
