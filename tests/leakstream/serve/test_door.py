"""What the door promises, asked by real clients while the engine is open in this process."""

import asyncio
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate
from leakstream.serve.door import Door
from leakstream.serve.engine import Limits
from leakstream.serve.hello import hello
from tests.ports import free_port

DATABASE = "leakstream"


@pytest.fixture
async def port(store_path: Path) -> AsyncIterator[int]:
    """An open door on a migrated store; its port."""
    store = open_embedded(store_path, DATABASE)
    migrate(store, DATABASE, now=datetime(2026, 11, 1, tzinfo=UTC))
    chosen = free_port()
    door = Door(store_path, "127.0.0.1", chosen, limits=Limits(seconds=3, result_rows=100_000, result_bytes=2_000_000))
    await door.start()
    yield chosen
    await door.stop()
    _drop(store)


def _drop(store: ClickhouseStore) -> None:
    """Leave nothing to the next test."""
    store.execute(f"DROP DATABASE {DATABASE} SYNC")
    store.close()


def post(port: int, sql: str, **query: str) -> tuple[int, bytes, dict[str, str]]:
    """Ask as curl does; give status, body and headers."""
    address = f"http://127.0.0.1:{port}/?{urllib.parse.urlencode(query)}"
    try:
        with urllib.request.urlopen(address, data=sql.encode() or None, timeout=20) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), dict(error.headers)


async def ask(port: int, sql: str, **query: str) -> tuple[int, bytes, dict[str, str]]:
    """Ask from another thread: the door lives in this loop."""
    return await asyncio.to_thread(post, port, sql, **query)


async def test_clickhouse_connect_queries(port: int) -> None:
    """Its whole handshake, parameters and frames work."""

    def use() -> tuple[object, object, object]:
        client = clickhouse_connect.get_client(host="127.0.0.1", port=port)
        rows = client.query("SELECT {x:String} AS x, {n:UInt64} AS n", parameters={"x": "a\t'\\", "n": 7}).result_rows
        frame = client.query_df("SELECT number FROM numbers(70000)")
        views = client.query("SELECT count() FROM leakstream.leaks_now").result_rows
        client.close()
        return list(rows), len(frame), list(views)

    assert await asyncio.to_thread(use) == ([("a\t'\\", 7)], 70000, [(0,)])


async def test_clickhouse_connect_cannot_write(port: int) -> None:
    """Inserts and DDL are DatabaseErrors that say the store is read-only."""

    def use() -> list[str]:
        client = clickhouse_connect.get_client(host="127.0.0.1", port=port)
        said = []
        for sql in ("INSERT INTO tickets (ticket_key) VALUES ('x')", "DROP TABLE tickets", "TRUNCATE TABLE tickets"):
            with pytest.raises(DatabaseError) as refused:
                client.command(sql)
            said.append(str(refused.value))
        with pytest.raises(DatabaseError) as refused:
            client.insert("tickets", [["a"]], column_names=["ticket_key"], database=DATABASE)
        said.append(str(refused.value))
        client.close()
        return said

    assert all("read-only over HTTP" in text for text in await asyncio.to_thread(use))


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ({"query": "SELECT 1 AS x FORMAT JSONEachRow"}, "", b'{"x":1}\n'),
        ({}, "SELECT 1, 'a'", b"1\ta\n"),
        ({"default_format": "CSV"}, "SELECT 1, 'a'", b'1,"a"\n'),
        ({"query": "SELECT 1 +"}, "1", b"2\n"),
        ({"database": "system"}, "SELECT count() > 0 FROM one", b"1\n"),
        ({"param_x": "it's"}, "SELECT {x:String}", b"it\\'s\n"),
        ({"max_execution_time": "1", "session_id": "s", "readonly": "0"}, "SELECT 1", b"1\n"),
    ],
)
async def test_question_has_its_answer(port: int, query: dict[str, str], body: str, expected: bytes) -> None:
    """Formats, parameters, databases and both places for the text."""
    status, answer, _ = await ask(port, body, **query)
    assert (status, answer) == (200, expected)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT file('{canary}')", "164"),
        ("SELECT * FROM file('{canary}', 'LineAsString')", "164"),
        ("DESCRIBE TABLE file('{canary}')", "164"),
        ("SELECT 1 INTO OUTFILE '{canary}' TRUNCATE", "164"),
        ("EXPLAIN AST SELECT 1; INSERT INTO tickets (ticket_key) VALUES ('x')", "62"),
        ("SELECT 1; DROP TABLE tickets", "62"),
        ("/* x */ INSERT /* y */ INTO tickets (ticket_key) VALUES ('x')", "164"),
        ("SELECT 1 SETTINGS readonly = 0", "164"),
        ("SELECT 1 SETTINGS max_memory_usage = 999999999999", "164"),
        ("INSERT INTO FUNCTION file('{canary}') SELECT 1", "164"),
        ("SYSTEM SHUTDOWN", "164"),
        ("SELECT * FROM url('http://127.0.0.1:1/', CSV, 'a String')", "164"),
        ("SELECT nothing FROM nowhere", "60"),
    ],
)
async def test_hostile_statement_is_refused_and_touches_no_file(port: int, tmp_path: Path, sql: str, code: str) -> None:
    """The error has ClickHouse's code, and the canary is neither read nor written."""
    canary = tmp_path / "canary"
    canary.write_text("SECRET")
    status, answer, headers = await ask(port, sql.replace("{canary}", str(canary)))
    assert (status >= 400, headers.get("X-ClickHouse-Exception-Code"), b"SECRET" in answer) == (True, code, False)
    assert canary.read_text() == "SECRET"


async def test_statement_that_takes_too_long_is_ended(port: int) -> None:
    """The time limit holds, whatever the client asks for."""
    sql = "SELECT count() FROM numbers(100000000000) WHERE sleepEachRow(0) = 1"
    _, _, headers = await ask(port, sql, max_execution_time="1000")
    assert headers["X-ClickHouse-Exception-Code"] == "159"


async def test_result_that_is_too_large_is_an_error(port: int) -> None:
    """Results are capped, never cut."""
    codes = []
    for sql in ("SELECT number FROM numbers(10000000)", "SELECT repeat('x', 1000) FROM numbers(3000)"):
        _, _, headers = await ask(port, sql)
        codes.append(headers["X-ClickHouse-Exception-Code"])
    assert codes == ["396", "396"]


async def test_many_clients_at_once_are_all_answered(port: int) -> None:
    """More than may run at a time wait for their turn."""
    answers = await asyncio.gather(*(ask(port, f"SELECT {number}") for number in range(30)))
    assert [answer[1] for answer in answers] == [f"{number}\n".encode() for number in range(30)]


async def test_ping_is_answered(port: int) -> None:
    """As ClickHouse does."""
    assert (await ask(port, ""))[1] == b"Ok.\n"


def test_hello_of_the_go_driver_has_revision_zero() -> None:
    """Four columns, one row, revision 0: plain Native follows."""
    body = hello("26.9.2.1").body
    assert body.startswith(bytes.fromhex("010002ffffffff000401"))
    assert b"\x0arevision()\x06UInt32\x00\x00\x00\x00\x00" in body
