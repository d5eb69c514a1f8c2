"""The guard's judgements on formatted SQL; what the engine makes of whole statements is in test_door_guard.py."""

import pytest

from leakstream.serve.guard import Forbidden, find_format, refuse, tokenise

FORBIDDEN = Forbidden(
    called=frozenset({"file", "url", "remote", "mysql", "executable", "mergetreeindex"}),
    named=frozenset({"file", "aigenerate"}),
)


def judge(formatted: str, **parameters: str) -> str | None:
    """Give the refusal."""
    return refuse(formatted, parameters, FORBIDDEN)


def test_names_lose_their_quotes_and_their_case() -> None:
    """However a name is written, it is one token, and a string is another."""
    assert tokenise("SELECT `Fi``le`, \"URL\"  ('it''s \\' INTO', 1.5)") == (
        "select", "fi``le", ",", "url", "(", "'it''s \\' INTO'", ",", "1", ".", "5", ")",
    )  # fmt: skip


@pytest.mark.parametrize(
    "formatted",
    [
        "SELECT 1",
        "WITH 1 AS a SELECT a",
        "SHOW TABLES",
        "DESCRIBE TABLE t",
        "EXISTS TABLE t",
        "EXPLAIN SELECT 1",
        "(SELECT 1)",
        "SELECT url FROM t",
        "SELECT 'file(', 'INTO OUTFILE', `into`, x AS outfile",
        "SHOW TABLES FROM default",
        "SELECT profile(1), filed FROM t",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "SELECT 'into outfile', 'file(', 'it''s \\' file('",
        "SELECT format('{}', 1) FROM zeros(3)",
        "SELECT count() FROM counts\nFORMAT JSONEachRow",
    ],
)
def test_reading_passes(formatted: str) -> None:
    """What only reads is not refused, whatever words stand in its strings and columns."""
    assert judge(formatted) is None


@pytest.mark.parametrize(
    ("formatted", "reason"),
    [
        ("", "an empty statement is not reading"),
        ("INSERT INTO t VALUES (1)", "INSERT is not reading"),
        ("SYSTEM STOP MERGES", "SYSTEM is not reading"),
        ("SELECT 1\nINTO OUTFILE 'x'", "INTO OUTFILE is not allowed"),
        ("SELECT 1 PARALLEL WITH SELECT 2", "PARALLEL WITH is not allowed"),
        ("SELECT * APPLY(toString)", "APPLY is not allowed"),
        ("SELECT `file`('x')", "the function file reaches outside of the store"),
        ("SELECT arrayMap(file, ['x'])", "the function file reaches outside of the store"),
        ("SELECT arrayMap(aiGenerate, ['x'])", "the function aigenerate reaches outside of the store"),
        ("SELECT * FROM Url ('x')", "the function url reaches outside of the store"),
        ("DESCRIBE TABLE url('x')", "the function url reaches outside of the store"),
        ("SELECT * FROM `default`.`/x`", "the database default holds no tables here, only paths of files"),
        ("SELECT * FROM system.stack_trace", "system.stack_trace interrupts the process"),
    ],
)
def test_reaching_out_is_refused_with_its_reason(formatted: str, reason: str) -> None:
    """A refusal names what is not allowed."""
    assert judge(formatted) == reason


@pytest.mark.parametrize(
    "formatted",
    [
        "DROP TABLE counts",
        "ALTER TABLE counts DELETE WHERE 1",
        "CREATE TABLE x (a Int8) ENGINE = Memory",
        "TRUNCATE TABLE counts",
        "OPTIMIZE TABLE counts",
        "KILL QUERY WHERE 1",
        "SET readonly = 0",
        "GRANT ALL ON *.* TO x",
        "ATTACH TABLE x",
        "DETACH TABLE x",
        "RENAME TABLE a TO b",
        "BACKUP TABLE a TO File('x')",
        "USE default",
        "EXPLAIN SELECT 1 INTO OUTFILE '/tmp/x' TRUNCATE",
        "SHOW TABLES INTO OUTFILE '/tmp/x'",
        "SELECT \"FILE\" ('/etc/passwd')",
        "SELECT * FROM FiLe('/etc/passwd')",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM view(SELECT * FROM mysql('a', 'b', 'c', 'd', 'e'))",
        "SELECT aiGenerate('x')",
        "SELECT * APPLY file",
        "SELECT COLUMNS('.*') APPLY (x -> file(x))",
        "WITH x AS (SELECT * FROM executable('a', 'b', 'c')) SELECT * FROM x",
        "SELECT file FROM numbers(3)",
    ],
)
def test_everything_else_is_refused(formatted: str) -> None:
    """Writing, reaching out, ruling the engine; also the bare word `file`, which a higher-order function calls."""
    assert judge(formatted) is not None


@pytest.mark.parametrize("value", ["t", "leakstream.t", "a_1"])
def test_plain_name_may_fill_an_identifier(value: str) -> None:
    """Tables and columns can be parameters."""
    assert judge("SELECT * FROM {x:Identifier}", x=value) is None


@pytest.mark.parametrize(
    "value",
    ["", "file", "File", "fi\\x6ce", "default", "default.t", "/etc/passwd", "a.b.c", "a b", "aiGenerate", "t\n"],
)
def test_identifier_hides_nothing(value: str) -> None:
    """What fills an Identifier after the judgement is judged too, escapes included."""
    assert judge("SELECT arrayMap({x:Identifier}, [1])", x=value) is not None


def test_identifier_without_a_value_is_refused() -> None:
    """There is nothing to judge."""
    assert judge("SELECT {x:Identifier}") == "the Identifier parameter x is not a plain name"


def test_two_parameters_that_differ_in_case_are_refused() -> None:
    """Else the harmless one could be judged and the other used."""
    assert judge("SELECT {X:Identifier}", x="t", X="file") == "two parameters differ in case only"


@pytest.mark.parametrize(
    ("formatted", "found"),
    [
        ("SELECT 1\nFORMAT JSON\n", "JSON"),
        ("SELECT 1\nFORMAT CSV\nSETTINGS max_threads = 1\n", "CSV"),
        ("SELECT 1\nFORMAT `Null`\n", "Null"),
        ("SELECT\n    1 AS FORMAT,\n    2 AS b\n", None),
        ("SELECT 'x\\nFORMAT CSV\\n'\n", None),
        ("SHOW TABLES\n", None),
    ],
)
def test_format_clause_is_found_and_nothing_else(formatted: str, found: str | None) -> None:
    """The header must tell the format that is really used."""
    assert find_format(formatted) == found
