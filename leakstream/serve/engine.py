"""Statements on the engine that this process has open, each on a fresh read-only handle with its limits.

Limits given when a handle opens hold before its first statement, and under readonly nothing can raise them. Those of a
result are held here once more: the engine counts a constant column as one value, and not what a format adds. Refuses
whatever the guard refuses, with ClickHouse's code READONLY.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from leakstream.serve.guard import Forbidden, find_format, may_stream, refuse
from leakstream.serve.handle import SYNTAX_ERROR, Chunk, Handle, StatementError
from leakstream.serve.joining import Joiner, make_joiner

UNKNOWN_FORMAT = 73
UNKNOWN_DATABASE = 81
READONLY = 164
TOO_LARGE_RESULT = 396

_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_UNFIT_FOR_CHUNKS = ("extremes", "output_format_")
_LONGEST_QUOTE = 100

_CALLED_SQL = """
SELECT lower(name) FROM system.table_functions
WHERE name ILIKE 'mergeTree%' OR NOT allow_readonly AND name NOT IN ('format', 'zeros', 'zeros_mt', 'dictionary')
UNION DISTINCT SELECT arrayJoin(['hascolumnintable', 'joinget', 'joingetornull'])
"""
"""Those that tell of a table by name would tell which files exist (mergeTree*, hasColumnInTable); the four excepted
are not allowed under readonly either, and are names of harmless functions too."""
_NAMED_SQL = "SELECT lower(name) FROM system.functions WHERE name ILIKE 'ai%' OR lower(name) = 'file'"
_FORMATS_SQL = "SELECT name FROM system.formats WHERE is_output"

_READ_ONLY = "Leakstream's embedded store is read-only over HTTP"
_FILES_DATABASE = "default"
_SETTINGS_ASKED = "SELECT\n    name,\n    value,\n    readonly\nFROM system.settings\n"
_SETTINGS_ANSWERED = "SELECT\n    name,\n    value,\n    toUInt8(0) AS readonly\nFROM system.settings\n"
"""clickhouse-connect refuses by itself to send a setting that this query shows as readonly, and fails the statement;
on a readonly handle that is every one. The door ignores what it does not pass on, so none has to fail."""


def not_reading(reason: str, statement: str = "") -> StatementError:
    """Refuse a statement for a reason, and quote how it begins."""
    quote = f": {statement.strip()[:_LONGEST_QUOTE]!r}" if statement else ""
    return StatementError(READONLY, f"{_READ_ONLY}; {reason}{quote}. (READONLY)")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may take, how many may run, and how many may wait for their turn."""

    seconds: float = 60.0
    memory_bytes: int = 1 * 2**30
    result_rows: int = 2_000_000
    result_bytes: int = 256 * 2**20
    threads: int = 2
    statement_bytes: int = 2**20
    running: int = 8
    waiting: int = 64


@dataclass(frozen=True, slots=True)
class Statement:
    """What a client asked. `parameters` are in ClickHouse's escaped form; `tag` finds the query again to end it.

    `limits` are the door's, or less where the client asked for less.
    """

    sql: str
    database: str
    default_format: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    limits: Limits
    tag: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The next bytes of a result, the format they are in, and what they took."""

    body: bytes
    format: str
    rows: int
    rows_read: int
    bytes_read: int
    seconds: float


class Engine:
    """The engine behind the door. Safe for several threads: every statement has handles of its own.

    `home` is the database of a client that names none. One that names `default` gets it too: the embedded engine's
    `default` holds no tables and takes names for paths of files.
    """

    def __init__(self, path: Path, limits: Limits, home: str) -> None:
        self._path = path
        self._limits = limits
        self._home = home
        self._forbidden = Forbidden(called=self._names(_CALLED_SQL), named=self._names(_NAMED_SQL))
        self._formats = self._names(_FORMATS_SQL)
        self.version = next(iter(self._names("SELECT version()")))

    def run(self, statement: Statement) -> Iterator[Answer]:
        """Run one reading statement and give its result as it comes, one part at least; raises StatementError.

        Closing the iterator between two parts ends the statement at once.
        """
        formatted = self._judge(statement)
        used = find_format(formatted) or statement.default_format
        with Handle(self._address(statement)) as handle:
            handle.query(f"USE `{self._database(statement)}`", "Null", {})
            asked = (formatted, statement.default_format, statement.parameters)
            joiner = make_joiner(used) if _comes_in_chunks(formatted, statement) else None
            if joiner is None:
                yield from _answers((handle.query(*asked),), _Whole(), used, statement.limits)
                return
            with closing(handle.stream(*asked)) as chunks:
                yield from _answers(chunks, joiner, used, statement.limits)

    def cancel(self, tag: str) -> None:
        """End the statement with this tag, if it runs now."""
        with Handle(str(self._path)) as handle:
            sql = "KILL QUERY WHERE Settings['log_comment'] = {tag:String} ASYNC"
            handle.query(sql, "Null", {"tag": tag})

    def _judge(self, statement: Statement) -> str:
        """Give the statement as the engine writes it, when it may run."""
        formatted = self._format(statement.sql)
        reason = refuse(formatted, statement.parameters, self._forbidden)
        if reason is not None:
            raise not_reading(reason, formatted)
        # The library takes a few more words than these for formats of its own that give no bytes.
        if statement.default_format not in self._formats:
            raise StatementError(UNKNOWN_FORMAT, f"Unknown format {statement.default_format!r}. (UNKNOWN_FORMAT)")
        if formatted.startswith(_SETTINGS_ASKED):
            return _SETTINGS_ANSWERED + formatted.removeprefix(_SETTINGS_ASKED)
        return formatted

    def _format(self, sql: str) -> str:
        """Let the engine write the statement its own way; several statements in one are an error here."""
        escaped = sql.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\0", "\\0")
        with Handle(self._guard_address()) as guard:
            written = guard.query("SELECT formatQuery({q:String})", "TSVRaw", {"q": escaped}).body
        try:
            return written.decode()
        except UnicodeDecodeError as error:  # an escape in a text or a name, such as \\xff
            raise StatementError(SYNTAX_ERROR, f"The statement is not UTF-8: {error}. (SYNTAX_ERROR)") from error

    def _names(self, sql: str) -> frozenset[str]:
        """Give a column of names."""
        with Handle(self._guard_address()) as handle:
            return frozenset(handle.query(sql, "TSVRaw", {}).body.decode().split())

    def _database(self, statement: Statement) -> str:
        """Give the database to run in."""
        if not _DATABASE.fullmatch(statement.database):
            raise StatementError(UNKNOWN_DATABASE, "This is no name of a database. (UNKNOWN_DATABASE)")
        return self._home if statement.database == _FILES_DATABASE else statement.database

    def _address(self, statement: Statement) -> str:
        """Give the engine's path with the client's settings, then the limits and, last, readonly."""
        limits = statement.limits
        options = {
            **statement.settings,
            "max_execution_time": f"{limits.seconds:.3f}",
            "max_memory_usage": str(limits.memory_bytes),
            "max_result_rows": str(limits.result_rows),
            "max_result_bytes": str(limits.result_bytes),
            "max_threads": str(limits.threads),
            "allow_introspection_functions": "0",
            "log_comment": statement.tag,
            "readonly": "1",
        }
        return f"{self._path}?{urlencode(options)}"

    def _guard_address(self) -> str:
        """Give the engine's path for formatQuery(): a bare expression is no statement."""
        return f"{self._path}?implicit_select=0&max_execution_time={self._limits.seconds:.3f}&readonly=1"


class _Whole:
    """Joins nothing: the result comes in one piece."""

    def add(self, chunk: bytes) -> bytes:
        """Give it as it is."""
        return chunk

    def finish(self) -> bytes:
        """There is no more."""
        return b""


def _comes_in_chunks(formatted: str, statement: Statement) -> bool:
    """Say whether the chunks of a result are all of it, in its format as it is by default."""
    return may_stream(formatted) and not any(name.startswith(_UNFIT_FOR_CHUNKS) for name in statement.settings)


def _answers(chunks: Iterable[Chunk], joiner: Joiner, used: str, limits: Limits) -> Iterator[Answer]:
    """Join chunks and hold the limits of a result."""
    rows = size = 0
    for chunk in chunks:
        body = joiner.add(chunk.body)
        rows, size = rows + chunk.rows, size + len(body)
        for what, found, most in (("rows", rows, limits.result_rows), ("bytes", size, limits.result_bytes)):
            if found > most:
                raise StatementError(
                    TOO_LARGE_RESULT,
                    f"Limit for result exceeded, max {what}: {most}, current {what}: {found}; "
                    "ask for fewer rows or columns. (TOO_MANY_ROWS_OR_BYTES)",
                )
        yield Answer(body, used, chunk.rows, chunk.rows_read, chunk.bytes_read, chunk.seconds)
    if foot := joiner.finish():
        yield Answer(foot, used, 0, 0, 0, 0.0)
