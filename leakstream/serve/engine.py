"""Statements on the engine that this process has open, each on a fresh read-only handle with its limits.

A further handle costs a third of a millisecond. Limits given when it opens hold before its first statement, and under
readonly nothing can raise them. Refuses whatever the guard refuses, with ClickHouse's code READONLY.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import chdb

from leakstream.serve.guard import Forbidden, find_format, refuse

SYNTAX_ERROR = 62
UNKNOWN_FORMAT = 73
UNKNOWN_DATABASE = 81
READONLY = 164
TOO_LARGE_RESULT = 396

_CODE = re.compile(r"Code: (\d+)")
_REPEATED_HEAD = re.compile(r"^(?:Code: \d+\. DB::Exception: )+(?=Code: \d+\. DB::Exception: )")
_REPEATED_TAIL = re.compile(r"(?: \(version [^)]*\)\. \([A-Z0-9_]+\))+$")
_OUR_OWN_QUERY = re.compile(r": In scope SELECT formatQuery\('.*'\)(?=\. \([A-Z_]+\)$)", re.DOTALL)
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)

_CALLED_SQL = """
SELECT lower(name) FROM system.table_functions
WHERE name ILIKE 'mergeTree%' OR NOT allow_readonly AND name NOT IN ('format', 'zeros', 'zeros_mt', 'dictionary')
UNION DISTINCT SELECT arrayJoin(['hascolumnintable', 'joinget', 'joingetornull'])
"""
"""Those that tell of a table by name would tell which files exist (mergeTree*, hasColumnInTable); the four excepted
are not allowed under readonly either, and are names of harmless functions too."""
_NAMED_SQL = "SELECT lower(name) FROM system.functions WHERE name ILIKE 'ai%' OR lower(name) = 'file'"
_FORMATS_SQL = "SELECT name FROM system.formats WHERE is_output"

_connect: Callable[[str], Any] = chdb.connect
_READ_ONLY = "Leakstream's embedded store is read-only over HTTP"
_FILES_DATABASE = "default"
_SETTINGS_ASKED = "SELECT\n    name,\n    value,\n    readonly\nFROM system.settings\n"
_SETTINGS_ANSWERED = "SELECT\n    name,\n    value,\n    toUInt8(0) AS readonly\nFROM system.settings\n"
"""clickhouse-connect refuses by itself to send a setting that this query shows as readonly, and fails the statement;
on a readonly handle that is every one. The door ignores what it does not pass on, so none has to fail."""


class StatementError(Exception):
    """A statement that failed or was refused; `code` is ClickHouse's, the text is written as ClickHouse writes it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text if text.startswith("Code: ") else f"Code: {code}. DB::Exception: {text}")
        self.code = code


def not_reading(reason: str) -> StatementError:
    """Refuse a statement for a reason."""
    return StatementError(READONLY, f"{_READ_ONLY}; {reason}. (READONLY)")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may take, how many may run, and how many may wait for their turn.

    The engine counts a constant column of a result as one value, so rows are limited too and bytes are held once more
    afterwards.
    """

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
    """What a client asked. `parameters` are in ClickHouse's escaped form; `tag` finds the query again to end it."""

    sql: str
    database: str
    default_format: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    seconds: float
    tag: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of a result, the format they are in, and what it took."""

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

    def run(self, statement: Statement) -> Answer:
        """Run one reading statement; raises StatementError."""
        formatted = self._format(statement.sql)
        reason = refuse(formatted, statement.parameters, self._forbidden)
        if reason is not None:
            raise not_reading(reason)
        # The library takes a few more words than these for formats of its own that give no bytes.
        if statement.default_format not in self._formats:
            raise StatementError(UNKNOWN_FORMAT, f"Unknown format {statement.default_format}. (UNKNOWN_FORMAT)")
        if formatted.startswith(_SETTINGS_ASKED):
            formatted = _SETTINGS_ANSWERED + formatted.removeprefix(_SETTINGS_ASKED)
        with _Handle(self._address(statement)) as handle:
            _query(handle, f"USE `{self._database(statement)}`", "Null", {})
            result = _query(handle, formatted, statement.default_format, statement.parameters)
            return self._answer(result, find_format(formatted) or statement.default_format)

    def cancel(self, tag: str) -> None:
        """End the statement with this tag, if it runs now."""
        with _Handle(str(self._path)) as handle:
            sql = "KILL QUERY WHERE Settings['log_comment'] = {tag:String} ASYNC"
            _query(handle, sql, "Null", {"tag": tag})

    def _answer(self, result: Any, used: str) -> Answer:
        """Give the result when it is small enough: the engine's own limit does not count what a format adds."""
        if result.size() > self._limits.result_bytes:
            raise StatementError(
                TOO_LARGE_RESULT,
                f"The result of {result.size()} bytes is over the limit of {self._limits.result_bytes} bytes; "
                "ask for fewer rows or columns. (TOO_MANY_ROWS_OR_BYTES)",
            )
        return Answer(
            body=result.bytes(),
            format=used,
            rows=result.rows_read(),
            rows_read=result.storage_rows_read(),
            bytes_read=result.storage_bytes_read(),
            seconds=result.elapsed(),
        )

    def _format(self, sql: str) -> str:
        """Let the engine write the statement its own way; several statements in one are an error here."""
        escaped = sql.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\0", "\\0")
        with _Handle(self._guard_address()) as guard:
            answer = _query(guard, "SELECT formatQuery({q:String})", "TSVRaw", {"q": escaped})
            return str(answer.bytes().decode())

    def _names(self, sql: str) -> frozenset[str]:
        """Give a column of names."""
        with _Handle(self._guard_address()) as handle:
            return frozenset(_query(handle, sql, "TSVRaw", {}).bytes().decode().split())

    def _database(self, statement: Statement) -> str:
        """Give the database to run in."""
        if not _DATABASE.fullmatch(statement.database):
            raise StatementError(UNKNOWN_DATABASE, "This is no name of a database. (UNKNOWN_DATABASE)")
        return self._home if statement.database == _FILES_DATABASE else statement.database

    def _address(self, statement: Statement) -> str:
        """Give the engine's path with the client's settings, then the limits and, last, readonly."""
        options = {
            **statement.settings,
            "max_execution_time": f"{statement.seconds:.3f}",
            "max_memory_usage": str(self._limits.memory_bytes),
            "max_result_rows": str(self._limits.result_rows),
            "max_result_bytes": str(self._limits.result_bytes),
            "max_threads": str(self._limits.threads),
            "allow_introspection_functions": "0",
            "log_comment": statement.tag,
            "readonly": "1",
        }
        return f"{self._path}?{urlencode(options)}"

    def _guard_address(self) -> str:
        """Give the engine's path for formatQuery(): a bare expression is no statement."""
        return f"{self._path}?implicit_select=0&max_execution_time={self._limits.seconds:.3f}&readonly=1"


class _Handle:
    """One connection to the engine, closed at the end."""

    def __init__(self, address: str) -> None:
        try:
            self._handle = _connect(address)
        except RuntimeError as error:
            raise _failure(error) from error

    def __enter__(self) -> Any:
        return self._handle

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._handle.close()


def _query(handle: Any, sql: str, output_format: str, parameters: Mapping[str, str]) -> Any:
    """Run one statement; the engine's errors become StatementError with their code."""
    try:
        return handle.query(sql, output_format, params=dict(parameters) or None)
    except (RuntimeError, ValueError, OSError) as error:
        raise _failure(error) from error


def _failure(error: Exception) -> StatementError:
    """Make an error of the engine one sentence with its code.

    Example input: Code: 164. DB::Exception: Code: 164. DB::Exception: No. (READONLY) (version 1.2). (READONLY)
    Example output: Code: 164. DB::Exception: No. (READONLY)
    """
    text = str(error).removeprefix("Failed to create connection: ").strip()
    text = _REPEATED_TAIL.sub("", _REPEATED_HEAD.sub("", text))
    text = _OUR_OWN_QUERY.sub("", text)
    found = _CODE.match(text)
    return StatementError(int(found[1]) if found else SYNTAX_ERROR, text)
