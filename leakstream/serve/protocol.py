"""ClickHouse's HTTP protocol as values: what a request asks, which status an error has, what a reply says. Pure.

What clients send and the door has no use for (sessions, progress, roles, passwords, `readonly`, most settings) is
ignored, so that they need no special profile. Refuses bodies in forms that only inserts and external tables have.
"""

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from leakstream.serve.blocks import write_blocks
from leakstream.serve.engine import SYNTAX_ERROR, Answer, Limits, Statement, StatementError, not_reading

NOT_IMPLEMENTED = 48
TOO_LARGE_QUERY = 229
TOO_MANY_QUERIES = 202

_STATUS = {
    **dict.fromkeys((6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168), 400),
    **dict.fromkeys((223, 321, 376, 427, 441, 675, 676), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511), 404),
    159: 408,
    229: 413,
    48: 501,
    76: 503,
    209: 503,
    439: 503,
    381: 411,
    497: 403,
    779: 415,
}
"""ClickHouse's own table (src/Server/HTTP/exceptionCodeToHTTPStatus.cpp); READONLY is not in it, so it is 500."""
_INTERNAL = 500

_PASSED_ON = re.compile(
    r"output_format_(?:json|arrow|parquet|csv|tsv|pretty|native|decimal|orc|markdown)_[a-z0-9_]+"
    r"|date_time_output_format|session_timezone|join_use_nulls|extremes|final|limit|offset"
)
"""Settings that change a result or how it looks. Not every output_format_*: output_format_schema writes a file."""

_READ_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
_COMPRESS_FROM = 4_096
_CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Pretty": "text/plain; charset=UTF-8",
    "PrettyCompact": "text/plain; charset=UTF-8",
    "Vertical": "text/plain; charset=UTF-8",
}
_HELLO = "SELECT displayName(), version(), revision(), timezone()"
_NAME = "leakstream"


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that count. Header names are in lower case; the body is decoded from HTTP's encodings."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def check_body(headers: Mapping[str, str]) -> None:
    """Refuse, before the body is read, one whose form has no use in reading; raises StatementError."""
    encoding = headers.get("content-encoding", "").lower()
    if encoding not in _READ_ENCODINGS:
        raise not_reading(
            f"a body in {encoding or 'an unknown encoding'} is not taken, statements come plain or in gzip"
        )
    if headers.get("content-type", "").startswith("multipart/"):
        raise StatementError(NOT_IMPLEMENTED, "External tables and forms are not served here. (NOT_IMPLEMENTED)")


def check_insert(first_bytes: bytes) -> None:
    """Refuse an insert by its first bytes: its data may be of any size and no text; raises StatementError."""
    if first_bytes.lstrip()[:6].lower() == b"insert":
        raise not_reading("INSERT is not reading")


def read_statement(request: Request, tag: str, home: str, limits: Limits) -> Statement | None:
    """Read a statement from the address and the body, joined as ClickHouse joins them; None when there is none.

    Raises StatementError.
    """
    query, headers = request.query, request.headers
    if query.get("decompress") == "1":
        raise not_reading("a body in ClickHouse's own blocks is not taken, statements come plain or in gzip")
    check_insert(request.body)
    try:
        body = request.body.decode()
    except UnicodeDecodeError as error:
        raise StatementError(SYNTAX_ERROR, f"The statement is not UTF-8: {error}. (SYNTAX_ERROR)") from error
    parts = [part for part in (query.get("query", ""), body) if part.strip()]
    if not parts:
        return None
    return Statement(
        sql="\n".join(parts),
        database=query.get("database") or headers.get("x-clickhouse-database") or home,
        default_format=query.get("default_format") or headers.get("x-clickhouse-format") or "TabSeparated",
        parameters={name[6:]: value for name, value in query.items() if name.startswith("param_")},
        settings={name: value for name, value in query.items() if _PASSED_ON.fullmatch(name)},
        seconds=clamp_seconds(query.get("max_execution_time", ""), limits.seconds),
        tag=tag,
    )


def clamp_seconds(asked: str, most: float) -> float:
    """Give the time that a client asked for, within the limit; 0 is ClickHouse's word for no limit."""
    try:
        seconds = float(asked)
    except ValueError:
        return most
    return seconds if 0 < seconds < most else most


def is_hello(statement: Statement) -> bool:
    """Say whether this is clickhouse-go's first query."""
    return statement.sql.strip().rstrip(";") == _HELLO


def hello(version: str) -> Answer:
    """Answer clickhouse-go's first query in Native, with revision 0: after it the driver expects plain Native.

    The engine's own revision would promise a block header that it does not write over this protocol.
    """
    columns = (
        ("displayName()", "String", _text(_NAME)),
        ("version()", "String", _text(version)),
        ("revision()", "UInt32", bytes(4)),
        ("timezone()", "String", _text("UTC")),
    )
    head = bytes.fromhex("010002ffffffff00") + bytes([len(columns), 1])
    body = head + b"".join(_text(name) + _text(kind) + b"\0" + value for name, kind, value in columns)
    return Answer(body, "Native", rows=1, rows_read=1, bytes_read=1, seconds=0.0)


def reply(request: Request, answer: Answer, tag: str) -> Reply:
    """Give a result with the headers that clients read, compressed when asked for."""
    headers = {
        "Content-Type": _CONTENT_TYPES.get(answer.format, "application/octet-stream"),
        "X-ClickHouse-Format": answer.format,
        "X-ClickHouse-Summary": json.dumps(_summary(answer)),
        **_common(request, tag),
    }
    body = answer.body
    if request.query.get("compress") == "1":
        body = write_blocks(body)
    elif len(body) >= _COMPRESS_FROM and accepts_gzip(request.headers.get("accept-encoding", "")):
        body = gzip.compress(body, 1)
        headers["Content-Encoding"] = "gzip"
    return Reply(200, headers, body)


def refuse(request: Request, error: StatementError, tag: str) -> Reply:
    """Give an error as ClickHouse does: its status, its code in a header, its text in the body."""
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "X-ClickHouse-Exception-Code": str(error.code),
        **_common(request, tag),
    }
    return Reply(_STATUS.get(error.code, _INTERNAL), headers, f"{error}\n".encode(errors="replace"))


def accepts_gzip(header: str) -> bool:
    """Say whether an Accept-Encoding names gzip and does not rule it out.

    Example input: gzip;q=0, deflate
    Example output: False
    """
    for item in header.lower().split(","):
        coding, _, weight = item.partition(";")
        if coding.strip() == "gzip":
            return not re.fullmatch(r"q=0(?:\.0*)?", weight.replace(" ", ""))
    return False


def _common(request: Request, tag: str) -> Mapping[str, str]:
    """Give the headers of every reply to a statement. A query id that is no plain text is not sent back."""
    asked = request.query.get("query_id") or request.headers.get("x-clickhouse-query-id") or tag
    return {
        "X-ClickHouse-Query-Id": asked if re.fullmatch(r"[\x21-\x7e]{1,200}", asked) else tag,
        "X-ClickHouse-Server-Display-Name": _NAME,
        "X-ClickHouse-Timezone": "UTC",
    }


def _summary(answer: Answer) -> Mapping[str, str]:
    """Give what the statement took, numbers as text as ClickHouse does."""
    return {
        "read_rows": str(answer.rows_read),
        "read_bytes": str(answer.bytes_read),
        "written_rows": "0",
        "written_bytes": "0",
        "result_rows": str(answer.rows),
        "result_bytes": str(len(answer.body)),
        "elapsed_ns": str(round(answer.seconds * 1e9)),
    }


def _text(text: str) -> bytes:
    """Write a short string as Native does."""
    return bytes([len(text)]) + text.encode()
