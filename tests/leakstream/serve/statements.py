"""Statements for the door, hostile and not.

In the hostile ones `{canary}` is a file that nobody may read, `{target}` one that nobody may write, `{port}` a local
port that nobody may connect to.
"""

from pathlib import Path

_FOLDER = Path(__file__).parent


def read_table(name: str) -> tuple[tuple[str, str], ...]:
    """Read lines of a code and a statement in Python's escapes; a line that begins with # is for people."""
    lines = (_FOLDER / name).read_text(encoding="ascii").splitlines()
    pairs = (line.split("\t", 1) for line in lines if not line.startswith("#"))
    return tuple((code, statement.encode("ascii").decode("unicode_escape")) for code, statement in pairs)


HOSTILE = read_table("hostile.tsv")
"""What must be refused, with ClickHouse's code."""

GREEDY = (
    *read_table("greedy.tsv"),
    ("306", "SELECT " + "(" * 3000 + "1" + ")" * 3000),
    ("167", "SELECT " + "+".join(["1"] * 60_000)),
    ("306", "SELECT * FROM (" * 300 + "SELECT 1" + ")" * 300),
)
"""What takes too much, with the code that ends it within a time of two seconds."""

READING = (
    "SELECT 1",
    "select 1;",
    "  \n SELECT 1 -- a comment\n",
    "/* first */ SELECT 'INTO OUTFILE', 'file(', 'it''s; two'",
    "(SELECT 1)",
    "WITH 1 AS one SELECT one",
    "FROM numbered SELECT count()",
    "SELECT number AS `into`, text AS `a b` FROM numbered LIMIT 3",
    "SELECT number FROM leakstream.numbered WHERE text = '7' FORMAT JSON",
    "SELECT toStartOfMinute(at) AS t, count() FROM numbered GROUP BY t ORDER BY t WITH FILL STEP 60 LIMIT 5",
    "SELECT arrayMap(x -> x + 1, [1, 2])",
    "SELECT format('{{}} and {{}}', 'a', 'b')",
    "SELECT * FROM numbers(3)",
    "SELECT * FROM numbers(1) SETTINGS max_threads = 2",
    "SELECT a.number FROM numbered AS a INNER JOIN numbered AS b ON a.number = b.number LIMIT 1",
    "SELECT number, row_number() OVER (ORDER BY number) FROM numbered LIMIT 2",
    "SELECT 1 UNION ALL SELECT 2",
    "SHOW DATABASES",
    "SHOW TABLES",
    "SHOW CREATE TABLE numbered",
    "SHOW COLUMNS FROM numbered",
    "DESC TABLE numbered",
    "DESCRIBE numbered",
    "EXISTS TABLE numbered",
    "EXPLAIN SELECT * FROM numbered",
    "EXPLAIN PIPELINE SELECT count() FROM numbered",
    "SELECT name FROM system.columns WHERE database = 'leakstream'",
    "SELECT database, name FROM system.tables WHERE database != 'system'",
    "SELECT version(), timezone(), currentDatabase(), hostName()",
)
