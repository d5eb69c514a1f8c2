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
from schemas.store.render import Migration, list_migrations, pending_migrations, render, split_statements

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


def migrate(store: Store, database: str, *, now: datetime, dry_run: bool = False) -> tuple[str, ...]:
    """Bring the schema up to date and give the statements, in order; empty when it was.

    With `dry_run` nothing is changed. Raises SchemaError when the store is newer than this program.
    """
    applied = _applied(store, database)
    ledger = (_FOLDER / "schema_migrations.sql").read_text(encoding="utf-8")
    done = [] if applied is not None else list(split_statements(render(ledger, database)))
    pending = pending_migrations(read_migrations(), applied or {})
    if not dry_run:
        for statement in done:
            store.execute(statement)
    for migration in pending:
        statements = migration.statements(database)
        done.extend(statements)
        if not dry_run:
            _apply(store, migration, statements, now)
    return tuple(done)


def _applied(store: Store, database: str) -> Mapping[int, str] | None:
    """Give number -> checksum of what was applied; None when the store has no ledger yet."""
    exists = store.query(
        "SELECT 1 AS found FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'",
        {"database": database},
    )
    if not exists:
        return None
    sql = render("SELECT number, checksum FROM {database}.schema_migrations FINAL ORDER BY number", database)
    return {int(str(row["number"])): str(row["checksum"]) for row in store.query(sql)}


def _apply(store: Store, migration: Migration, statements: tuple[str, ...], now: datetime) -> None:
    """Run the statements, then remember that all of them ran."""
    for statement in statements:
        store.execute(statement)
    row = {"number": migration.number, "name": migration.name, "applied_at": now, "checksum": migration.checksum}
    store.insert("schema_migrations", pa.Table.from_pylist([row], _LEDGER), f"migration-{migration.number}")
