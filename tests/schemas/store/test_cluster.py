"""The form of a migration for a cluster: derived from the shipped files, understood by the engine."""

import pytest

from leakstream.migrate import read_ledger, read_migrations, read_queries
from schemas.ports import Store
from schemas.store.cluster import spread
from schemas.store.render import SchemaError, render_statements

_TABLE = """CREATE TABLE IF NOT EXISTS leak.tickets
(
    service    String COMMENT 'service',
    updated_at DateTime COMMENT 'when; ENGINE = Log'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (ticket_key, sink)
COMMENT 'One row is one ticket'"""
_STATEMENTS = [
    pytest.param(statement, id=f"{name}-{number}")
    for name, text in [("ledger", read_ledger()), *((f"{m.number:04d}", m.text) for m in read_migrations())]
    for number, statement in enumerate(render_statements(text, "leak", "fleet"))
]


def test_a_table_becomes_a_replicated_one_and_a_distributed_one_by_service() -> None:
    """Columns, key and comment stay; the engine is replicated; the name people use is distributed."""
    local = _TABLE.replace("leak.tickets", "leak.tickets_local ON CLUSTER 'fleet'").replace(
        "ENGINE = ReplacingMergeTree(updated_at)",
        "ENGINE = ReplicatedReplacingMergeTree("
        "'/clickhouse/tables/{shard}/leak/tickets_local', '{replica}', updated_at)",
    )
    distributed = (
        "CREATE TABLE IF NOT EXISTS leak.tickets ON CLUSTER 'fleet' AS leak.tickets_local\n"
        "ENGINE = Distributed('fleet', 'leak', 'tickets_local', cityHash64(service))\nCOMMENT 'One row is one ticket'"
    )
    assert spread(_TABLE, "fleet") == (local, distributed)


def test_a_table_without_services_is_spread_by_its_key() -> None:
    """The ledger of migrations knows no service; its first key column does."""
    assert "cityHash64(number)" in render_statements(read_ledger(), "leak", "fleet")[1]


def test_columns_change_on_both_tables_and_the_rest_on_the_replicated_one() -> None:
    """A distributed table has columns and neither indexes nor a time to live."""
    assert spread("ALTER TABLE leak.a\n    ADD COLUMN b String", "fleet") == (
        "ALTER TABLE leak.a_local ON CLUSTER 'fleet'\n    ADD COLUMN b String",
        "ALTER TABLE leak.a ON CLUSTER 'fleet'\n    ADD COLUMN b String",
    )
    assert spread("ALTER TABLE leak.a ADD INDEX i b TYPE minmax", "fleet") == (
        "ALTER TABLE leak.a_local ON CLUSTER 'fleet' ADD INDEX i b TYPE minmax",
    )


def test_rows_go_once_through_the_distributed_table() -> None:
    """An INSERT is not repeated on every server: each row has its shard."""
    statement = "INSERT INTO leak.a (b) SELECT b FROM leak.c"
    assert spread(statement, "fleet") == (statement,)


def test_a_view_stands_on_every_server() -> None:
    """A view keeps its text: what it reads has the same name."""
    assert spread("CREATE OR REPLACE VIEW leak.v\nAS SELECT 1", "fleet") == (
        "CREATE OR REPLACE VIEW leak.v ON CLUSTER 'fleet'\nAS SELECT 1",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "SYSTEM STOP MERGES",
        "CREATE TABLE leak.a (b String) ENGINE = Log",
        "ALTER TABLE leak.a ADD COLUMN b String, ADD INDEX i b TYPE minmax",
        "ALTER TABLE leak.a FREEZE",
        _TABLE.replace("ENGINE = ReplacingMergeTree(updated_at)\n", ""),
        _TABLE.replace("\nCOMMENT 'One row is one ticket'", ""),
    ],
)
def test_what_has_no_form_for_a_cluster_is_refused(statement: str) -> None:
    """Nothing runs on one server of a cluster alone."""
    with pytest.raises(SchemaError):
        spread(statement, "fleet")


@pytest.mark.parametrize("cluster", ["a b", "a'", "1a", "{cluster}"])
def test_a_cluster_that_needs_quoting_is_refused(cluster: str) -> None:
    """A name is letters, digits and underscores, so nothing can be smuggled in with it."""
    with pytest.raises(SchemaError, match="not a name for a cluster"):
        render_statements("SELECT 1", "leak", cluster)


@pytest.mark.parametrize("statement", _STATEMENTS)
def test_the_engine_understands_every_statement_on_a_cluster(store: Store, statement: str) -> None:
    """Each parses, names the cluster, and says the same when the engine writes it down."""
    [row] = store.query("SELECT formatQuery({sql:String}) AS text", {"sql": statement})
    [again] = store.query("SELECT formatQuery({sql:String}) AS text", {"sql": str(row["text"])})
    assert again == row
    assert "ON CLUSTER fleet" in str(row["text"]) or statement.startswith("INSERT INTO ")
    assert store.query(f"EXPLAIN AST {statement}") != ()


def test_subqueries_over_distributed_tables_are_global() -> None:
    """Each shard would ask all shards again otherwise, and the engine refuses that: Double-distributed subqueries."""
    newest: dict[str, str] = {}
    for migration in read_migrations():
        for statement in migration.statements("leak"):
            if statement.startswith("CREATE OR REPLACE VIEW"):
                newest[statement.split()[4]] = statement
    texts = {**newest, **read_queries()}
    flat = {name: " ".join(text.replace("(", " ( ").split()) for name, text in texts.items()}
    asking = {
        name
        for name, text in flat.items()
        if " IN ( SELECT" in text.replace("GLOBAL IN", "").replace("GLOBAL NOT IN", "")
    }
    assert asking == set()
