"""What the judge of statements promises."""

import pytest

from leakstream.serve.guard import find_format, refuse, tokenise

CALLED = frozenset({"file", "url", "remote", "mysql", "executable", "format", "zeros"})
NAMED = frozenset({"file", "aigenerate"})


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "WITH 1 AS x SELECT x",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SHOW TABLES",
        "DESCRIBE TABLE counts",
        "EXISTS TABLE counts",
        "EXPLAIN SELECT 1",
        "SELECT 'into outfile', 'file(', 'it''s \\' file('",
        "SELECT format('{}', 1) FROM zeros(3)",
        "SELECT count() FROM counts FORMAT JSONEachRow",
    ],
)
def test_reading_passes(sql: str) -> None:
    """Queries of people and clients run, whatever their strings say."""
    assert refuse(sql, CALLED, NAMED) is None


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "INSERT INTO counts VALUES (1)",
        "DROP TABLE counts",
        "ALTER TABLE counts DELETE WHERE 1",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "TRUNCATE TABLE counts",
        "OPTIMIZE TABLE counts",
        "SYSTEM STOP MERGES",
        "KILL QUERY WHERE 1",
        "SET readonly = 0",
        "GRANT ALL ON *.* TO x",
        "ATTACH TABLE x",
        "DETACH TABLE x",
        "RENAME TABLE a TO b",
        "BACKUP TABLE a TO File('x')",
        "USE default",
        "SELECT 1 INTO OUTFILE '/tmp/x'",
        "EXPLAIN SELECT 1 INTO OUTFILE '/tmp/x' TRUNCATE",
        "SHOW TABLES INTO OUTFILE '/tmp/x'",
        "SELECT file('/etc/passwd')",
        "SELECT `file`('/etc/passwd')",
        "SELECT \"FILE\" ('/etc/passwd')",
        "SELECT * FROM FiLe('/etc/passwd')",
        "DESCRIBE TABLE url('http://127.0.0.1/')",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM view(SELECT * FROM mysql('a', 'b', 'c', 'd', 'e'))",
        "SELECT aiGenerate('x')",
        "SELECT arrayMap(file, ['/etc/passwd'])",
        "SELECT arrayMap({f:Identifier}, ['/etc/passwd'])",
        "SELECT {f:Identifier}('/etc/passwd')",
        "SELECT * FROM default.`/etc/passwd`",
        "SELECT * APPLY(file)",
        "SELECT * APPLY file",
        "SELECT COLUMNS('.*') APPLY (x -> file(x))",
        "SELECT 1 PARALLEL WITH SELECT 2",
        "WITH x AS (SELECT * FROM executable('a', 'b', 'c')) SELECT * FROM x",
    ],
)
def test_everything_else_is_refused_with_a_reason(sql: str) -> None:
    """Writing, reaching outside and ruling the engine are refused."""
    assert refuse(sql, CALLED, NAMED)


def test_tokens_keep_strings_whole_and_fold_names() -> None:
    """Nothing in a string is a word."""
    assert tokenise("SELECT `File`('x y') AS a") == ("select", "file", "(", "'x y'", ")", "as", "a")


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT 1 FORMAT JSON", "JSON"),
        ("SELECT 1 FORMAT TSV SETTINGS a = 1", "TSV"),
        ("SELECT format('{}', 'FORMAT x')", None),
    ],
)
def test_format_of_a_statement_is_found(sql: str, name: str | None) -> None:
    """The clause, not the function."""
    assert find_format(sql) == name
