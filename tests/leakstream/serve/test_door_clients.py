"""The door as clients meet it: a program of its own, asked by clickhouse-connect and by plain HTTP."""

import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import clickhouse_connect
import lz4.block  # type: ignore[import-untyped]  # lz4 ships no types
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.leakstream.serve.door_client import DoorClient, open_door

SLOW = "SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1"


def connect(door: DoorClient, compress: str = "") -> Client:
    """Connect as a person's script does."""
    return clickhouse_connect.get_client(host="127.0.0.1", port=door.port, compress=compress or False)


@pytest.mark.parametrize("compress", ["", "gzip", "lz4", "zstd"])
def test_clickhouse_connect_reads_rows_frames_and_arrow(door: DoorClient, compress: str) -> None:
    """Whatever compression it offers, all ways of reading give the table."""
    client = connect(door, compress)
    rows = client.query("SELECT number, text FROM numbered WHERE number < {n:UInt32}", parameters={"n": 2}).result_rows
    frame, table = client.query_df("SELECT * FROM numbered"), client.query_arrow("SELECT * FROM numbered")
    assert (list(rows), len(frame), table.num_rows) == ([(0, "0"), (1, "1")], 1000, 1000)
    client.close()


def test_setting_of_a_client_does_not_fail_its_statement(door: DoorClient) -> None:
    """What the door does not pass on it ignores."""
    client = connect(door)
    settings = {"max_threads": 1, "join_use_nulls": 1, "max_execution_time": 5}
    asked = client.query("SELECT getSetting('max_threads'), getSetting('join_use_nulls')", settings=settings)
    assert list(asked.result_rows) == [(2, True)]
    client.close()


@pytest.mark.parametrize("compress", ["", "lz4", "zstd", "gzip"])
def test_clickhouse_connect_cannot_insert(door: DoorClient, compress: str) -> None:
    """An insert, compressed or not, is a DatabaseError that says why."""
    client = connect(door, compress)
    with pytest.raises(DatabaseError, match="read-only over HTTP"):
        client.insert("numbered", [[1, "x"]], column_names=["number", "text"], column_type_names=["UInt32", "String"])
    client.close()


@pytest.mark.parametrize("statement", ["DROP TABLE numbered", "CREATE TABLE other (a Int8) ENGINE = Memory"])
def test_clickhouse_connect_cannot_command(door: DoorClient, statement: str) -> None:
    """A command is a DatabaseError with ClickHouse's code."""
    client = connect(door)
    with pytest.raises(DatabaseError, match="read-only over HTTP") as refused:
        client.command(statement)
    assert refused.value.code == 164
    client.close()


def test_result_says_what_it_is(door: DoorClient) -> None:
    """Format, query id, time zone and summary are in headers."""
    answer = door.ask(default_format="JSONCompact", query="SELECT number FROM numbered LIMIT 2", query_id="mine-1")
    headers, summary = answer.headers, json.loads(answer.headers["x-clickhouse-summary"])
    assert json.loads(answer.text)["data"] == [[0], [1]]
    assert (headers["x-clickhouse-format"], headers["x-clickhouse-query-id"]) == ("JSONCompact", "mine-1")
    assert (headers["content-type"], headers["x-clickhouse-timezone"]) == ("application/json; charset=UTF-8", "UTC")
    assert (summary["result_rows"], summary["result_bytes"]) == ("2", str(len(answer.text)))


def test_format_in_the_statement_wins(door: DoorClient) -> None:
    """And the header tells the one that was used."""
    answer = door.ask("SELECT 1 FORMAT CSV", {"X-ClickHouse-Format": "JSON"}, default_format="Native")
    assert (answer.text, answer.headers["x-clickhouse-format"]) == ("1\n", "CSV")


def test_headers_give_format_and_database(door: DoorClient) -> None:
    """As the Java drivers ask."""
    answer = door.ask("SELECT currentDatabase()", {"X-ClickHouse-Format": "CSV", "X-ClickHouse-Database": "system"})
    assert answer.text == '"system"\n'


@pytest.mark.parametrize("name", ["dataframe", "ArrowTable", "nonsense", "Native;"])
def test_format_that_clickhouse_does_not_know_is_an_error(door: DoorClient, name: str) -> None:
    """Names that only the library knows included."""
    answer = door.ask("SELECT 1", default_format=name)
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (404, "73")


@pytest.mark.parametrize(
    ("statement", "status", "code", "text"),
    [
        ("SELECT nothing", 404, "47", "Code: 47. DB::Exception: Unknown expression identifier `nothing`"),
        ("SELECT * FROM nowhere", 404, "60", "Code: 60. DB::Exception: "),
        ("SELEC 1", 400, "62", "Code: 62. DB::Exception: Syntax error"),
        ("SELECT {x:UInt8}", 500, "456", "Code: 456. DB::Exception: "),
        ("DROP TABLE x", 500, "164", "Code: 164. DB::Exception: Leakstream's embedded store is read-only over HTTP; "),
        ("SELECT 1 SETTINGS max_threads = 7", 500, "164", "Code: 164. DB::Exception: Cannot modify"),
    ],
)
def test_error_is_as_clickhouse_gives_it(door: DoorClient, statement: str, status: int, code: str, text: str) -> None:
    """Status, code in the header, one sentence in the body, and nothing of how the door asks the engine."""
    answer = door.ask(statement)
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (status, code)
    assert answer.text.startswith(text)
    assert answer.text.count("DB::Exception") == 1
    assert "formatQuery" not in answer.text


def test_unknown_database_is_an_error(door: DoorClient) -> None:
    """Also one whose name is none."""
    codes = [door.ask("SELECT 1", database=name).headers["x-clickhouse-exception-code"] for name in ("nowhere", "a`b")]
    assert codes == ["81", "81"]


def test_gzip_goes_both_ways(door: DoorClient) -> None:
    """A packed statement is read; a large result is packed when asked for, and only then."""
    statement = gzip.compress(b"SELECT text FROM numbered, numbers(10) AS n")
    sent = {"Content-Encoding": "gzip"}
    plain, packed = door.ask(statement, sent), door.ask(statement, {**sent, "Accept-Encoding": "gzip"})
    assert ("content-encoding" in plain.headers, packed.headers["content-encoding"]) == (False, "gzip")
    assert plain.text == packed.text
    assert len(packed.body) < len(plain.body)


def test_blocks_are_written_for_drivers_that_ask(door: DoorClient) -> None:
    """`compress=1` packs a result, and leaves an error readable."""
    body = door.ask("SELECT 'x' AS a", compress="1", default_format="CSV").body
    assert lz4.block.decompress(body[25:], uncompressed_size=int.from_bytes(body[21:25], "little")) == b'"x"\n'
    assert door.ask("SELECT nothing", compress="1").text.startswith("Code: 47.")


@pytest.mark.parametrize("headers", [{"Content-Type": "multipart/form-data; boundary=x"}])
def test_forms_are_not_served(door: DoorClient, headers: dict[str, str]) -> None:
    """External tables need a real server."""
    assert door.ask("--x--", headers).status == 501


def test_statement_that_is_too_long_is_refused(door: DoorClient) -> None:
    """A statement has its limit, and an insert beyond it is told that it is one."""
    padding = " " * (2 * 2**20)
    codes = [door.ask(text + padding).headers["x-clickhouse-exception-code"] for text in ("SELECT 1", "INSERT INTO t ")]
    assert codes == ["229", "164"]


def test_result_of_constants_is_held_to_its_bytes(door: DoorClient) -> None:
    """The engine counts a constant once; the door counts what would go out."""
    answer = door.ask("SELECT repeat('x', 1000) FROM numbers(20000)")
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (500, "396")


def test_time_that_a_client_asks_for_holds(door: DoorClient) -> None:
    """A client may ask for less time than the limit."""
    answer = door.ask(SLOW, max_execution_time="0.5")
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (408, "159")


def test_hello_of_the_go_driver_is_answered(door: DoorClient) -> None:
    """The exact text gives the answer by hand; in Native with revision 0."""
    answer = door.ask("SELECT displayName(), version(), revision(), timezone()", default_format="Native")
    assert answer.body.startswith(bytes.fromhex("010002ffffffff000401"))
    assert answer.headers["x-clickhouse-format"] == "Native"


def test_statements_run_beside_each_other(door: DoorClient) -> None:
    """More clients than turns are all answered, each with its own."""
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda number: door.ask(f"SELECT {number}, sleep(0.05)").text, range(24)))
    assert answers == [f"{number}\t0\n" for number in range(24)]


def test_statement_of_a_client_that_went_away_is_ended(door: DoorClient) -> None:
    """It does not run on: its mark is gone from the list of processes soon after."""
    connection = door.send("POST", {"default_format": "TSV"}, f"{SLOW} AND 'mark-7' != ''".encode(), {})
    running = "SELECT count() FROM system.processes WHERE query LIKE '%mark-7%' AND query NOT LIKE '%processes%'"
    assert until(door, running, "1\n")
    connection.close()
    assert until(door, running, "0\n")


def test_outcome_of_each_statement_is_told(tmp_path: Path) -> None:
    """Answered, refused and failed statements are told apart, in order."""
    with open_door(tmp_path / "store") as door:
        for statement in ("SELECT 1", "DROP TABLE numbered", "SELECT nothing"):
            door.ask(statement)
    assert door.outcomes == ["ok", "refused", "failed"]


def until(door: DoorClient, statement: str, expected: str) -> bool:
    """Ask until the answer is as expected, for ten seconds at most."""
    pause = threading.Event()
    for _ in range(200):
        if door.ask(statement).text == expected:
            return True
        pause.wait(0.05)
    return False
