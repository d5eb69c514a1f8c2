"""ClickHouse's HTTP protocol as values: what a request asks, which status an error has, what a reply says. Pure.

What clients send and the door has no use for (session ids, progress, roles, `readonly`, most settings) is ignored, so
that they need no special profile; what would need a session's memory is refused. So are bodies in forms that only
inserts and external tables have.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from leakstream.serve.blocks import BlockPacker, read_blocks
from leakstream.serve.encodings import ENCODINGS, EncodingError, Packer, choose_encoding, make_packer, unpack
from leakstream.serve.engine import Answer, Limits, Statement, not_reading
from leakstream.serve.handle import SYNTAX_ERROR, StatementError

NOT_IMPLEMENTED = 48
TOO_MANY_QUERIES = 202
TOO_LARGE_QUERY = 229
CANNOT_DECOMPRESS = 271
SESSION_NOT_FOUND = 372

_STATUS = {
    **dict.fromkeys((6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168), 400),
    **dict.fromkeys((223, 321, 376, 427, 441, 675, 676), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511), 404),
    194: 401,
    516: 403,
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

_PLAIN = frozenset({"", "identity"})
_COMPRESS_FROM = 4_096
_HEAD_BYTES = 64
_SECOND_BODY = "external tables and forms need a real server"
_TSV, _TEXT = "text/tab-separated-values; charset=UTF-8", "text/plain; charset=UTF-8"
_JSON, _LINES = "application/json; charset=UTF-8", "application/x-ndjson; charset=UTF-8"
_CONTENT_TYPES = {
    **dict.fromkeys(("TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "TSVWithNames", "TSVWithNamesAndTypes"), _TSV),
    **dict.fromkeys(("TabSeparatedWithNames", "TabSeparatedWithNamesAndTypes"), _TSV),
    **dict.fromkeys(("JSON", "JSONStrings", "JSONCompact", "JSONCompactStrings", "JSONColumns"), _JSON),
    **dict.fromkeys(("JSONEachRow", "JSONLines", "NDJSON", "JSONStringsEachRow", "JSONCompactEachRow"), _LINES),
    **dict.fromkeys(("Pretty", "PrettyCompact", "PrettySpace", "Vertical", "TSKV", "Values", "LineAsString"), _TEXT),
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "XML": "application/xml; charset=UTF-8",
    "Markdown": "text/markdown; charset=UTF-8",
    "Parquet": "application/vnd.apache.parquet",
    "Arrow": "application/vnd.apache.arrow.file",
    "ArrowStream": "application/vnd.apache.arrow.stream",
}
NAME = "leakstream"
_LONGEST_ERROR = 16 * 2**10


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that count. Header names are in lower case; `tag` names it here and in the engine."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    tag: str

    @property
    def query_id(self) -> str:
        """Give the id that the client chose, or ours; one that is no plain text is not sent back."""
        asked = self.query.get("query_id") or self.headers.get("x-clickhouse-query-id") or self.tag
        return asked if re.fullmatch(r"[\x21-\x7e]{1,200}", asked) else self.tag

    @property
    def waits_for_the_end(self) -> bool:
        """Say whether the client wants to know how the statement ended before the first byte of its result."""
        return self.query.get("wait_end_of_query", "0") not in {"", "0", "false"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back at once."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Taken:
    """What a statement took so far; `size` is the bytes of its result before compression."""

    rows: int = 0
    size: int = 0
    rows_read: int = 0
    bytes_read: int = 0
    seconds: float = 0.0

    def add(self, answer: Answer) -> None:
        """Count a part of the result."""
        self.rows += answer.rows
        self.size += len(answer.body)
        self.rows_read += answer.rows_read
        self.bytes_read += answer.bytes_read
        self.seconds += answer.seconds


def check_request(request: Request) -> None:
    """Refuse, before the body is read, what has no use in reading; raises StatementError."""
    if request.query.get("session_check", "0") not in {"", "0"}:
        raise StatementError(
            SESSION_NOT_FOUND,
            "Sessions are not kept here: no temporary tables, no SET, no USE; give database= and settings in the "
            "address. (SESSION_NOT_FOUND)",
        )
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise StatementError(NOT_IMPLEMENTED, f"The body is multipart: {_SECOND_BODY}. (NOT_IMPLEMENTED)")
    check_insert(request.query.get("query", ""))
    encoding = _encoding(request)
    if encoding not in _PLAIN and encoding not in ENCODINGS:
        raise StatementError(
            NOT_IMPLEMENTED,
            f"Content-Encoding {encoding[:_HEAD_BYTES]!r} is not one of {', '.join(ENCODINGS)}. (NOT_IMPLEMENTED)",
        )


def check_insert(statement: str) -> None:
    """Refuse an insert by its first word: its data may be of any size and no text; raises StatementError."""
    if statement.lstrip()[:6].lower() == "insert":
        raise not_reading("INSERT is not reading", statement)


def decode_body(request: Request, raw: bytes, most: int) -> str:
    """Unpack a body, whole or the beginning of one that is too long, and read its text; raises StatementError."""
    try:
        data = raw if _encoding(request) in _PLAIN else unpack(raw, _encoding(request), most)
        if request.query.get("decompress") == "1":
            data = read_blocks(data, most)
    except EncodingError as error:
        raise StatementError(CANNOT_DECOMPRESS, f"The body cannot be read: {error}. (CANNOT_DECOMPRESS)") from error
    check_insert(data[:_HEAD_BYTES].decode(errors="replace"))
    if len(data) > most:
        raise StatementError(TOO_LARGE_QUERY, f"The statement is over {most} bytes. (QUERY_IS_TOO_LARGE)")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise StatementError(SYNTAX_ERROR, f"The statement is not UTF-8: {error}. (SYNTAX_ERROR)") from error


def read_statement(request: Request, body: str, home: str, limits: Limits) -> Statement | None:
    """Read a statement from the address and the body, joined as ClickHouse joins them; None when there is none."""
    query, headers = request.query, request.headers
    parts = [part for part in (query.get("query", ""), body) if part.strip()]
    if not parts:
        return None
    return Statement(
        sql="\n".join(parts),
        database=query.get("database") or headers.get("x-clickhouse-database") or home,
        default_format=query.get("default_format") or headers.get("x-clickhouse-format") or "TabSeparated",
        parameters={name[6:]: value for name, value in query.items() if name.startswith("param_")},
        settings={name: value for name, value in query.items() if _PASSED_ON.fullmatch(name)},
        limits=clamp_limits(query, limits),
        tag=request.tag,
    )


def clamp_limits(query: Mapping[str, str], limits: Limits) -> Limits:
    """Give the limits that a client asked for, within those of the door."""
    return replace(
        limits,
        seconds=clamp(query.get("max_execution_time", ""), limits.seconds),
        memory_bytes=int(clamp(query.get("max_memory_usage", ""), limits.memory_bytes)),
        result_rows=int(clamp(query.get("max_result_rows", ""), limits.result_rows)),
        result_bytes=int(clamp(query.get("max_result_bytes", ""), limits.result_bytes)),
    )


def clamp(asked: str, most: float) -> float:
    """Give what a client asked for, within the limit; 0 is ClickHouse's word for no limit."""
    try:
        value = float(asked)
    except ValueError:
        return most
    return value if 0 < value < most else most


def choose_packer(request: Request, size: int | None) -> tuple[str, Packer | None]:
    """Give HTTP's name of an encoding ('' for none) and what packs; `size` is that of a whole result, else None."""
    if request.query.get("compress") == "1":
        return "", BlockPacker()
    encoding = choose_encoding(request.headers.get("accept-encoding", ""))
    if not encoding or (size is not None and size < _COMPRESS_FROM):
        return "", None
    return encoding, make_packer(encoding)


def head(request: Request, used_format: str, taken: Taken, encoding: str) -> Mapping[str, str]:
    """Give the headers of a result; `taken` is what it took so far."""
    headers = {
        "Content-Type": _CONTENT_TYPES.get(used_format, "application/octet-stream"),
        "X-ClickHouse-Format": used_format,
        "X-ClickHouse-Summary": json.dumps(_summary(taken)),
        "X-ClickHouse-Exception-Tag": exception_tag(request),
        **_common(request),
    }
    return {**headers, "Content-Encoding": encoding} if encoding else headers


def exception_tag(request: Request) -> str:
    """Give the 16 characters that stand around an error in the middle of a result: no result can guess them."""
    return request.tag[-16:]


def write_exception(request: Request, error: StatementError) -> bytes:
    """Give an error that comes after the first bytes of a result, as ClickHouse writes it since 25.11."""
    tag, text = exception_tag(request), str(error)[:_LONGEST_ERROR].encode(errors="replace")
    mark = f"__exception__\r\n{tag}\r\n".encode()
    return b"\r\n" + mark + text + f"\n{len(text) + 1} {tag}\r\n__exception__\r\n".encode()


def refuse(request: Request, error: StatementError) -> Reply:
    """Give an error as ClickHouse does: its status, its code in a header, its text in the body."""
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "X-ClickHouse-Exception-Code": str(error.code),
        **_common(request),
    }
    status = _STATUS.get(error.code, _INTERNAL)
    if status == _STATUS[194]:
        headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
    return Reply(status, headers, f"{error}\n".encode(errors="replace"))


def _encoding(request: Request) -> str:
    """Give the Content-Encoding."""
    return request.headers.get("content-encoding", "").strip().lower()


def _common(request: Request) -> Mapping[str, str]:
    """Give the headers of every reply to a statement."""
    return {
        "X-ClickHouse-Query-Id": request.query_id,
        "X-ClickHouse-Server-Display-Name": NAME,
        "X-ClickHouse-Timezone": "UTC",
    }


def _summary(taken: Taken) -> Mapping[str, str]:
    """Give what the statement took, numbers as text as ClickHouse does."""
    return {
        "read_rows": str(taken.rows_read),
        "read_bytes": str(taken.bytes_read),
        "written_rows": "0",
        "written_bytes": "0",
        "result_rows": str(taken.rows),
        "result_bytes": str(taken.size),
        "elapsed_ns": str(round(taken.seconds * 1e9)),
    }
