"""The page of tables and views, read from the engine itself after every migration: `docs/reference/tables.md`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from leakstream.adapters.clickhouse import open_embedded
from leakstream.migrate import migrate, read_query
from leakstream.retention import keep
from schemas.durations import format_duration
from schemas.ports import Store
from schemas.settings_store import RetentionSettings

DATABASE = "leakstream"
_HEAD = """# Tables and views

Made by `make generate` from the engine itself, after every migration of `schemas/store/migrations`.

**Views are what to rely on**; the layout of tables may change by migration.
"Newest" means the newest slot in the data, never the clock.
A view with arguments is called like a function: `SELECT * FROM runbook(service = 'checkout', fingerprint = 'g1-…')`.
[Queries](../queries.md) has the questions of an on-call person with their SQL.
Tables are read with `FINAL`, which folds rows that came twice; views do so themselves.
"""
_TABLES = """SELECT name, engine, comment, sorting_key, partition_key, create_table_query,
    arraySort(arrayMap(p -> concat(p.name, ' ', p.type), parameterized_view_parameters)) AS arguments
FROM system.tables WHERE database = {database:String} ORDER BY engine != 'View', name"""
_COLUMNS = """SELECT name, type, comment FROM system.columns
WHERE database = {database:String} AND table = {table:String} ORDER BY position"""
_COLUMN = re.compile(r"`(?P<name>\w+)` (?P<type>[^`]+?) COMMENT '(?P<comment>(?:[^'\\]|\\.)*)'")

Row = Mapping[str, object]


def describe_tables(folder: Path) -> str:
    """Give the page as Markdown: views first, then tables, by name; `folder` is empty and for the engine alone."""
    store = open_embedded(folder, DATABASE)
    try:
        migrate(store, DATABASE, now=datetime(2026, 11, 1, tzinfo=UTC))
        keep(store, DATABASE, RetentionSettings().by_setting())
        return "\n".join((_HEAD, *_sections(store)))
    finally:
        store.close()


def read_columns(store: Store, table: Row, database: str = DATABASE) -> Sequence[Row]:
    """Give the columns of a table or view with type and comment; the engine lists none of a view with arguments."""
    columns = store.query(_COLUMNS, {"database": database, "table": table["name"]})
    head = str(table["create_table_query"]).partition(" AS ")[0]
    return columns or [match.groupdict() for match in _COLUMN.finditer(head)]


def read_tables(store: Store, database: str = DATABASE) -> Sequence[Row]:
    """Give every table and view of the database, views first."""
    return store.query(_TABLES, {"database": database})


def _sections(store: Store) -> Iterator[str]:
    """Give a section for each table and view."""
    kept = {str(row["table"]): int(str(row["kept_seconds"])) for row in store.query(read_query("status_tables"))}
    for table in read_tables(store):
        name = str(table["name"])
        lines = [f"## {name}", "", f"{table['comment']}.", "", *_describe(table, kept.get(name, 0)), ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        columns = read_columns(store, table)
        lines += [f"| `{row['name']}` | `{row['type']}` | {_cell(str(row['comment']))} |" for row in columns]
        yield "\n".join((*lines, ""))


def _describe(table: Row, kept_seconds: int) -> Iterator[str]:
    """Say what kind of thing it is."""
    arguments = table["arguments"]
    if table["engine"] == "View":
        listed = isinstance(arguments, list) and ", ".join(f"`{argument}`" for argument in arguments)
        yield f"A view with arguments: {listed}." if listed else "A view."
        return
    kept = f"kept {format_duration(kept_seconds)} by default" if kept_seconds else "kept for ever"
    partition = f", a partition is `{table['partition_key']}`" if table["partition_key"] else ""
    yield f"{table['engine']}, ordered by `{table['sorting_key']}`{partition}; {kept}."


def _cell(text: str) -> str:
    r"""Undo the engine's escapes and keep a bar from ending the cell."""
    return text.replace("\\'", "'").replace("|", "\\|")
