"""The page of tables: everything the engine has is on it, and says what it means."""

from docs.tables import read_columns, read_tables
from schemas.ports import Store


def test_everything_says_what_it_means(store: Store) -> None:
    """Every table, view and column has a comment, also of views with arguments, which the engine does not list."""
    database = str(store.query("SELECT currentDatabase() AS name")[0]["name"])
    tables = read_tables(store, database)
    silent = [table["name"] for table in tables if not table["comment"]]
    columns = {str(table["name"]): read_columns(store, table, database) for table in tables}
    silent += [f"{name}.{row['name']}" for name, rows in columns.items() for row in rows if not row["comment"]]
    assert silent == []
    assert [name for name, rows in columns.items() if not rows] == []


def test_a_view_with_arguments_has_the_columns_it_gives(store: Store) -> None:
    """What the page says of it is what a call gives."""
    database = str(store.query("SELECT currentDatabase() AS name")[0]["name"])
    for table in read_tables(store, database):
        if table["arguments"]:
            given = ", ".join(f"{str(argument).split()[0]} = '2026-11-01'" for argument in _listed(table["arguments"]))
            found = store.query(f"DESCRIBE TABLE {table['name']}({given})")
            assert [row["name"] for row in found] == [row["name"] for row in read_columns(store, table, database)]


def _listed(arguments: object) -> list[object]:
    """Let a list through."""
    assert isinstance(arguments, list)
    return arguments
