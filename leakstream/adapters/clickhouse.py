"""The store: ClickHouse through clickhouse-connect, embedded in this process (chDB) or a server over HTTP.

One class serves both; only how a connection is made differs. It sorts failures into the two kinds the port knows: what
may work later, and what never will. It keeps one connection for each call that runs at the same time, so a long query
holds up no insert.

The embedded engine is one per process and one process per directory. It does not survive a fork: start worker
processes first (or by spawn), then open it.
"""

import re
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.binding import quote_identifier
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error, OperationalError, ProgrammingError
from clickhouse_connect.driver.summary import QuerySummary

from schemas.ports import StoreRefusedError, StoreUnavailableError
from schemas.store.failures import NO_CLICKHOUSE, Course, Failure, name_failure

_HELD_ELSEWHERE = re.compile(r"EmbeddedServer: \. ")
_HELD_HERE = re.compile(r"already initialized with path '(?P<path>[^']*)'")
_UNREADABLE = (LookupError, ValueError, EOFError, struct.error)
_CAUSE = re.compile(r"e\.what\(\) = (?P<cause>[^\n]*?), Stack trace")

_EMBEDDED_SETTINGS = {"async_insert": "0", "max_threads": "2"}
"""Two threads keep a query from taking the whole machine from the program it is embedded in."""

_CLUSTER_SETTINGS = {
    "distributed_foreground_insert": "1",
    "distributed_ddl_task_timeout": "300",
    "load_balancing": "in_order",
}
"""An insert is acknowledged by its shard, not by the queue of the server that took it; a migration waits for all
servers; and what was written is read back from the same replica while it lives."""


class ClickhouseStore:
    """Implements schemas.ports.Store over a first connection to `database`; `connect` makes one more, at any time."""

    def __init__(
        self, client: Client, connect: Callable[[], Client], database: str, *, over_http: bool = False
    ) -> None:
        self._connect = connect
        self._over_http = over_http
        self._database = database
        self._lock = threading.Lock()
        self._idle = [client]
        self._closed = False

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        """Insert one Arrow table as one block, acknowledged when it returns; the same token again changes nothing."""
        if rows.num_rows == 0:
            return
        # An Arrow file holds one dictionary per column; tables put together from several carry several.
        block = rows.unify_dictionaries().combine_chunks()
        settings = {"insert_deduplication_token": token, "async_insert": "0"}
        with self._client() as client:
            self._check(client.insert_arrow(table, block, database=self._database, settings=settings))

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Mapping[str, object]]:
        """Run one SELECT with `{name:Type}` parameters; rows as mappings, in order; DateTime columns are aware UTC."""
        with self._client() as client:
            result = client.query(sql, parameters=dict(parameters) if parameters else None)
            return tuple(result.named_results())

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one statement that gives no rows, with `{name:Type}` parameters: migrations and rollups."""
        with self._client() as client:
            self._check(client.command(sql, parameters=dict(parameters) if parameters else None))

    def close(self) -> None:
        """Let go of the engine or the connections; calls that still run finish and close theirs. Twice is as once."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for client in idle:
            client.close()

    def _check(self, answer: object) -> None:
        """Raise StoreUnavailableError for an acknowledgement that ClickHouse did not give: it names each statement."""
        if not self._over_http:
            return
        named = isinstance(answer, QuerySummary) and answer.summary.get("query_id")
        if not named and (isinstance(answer, QuerySummary) or str(answer).lstrip().startswith("<")):
            raise _failed(NO_CLICKHOUSE, "an answer without X-ClickHouse-Query-Id")

    @contextmanager
    def _client(self) -> Iterator[Client]:
        """Lend a connection for one call and translate what goes wrong in it."""
        try:
            client = self._take()
            try:
                yield client
            finally:
                self._give_back(client)
        except Error as error:
            raise _translate(error) from error
        except OSError as error:  # the embedded engine takes inserts from a temporary file
            raise _failed(name_failure(None, str(error), connected=False), str(error)) from error
        except _UNREADABLE as error:  # what the library makes of an answer in another format
            if not self._over_http:
                raise
            raise _failed(NO_CLICKHOUSE, f"{type(error).__name__}: {error}") from error

    def _take(self) -> Client:
        """Give an idle connection, else a new one."""
        with self._lock:
            if self._closed:
                raise StoreUnavailableError("the store is closed")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, client: Client) -> None:
        """Keep the connection for the next call, unless the store was closed meanwhile."""
        with self._lock:
            if not self._closed:
                self._idle.append(client)
                return
        client.close()


def open_embedded(path: Path, database: str = "leakstream") -> ClickhouseStore:
    """Open the engine on a directory, made when missing, with the database in it.

    Raises StoreUnavailableError while another process holds the directory, StoreRefusedError when it cannot be a store.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        # The database `default` of the embedded engine is an overlay without materialised views: ours is our own.
        first = clickhouse_connect.get_client(interface="chdb", path=str(path))
    except OSError as error:
        raise StoreRefusedError(f"cannot open the store at {path}: {error}") from error
    except ProgrammingError as error:
        raise _explain_open(path, str(error)) from error

    def connect() -> Client:
        return clickhouse_connect.get_client(
            interface="chdb", path=str(path), database=database, settings=_EMBEDDED_SETTINGS, tz_mode="aware"
        )

    return _with_database(first, connect, database)


def open_server(url: str, user: str, password: str, database: str, cluster: str = "") -> ClickhouseStore:
    """Connect to a server's HTTP port; the database is made when missing, on every server of a cluster if one is named.

    Raises StoreUnavailableError when nobody answers, StoreRefusedError when the server says no or the URL is none.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StoreRefusedError(f"not the URL of a ClickHouse server: {url!r} (expected http://host:8123)")
    host, secure, port = parts.hostname, parts.scheme == "https", parts.port
    path = parts.path.strip("/")

    def connect(to: str | None = database) -> Client:
        return clickhouse_connect.get_client(
            settings=dict(_CLUSTER_SETTINGS) if cluster else None,
            host=host, port=port or (8443 if secure else 8123), secure=secure, proxy_path=path,
            username=user, password=password, database=to, tz_mode="aware", autogenerate_session_id=False,
        )  # fmt: skip

    try:
        first = connect(None)
    except Error as error:
        raise _translate(error) from error
    return _with_database(first, connect, database, cluster, over_http=True)


def _with_database(
    first: Client, connect: Callable[[], Client], database: str, cluster: str = "", *, over_http: bool = False
) -> ClickhouseStore:
    """Make the database when it is missing (asking first: a reader may not create), then open the store on it."""
    try:
        if not _has_database(first, database):
            everywhere = f" ON CLUSTER {quote_identifier(cluster)}" if cluster else ""
            first.command(f"CREATE DATABASE IF NOT EXISTS {quote_identifier(database)}{everywhere}")
        return ClickhouseStore(connect(), connect, database, over_http=over_http)
    except Error as error:
        raise _translate(error) from error
    finally:
        first.close()


def _has_database(client: Client, database: str) -> bool:
    """Say whether the database exists."""
    sql = "SELECT count() FROM system.databases WHERE name = {database:String}"
    return bool(client.query(sql, parameters={"database": database}).result_rows[0][0])


def _translate(error: Error) -> StoreUnavailableError | StoreRefusedError:
    """Give a failure of the library its name."""
    broken = error.code is None and isinstance(error, OperationalError)
    return _failed(name_failure(error.code, str(error), connected=not broken), str(error))


def _failed(failure: Failure, text: str) -> StoreUnavailableError | StoreRefusedError:
    """Make the error of a failure: what to do first, then what the store said."""
    sentence = f"{failure.advice} ({failure.name}): {text}"
    if failure.course is Course.RETRY:
        return StoreUnavailableError(sentence, failure.name)
    return StoreRefusedError(sentence, failure.name)


def _explain_open(path: Path, text: str) -> StoreUnavailableError | StoreRefusedError:
    """Put the engine's words for not opening (sometimes none, sometimes a stack trace) into a sentence."""
    if _HELD_ELSEWHERE.search(text):
        return StoreUnavailableError(f"another process holds the store at {path}; is `leakstream up` running?")
    if held := _HELD_HERE.search(text):
        return StoreRefusedError(f"this process holds the store at {held['path']}; it cannot open {path} beside it")
    cause = _CAUSE.search(text)
    return StoreRefusedError(f"cannot open the store at {path}: {cause['cause'] if cause else text.splitlines()[0]}")
