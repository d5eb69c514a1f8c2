"""One connection to the embedded engine, and its errors as values with ClickHouse's code.

A further connection costs a third of a millisecond. Settings in its address hold before its first statement.
"""

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import chdb

SYNTAX_ERROR = 62

_CODE = re.compile(r"Code: (\d+)")
_OUR_HEAD = re.compile(r"^(?:Failed to create connection: |Streaming query failed: )+")
_REPEATED_HEAD = re.compile(r"^(?:Code: \d+\. DB::Exception: )+(?=Code: \d+\. DB::Exception: )")
_REPEATED_TAIL = re.compile(r"(?: \(version [^)]*\)\. \([A-Z0-9_]+\))+$")
_NO_CHUNKS = "Streaming query is not supported"
_OUR_OWN_QUERY = re.compile(r": In scope SELECT formatQuery\('.*'\)(?=\. \([A-Z_]+\)$)", re.DOTALL)

_connect: Callable[[str], Any] = chdb.connect


class StatementError(Exception):
    """A statement that failed or was refused; `code` is ClickHouse's, the text is written as ClickHouse writes it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text if text.startswith("Code: ") else f"Code: {code}. DB::Exception: {text}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes of a result with the rows in them, and what was read for them. Empty for a result without rows or names."""

    body: bytes
    rows: int
    rows_read: int
    bytes_read: int
    seconds: float


class Handle:
    """A connection, closed at the end; not for several threads at once."""

    def __init__(self, address: str) -> None:
        try:
            self._connection = _connect(address)
        except RuntimeError as error:
            raise _failure(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._connection.close()

    def query(self, sql: str, output_format: str, parameters: Mapping[str, str]) -> Chunk:
        """Run one statement and give its whole result; raises StatementError."""
        try:
            return _chunk(self._connection.query(sql, output_format, params=dict(parameters) or None))
        except (RuntimeError, ValueError, OSError) as error:
            raise _failure(error) from error

    def stream(self, sql: str, output_format: str, parameters: Mapping[str, str]) -> Generator[Chunk, None, None]:
        """Run one SELECT and give its result in chunks of some 65,000 rows, each a whole text of its format.

        One chunk at least: a result without rows still has its names. A statement that the engine gives in no chunks
        comes as one. Raises StatementError, also after chunks.
        """
        try:
            result = self._connection.send_query(sql, output_format, params=dict(parameters) or None)
        except RuntimeError as error:
            if _NO_CHUNKS not in str(error):
                raise _failure(error) from error
            yield self.query(sql, output_format, parameters)
            return
        try:
            try:
                # The public fetch() gives nothing for a result without rows, not even the names of its columns.
                first = result._conn.streaming_fetch_result(result._result)  # noqa: SLF001 see above
                if first is not None:
                    yield _chunk(first)
                while first is not None and first.rows_read() and (more := result.fetch()) is not None:
                    yield _chunk(more)
            finally:
                with suppress(RuntimeError):
                    result.cancel()
        except (RuntimeError, ValueError, OSError) as error:
            raise _failure(error) from error


def _chunk(result: Any) -> Chunk:
    """Take what counts out of a result of the library."""
    return Chunk(
        result.bytes(),
        result.rows_read(),
        result.storage_rows_read(),
        result.storage_bytes_read(),
        result.elapsed(),
    )


def _failure(error: Exception) -> StatementError:
    """Make an error of the engine one sentence with its code.

    Example input: Code: 164. DB::Exception: Code: 164. DB::Exception: No. (READONLY) (version 1.2). (READONLY)
    Example output: Code: 164. DB::Exception: No. (READONLY)
    """
    text = _OUR_HEAD.sub("", str(error)).strip()
    text = _REPEATED_TAIL.sub("", _REPEATED_HEAD.sub("", text))
    text = _OUR_OWN_QUERY.sub("", text)
    found = _CODE.match(text)
    return StatementError(int(found[1]) if found else SYNTAX_ERROR, text)
