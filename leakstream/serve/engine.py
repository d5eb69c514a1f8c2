"""Statements on the engine that this process has open, each on a fresh read-only handle with its limits.

A further handle costs a third of a millisecond. Limits given when it opens hold before its first statement, and under
readonly nothing can raise them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import chdb

from leakstream.serve.guard import find_format, refuse

READONLY_CODE = 164
_SYNTAX_CODE = 62
_CODE = re.compile(r"Code: (\d+)")
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NEVER_CALLED_SQL = "SELECT DISTINCT lower(name) FROM system.table_functions WHERE NOT allow_readonly"
_NEVER_NAMED_SQL = "SELECT DISTINCT lower(name) FROM system.functions WHERE name ILIKE 'ai%' OR lower(name) = 'file'"
READ_ONLY = "Leakstream's embedded store is read-only over HTTP"


class StatementError(Exception):
    """A statement that failed or was refused; `code` is ClickHouse's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may take.

    The embedded engine ends a result at its rows only (it lets `max_result_bytes` pass), so bytes are held afterwards.
    """

    seconds: float = 60.0
    memory_bytes: int = 2 * 2**30
    result_rows: int = 2_000_000
    result_bytes: int = 512 * 2**20
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Statement:
    """What a client asked. `parameters` are in ClickHouse's escaped form; `tag` finds the query again to end it."""

    sql: str
    database: str
    default_format: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]
    tag: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of a result and the format they are in."""

    body: bytes
    format: str
    rows_read: int
    bytes_read: int


class Engine:
    """The engine behind the door. Safe for several threads: every statement has handles of its own."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        with _Handle(f"{path}?implicit_select=0") as guard:
            self._never_called = frozenset(guard.query(_NEVER_CALLED_SQL, "TSVRaw").bytes().decode().split())
            self._never_named = frozenset(guard.query(_NEVER_NAMED_SQL, "TSVRaw").bytes().decode().split())

    def run(self, statement: Statement) -> Answer:
        """Run one reading statement; raises StatementError."""
        if statement.sql.lstrip()[:6].lower() == "insert":  # its data may be no text, and no parser would get past it
            raise StatementError(
                READONLY_CODE, error_text(READONLY_CODE, f"{READ_ONLY}: INSERT is not reading. (READONLY)")
            )
        formatted = self._format(statement.sql)
        reason = refuse(formatted, self._never_called, self._never_named)
        if reason is not None:
            raise StatementError(READONLY_CODE, error_text(READONLY_CODE, f"{READ_ONLY}: {reason}. (READONLY)"))
        if not _DATABASE.fullmatch(statement.database):
            raise StatementError(81, error_text(81, "this is no name of a database. (UNKNOWN_DATABASE)"))
        with _Handle(self._address(statement)) as handle:
            _query(handle, f"USE `{statement.database}`", "Null", {})
            result = _query(handle, formatted, statement.default_format, statement.parameters)
            if result.size() > self._limits.result_bytes:
                raise StatementError(396, error_text(396, f"the result exceeds {self._limits.result_bytes} bytes."))
            used = find_format(formatted) or statement.default_format
            return Answer(result.bytes(), used, result.storage_rows_read(), result.storage_bytes_read())

    def cancel(self, tag: str) -> None:
        """End the statement with this tag, if it still runs."""
        with _Handle(str(self._path)) as handle:
            sql = "KILL QUERY WHERE Settings['log_comment'] = {tag:String} ASYNC"
            _query(handle, sql, "Null", {"tag": tag})

    def _format(self, sql: str) -> str:
        """Let the engine write the statement its own way; several statements in one are an error here."""
        escaped = sql.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\0", "")
        with _Handle(f"{self._path}?implicit_select=0") as guard:
            answer = _query(guard, "SELECT formatQuery({q:String})", "TSVRaw", {"q": escaped})
            return str(answer.bytes().decode(errors="replace"))

    def _address(self, statement: Statement) -> str:
        """Give the engine's path with the limits and, last, readonly."""
        options = {
            **statement.settings,
            "max_execution_time": f"{self._limits.seconds:g}",
            "max_memory_usage": str(self._limits.memory_bytes),
            "max_result_rows": str(self._limits.result_rows),
            "max_threads": str(self._limits.threads),
            "allow_introspection_functions": "0",
            "log_comment": statement.tag,
            "readonly": "1",
        }
        return f"{self._path}?{urlencode(options)}"


class _Handle:
    """One connection to the engine, closed at the end."""

    def __init__(self, address: str) -> None:
        self._handle: Any = chdb.connect(address)  # type: ignore[no-untyped-call]  # chdb has no types

    def __enter__(self) -> Any:
        return self._handle

    def __exit__(self, *_: object) -> None:
        self._handle.close()


def _query(handle: Any, sql: str, output_format: str, parameters: Mapping[str, str]) -> Any:
    """Run one statement; the engine's errors become StatementError with their code."""
    try:
        return handle.query(sql, output_format, params=dict(parameters) or None)
    except (RuntimeError, ValueError, OSError) as error:
        text = str(error)
        code = int(found[1]) if (found := _CODE.search(text)) else _SYNTAX_CODE
        raise StatementError(code, text if found else error_text(code, text)) from error


def error_text(code: int, text: str) -> str:
    """Write an error as ClickHouse does."""
    return f"Code: {code}. DB::Exception: {text}"
