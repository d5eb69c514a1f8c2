"""Migrations as text: numbering, locks, rendering, cutting into statements."""

import hashlib
from dataclasses import replace

import pytest

from schemas.store.render import Migration, SchemaError, list_migrations, pending_migrations, render, split_statements

_TEXTS = {"0002_more.sql": "SELECT 2;", "0001_tables.sql": "SELECT 1;"}


def _lock(texts: dict[str, str]) -> str:
    """Write the lock file as sha256sum would."""
    return "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {file}\n" for file, text in texts.items())


def test_migrations_come_in_the_order_of_their_numbers() -> None:
    """The order of the mapping does not matter, the number does."""
    checksums = {file: hashlib.sha256(text.encode()).hexdigest() for file, text in _TEXTS.items()}
    assert list_migrations(_TEXTS, _lock(_TEXTS)) == (
        Migration(1, "tables", "SELECT 1;", checksums["0001_tables.sql"]),
        Migration(2, "more", "SELECT 2;", checksums["0002_more.sql"]),
    )


@pytest.mark.parametrize(
    ("texts", "shipped", "sentence"),
    [
        ({"0002_more.sql": ""}, {"0002_more.sql": ""}, "migration 0001 is missing: the next file is number 0002"),
        ({"0001_a.sql": "", "0001_b.sql": ""}, {}, "migration 0002 is missing: the next file is number 0001"),
        ({"1_tables.sql": ""}, {}, "not a name for a migration: '1_tables.sql' (expected NNNN_what.sql)"),
        ({"0001_a.sql": "new"}, {}, "0001_a.sql is not as shipped (shipped.sha256 says nothing)"),
        ({"0001_a.sql": "a"}, {"0001_a.sql": "a", "0002_b.sql": "b"}, "0002_b.sql was shipped and is missing"),
    ],
)
def test_odd_migrations_are_refused(texts: dict[str, str], shipped: dict[str, str], sentence: str) -> None:
    """Gaps, twins, odd names, unlocked and missing files are refused with a sentence."""
    with pytest.raises(SchemaError) as refusal:
        list_migrations(texts, _lock(shipped))
    assert str(refusal.value) == sentence


def test_a_changed_migration_is_refused() -> None:
    """History is bytes: one changed character is enough."""
    with pytest.raises(SchemaError, match=r"0001_tables\.sql is not as shipped"):
        list_migrations(_TEXTS | {"0001_tables.sql": "SELECT 1 ;"}, _lock(_TEXTS))


def test_a_line_that_is_no_lock_is_refused() -> None:
    """A lock file that cannot be read locks nothing, so it is refused."""
    with pytest.raises(SchemaError, match=r"not a line of shipped\.sha256: 'oops'"):
        list_migrations(_TEXTS, _lock(_TEXTS) + "oops\n")


def test_pending_is_what_was_not_applied() -> None:
    """A new store needs everything, a store in between the rest, a current one nothing."""
    first, second = list_migrations(_TEXTS, _lock(_TEXTS))
    applied = {1: first.checksum, 2: second.checksum}
    assert pending_migrations((first, second), {}) == (first, second)
    assert pending_migrations((first, second), {1: first.checksum}) == (second,)
    assert pending_migrations((first, second), applied) == ()


def test_a_newer_store_is_refused() -> None:
    """An old program keeps its hands off a store of a newer one."""
    with pytest.raises(SchemaError) as refusal:
        pending_migrations(list_migrations(_TEXTS, _lock(_TEXTS)), {7: "x"})
    assert str(refusal.value) == "the store has schema 7, this program knows 2: use a newer Leakstream"


def test_a_store_with_another_text_is_refused() -> None:
    """A migration that was applied with another text means that nobody knows what the store looks like."""
    first, second = list_migrations(_TEXTS, _lock(_TEXTS))
    with pytest.raises(SchemaError, match="migration 0001 was applied to the store with another text"):
        pending_migrations((first, second), {1: replace(first, checksum="x").checksum})


def test_the_database_is_all_that_is_rendered() -> None:
    """The placeholder is replaced wherever it stands."""
    assert render("SELECT * FROM {database}.a, {database}.b", "leak_1") == "SELECT * FROM leak_1.a, leak_1.b"


@pytest.mark.parametrize("database", ["", "1a", "a b", "a;", "a`", "a.b", "ä", "a\n"])
def test_a_database_that_needs_quoting_is_refused(database: str) -> None:
    """A name is letters, digits and underscores, so nothing can be smuggled in with it."""
    with pytest.raises(SchemaError, match="not a name for a database"):
        render("", database)


def test_an_unknown_placeholder_is_refused() -> None:
    """Nothing is left unrendered."""
    with pytest.raises(SchemaError, match=r"unknown placeholder '\{cluster\}'"):
        render("ON CLUSTER {cluster} {database}", "leak")


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("", ()),
        (" ; ;\n", ()),
        ("-- only; a comment", ()),
        ("SELECT 1; SELECT 2", ("SELECT 1", "SELECT 2")),
        ("SELECT ';' -- one; not two\n;", ("SELECT ';'",)),
        ("SELECT /* ; */ 1;", ("SELECT   1",)),
        (r"SELECT 'it\'s; one', 'it''s; one';", (r"SELECT 'it\'s; one', 'it''s; one'",)),
        ('SELECT `a;b`, "c;d";', ('SELECT `a;b`, "c;d"',)),
        ("SELECT 3 - 1 / 2;", ("SELECT 3 - 1 / 2",)),
        ("SELECT '-- no comment';", ("SELECT '-- no comment'",)),
        ("SELECT 1 -- don't\n + 1;", ("SELECT 1  \n + 1",)),
    ],
)
def test_only_real_semicolons_cut(text: str, statements: tuple[str, ...]) -> None:
    """Semicolons in strings, quoted names and comments are none."""
    assert split_statements(text) == statements


@pytest.mark.parametrize("text", ["SELECT 'a", "SELECT `a", 'SELECT "a', "SELECT /* a"])
def test_what_is_never_closed_is_refused(text: str) -> None:
    """A string or comment without an end would swallow statements."""
    with pytest.raises(SchemaError, match="never closed: "):
        split_statements(text)


@pytest.mark.parametrize(
    ("statement", "danger"),
    [
        ("DROP TABLE {database}.a", "DROP"),
        ("ALTER TABLE {database}.a DROP COLUMN b", "DROP"),
        ("ALTER TABLE {database}.a\nDROP PARTITION 202611", "DROP"),
        ("TRUNCATE TABLE IF EXISTS {database}.a", "TRUNCATE"),
        ("DELETE FROM {database}.a WHERE 1", "DELETE"),
        ("ALTER TABLE {database}.a UPDATE b = 1 WHERE 1", "UPDATE"),
        ("ALTER TABLE {database}.a CLEAR COLUMN b", "CLEAR"),
        ("DETACH TABLE {database}.a PERMANENTLY", "DETACH"),
        ("RENAME TABLE {database}.a TO {database}.b", "RENAME"),
        ("EXCHANGE TABLES {database}.a AND {database}.b", "EXCHANGE"),
        ("ALTER TABLE {database}.a MOVE PARTITION 1 TO TABLE {database}.b", "MOVE"),
        ("CREATE OR REPLACE TABLE {database}.a (b UInt8) ENGINE = Log", "REPLACE"),
        ("ALTER TABLE {database}.a MODIFY COLUMN b UInt8", "MODIFY COLUMN"),
        ("alter table {database}.a modify column if exists `b` UInt8", "MODIFY COLUMN"),
        ("ALTER TABLE {database}.a MODIFY ORDER BY b", "MODIFY KEY"),
        ("ALTER TABLE {database}.a MODIFY TTL b + INTERVAL 1 DAY", "TTL"),
    ],
)
def test_a_danger_needs_its_mark(statement: str, danger: str) -> None:
    """What can cost data is refused, unless the file says that it knows, and why."""
    texts = {"0001_a.sql": f"SELECT 1;\n{statement};"}
    with pytest.raises(SchemaError) as refusal:
        list_migrations(texts, _lock(texts))
    assert str(refusal.value) == f"0001_a.sql holds {danger} without a line `-- dangerous: {danger}: why`"
    marked = {"0001_a.sql": f"-- dangerous: {danger}: nothing reads it\n{statement};"}
    assert [found.text for found in list_migrations(marked, _lock(marked))] == list(marked.values())


@pytest.mark.parametrize(
    "mark", ["-- dangerous: TRUNCATE: it is another one", "-- dangerous: DROP:", "SELECT '\n -- dangerous: DROP: no';"]
)
def test_a_mark_names_its_danger_and_a_reason(mark: str) -> None:
    """Another danger, no reason and words inside of a string are no mark."""
    texts = {"0001_a.sql": f"{mark}\nDROP TABLE {{database}}.a;"}
    with pytest.raises(SchemaError, match=r"0001_a\.sql holds DROP without a line"):
        list_migrations(texts, _lock(texts))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE OR REPLACE VIEW {database}.a AS SELECT 1",
        "CREATE TABLE {database}.a (b DateTime) ENGINE = Log TTL b + INTERVAL 1 DAY",
        "ALTER TABLE {database}.a MODIFY COLUMN b COMMENT 'DROP it'",
        "ALTER TABLE {database}.a MODIFY COLUMN b CODEC(ZSTD(1))",
        "ALTER TABLE {database}.a ADD COLUMN dropped UInt8 COMMENT 'TRUNCATE; DELETE'",
    ],
)
def test_what_costs_no_data_needs_no_mark(statement: str) -> None:
    """Views are rebuilt in an instant, and words in strings and names do nothing."""
    texts = {"0001_a.sql": statement}
    assert [found.text for found in list_migrations(texts, _lock(texts))] == [statement]


def test_the_argument_of_a_view_is_no_placeholder() -> None:
    """`{name:Type}` stays as it is."""
    assert (
        render("SELECT * FROM {database}.a WHERE b = {b:UInt64}", "leak") == "SELECT * FROM leak.a WHERE b = {b:UInt64}"
    )
