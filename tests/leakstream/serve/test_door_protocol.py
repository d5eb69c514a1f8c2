"""The protocol of the door at its edges: encodings, streams, errors in the middle, sessions, paths, limits."""

import gzip
import http.client
import json
import zlib

import clickhouse_connect
import lz4.frame  # type: ignore[import-untyped]  # lz4 ships no types
import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, Error

from leakstream.serve.blocks import read_blocks, write_blocks
from leakstream.serve.encodings import make_packer, unpack
from tests.leakstream.serve.door_client import DoorClient

LONG = "SELECT number, toString(number) AS text FROM numbers(200000)"
BROKEN = "SELECT number, repeat('x', 30), sleepEachRow(0.00001) FROM numbers(10000000)"
"""Each chunk of it is larger than what is held back and takes two thirds of a second: two seconds are a few chunks."""
TSV_BYTES = 2_577_780


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "lz4", "br"])
def test_statement_and_result_are_packed(door: DoorClient, encoding: str) -> None:
    """Both ways, in each encoding that ClickHouse has."""
    packer = make_packer(encoding)
    statement = packer.pack(b"SELECT text FROM numbered, numbers(2) AS n ORDER BY numbered.number") + packer.finish()
    answer = door.ask(statement, {"Content-Encoding": encoding, "Accept-Encoding": encoding})
    assert (answer.status, answer.headers["content-encoding"]) == (200, encoding)
    assert unpack(answer.body, encoding, 10**6).decode().split() == [str(number // 2) for number in range(2000)]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "lz4", "br"])
def test_statement_that_swells_is_refused(door: DoorClient, encoding: str) -> None:
    """A small body that stands for a large one is an error, and an insert in it is told that it is one."""
    codes = []
    for beginning in (b"SELECT 1", b"INSERT INTO numbered VALUES "):
        packer = make_packer(encoding)
        body = packer.pack(beginning + b" " * (30 * 2**20)) + packer.finish()
        codes.append(door.ask(body, {"Content-Encoding": encoding}).headers["x-clickhouse-exception-code"])
    assert codes == ["229", "164"]


def test_blocks_go_both_ways(door: DoorClient) -> None:
    """As clickhouse-go's and the Java drivers' own compression."""
    answer = door.ask(write_blocks(LONG.encode()), decompress="1", compress="1", default_format="TSV")
    assert len(read_blocks(answer.body, 10**8)) == TSV_BYTES
    assert door.ask(b"SELECT 1", decompress="1").headers["x-clickhouse-exception-code"] == "271"


def test_encoding_that_nobody_knows_is_an_error(door: DoorClient) -> None:
    """It names those that are known, and quotes this one."""
    answer = door.ask("SELECT 1", {"Content-Encoding": "rot13"})
    assert (answer.status, "'rot13' is not one of gzip, zstd, lz4, deflate, br" in answer.text) == (501, True)


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate", "zstd", "lz4", "br"])
def test_large_result_is_streamed(door: DoorClient, encoding: str) -> None:
    """In chunks of HTTP, whole in the end, packed or not."""
    answer = door.ask(LONG, {"Accept-Encoding": encoding})
    assert (answer.headers["transfer-encoding"], "content-length" in answer.headers) == ("chunked", False)
    text = unpack(answer.body, encoding, 10**8) if encoding else answer.body
    assert (len(text), text[-14:]) == (TSV_BYTES, b"199999\t199999\n")


def test_client_that_waits_for_the_end_gets_the_whole_summary(door: DoorClient) -> None:
    """`wait_end_of_query=1`: nothing goes out before the statement ended well."""
    whole, streamed = door.ask(LONG, wait_end_of_query="1"), door.ask(LONG)
    rows = [json.loads(answer.headers["x-clickhouse-summary"])["result_rows"] for answer in (whole, streamed)]
    assert (whole.headers["content-length"], rows[0], int(rows[1]) < 200_000) == (str(TSV_BYTES), "200000", True)
    assert whole.body == streamed.body
    failed = door.ask(BROKEN, wait_end_of_query="1", max_execution_time="2")
    assert (failed.status, failed.headers["x-clickhouse-exception-code"]) == (408, "159")


@pytest.mark.parametrize("encoding", ["", "gzip", "zstd"])
def test_error_in_the_middle_breaks_the_reply_and_says_why(door: DoorClient, encoding: str) -> None:
    """The status was 200; the error stands at the end between its tags, and the last chunk of HTTP never comes."""
    connection = door.send("POST", {"max_execution_time": "2"}, BROKEN.encode(), {"Accept-Encoding": encoding})
    reply = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead) as cut:
        reply.read()
    connection.close()
    tag = reply.headers["X-ClickHouse-Exception-Tag"]
    body = unpack(cut.value.partial, encoding, 10**8) if encoding else cut.value.partial
    head, _, text = body.partition(f"\r\n__exception__\r\n{tag}\r\n".encode())
    assert (reply.status, head.startswith(b"0\txxx"), head.endswith(b"\t0\n")) == (200, True, True)
    assert text.startswith(b"Code: 159. DB::Exception: Timeout exceeded")
    assert text.endswith(f" {tag}\r\n__exception__\r\n".encode())


def test_clickhouse_connect_reads_the_error_in_the_middle(door: DoorClient) -> None:
    """It is an error with its sentence, and no short result."""
    client = clickhouse_connect.get_client(host="127.0.0.1", port=door.port, compress=False)
    asked = {"wait_end_of_query": 0, "max_execution_time": 2}
    with pytest.raises(Error, match="Timeout exceeded"), client.query_rows_stream(BROKEN, settings=asked) as rows:
        for _ in rows:
            pass
    client.close()


def test_clickhouse_connect_streams_blocks_and_arrow(door: DoorClient) -> None:
    """Its ways of reading a large result give all of it."""
    client = clickhouse_connect.get_client(host="127.0.0.1", port=door.port)
    with client.query_column_block_stream(LONG) as blocks:
        rows = sum(len(block[0]) for block in blocks)
    with client.query_arrow_stream(LONG) as batches:
        arrow = sum(batch.num_rows for batch in batches)
    with client.query_df_stream(LONG) as frames:
        framed = sum(len(frame) for frame in frames)
    raw = client.raw_query(LONG, fmt="CSVWithNames")
    assert (rows, arrow, framed, raw.count(b"\n")) == (200_000, 200_000, 200_000, 200_001)
    client.close()


def test_totals_and_extremes_are_not_lost(door: DoorClient) -> None:
    """What stands beside the rows is there although the rows could be streamed."""
    totals = door.ask("SELECT number % 2 AS odd, count() FROM numbered GROUP BY odd WITH TOTALS ORDER BY odd")
    extremes = door.ask("SELECT number FROM numbered ORDER BY number LIMIT 2", extremes="1")
    assert (totals.text, extremes.text) == ("0\t500\n1\t500\n\n0\t1000\n", "0\n1\n\n0\n1\n")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"max_result_rows": "10"}, "396"),
        ({"max_result_bytes": "100"}, "396"),
        ({"max_memory_usage": "1000"}, "241"),
        ({"max_result_rows": "1000"}, None),
        ({"max_result_rows": "0", "max_result_bytes": "0"}, None),
        ({"max_result_rows": "many"}, None),
    ],
)
def test_client_may_ask_for_less(door: DoorClient, asked: dict[str, str], code: str | None) -> None:
    """Rows, bytes and memory; 0 and nonsense leave the door's own limits."""
    answer = door.ask("SELECT text FROM numbered", **asked)
    assert answer.headers.get("x-clickhouse-exception-code") == code, answer.text


@pytest.mark.parametrize(
    ("statement", "asked", "code", "words"),
    [
        ("SELECT 1", {"session_id": "s", "session_check": "1"}, "372", "Sessions are not kept here"),
        ("SET max_threads = 1", {"session_id": "s"}, "164", "SET needs a session, and none is kept here"),
        ("USE system", {"session_id": "s"}, "164", "give database= in the address: 'USE system'"),
        ("CREATE TEMPORARY TABLE t (a Int8)", {"session_id": "s"}, "164", "CREATE is not reading: 'CREATE TEMPORARY"),
        ("DROP TABLE numbered", {}, "164", "DROP is not reading: 'DROP TABLE numbered'"),
        ("SELECT file('/etc/passwd')", {}, "164", 'the function file reaches outside of the store: "SELECT file('),
    ],
)
def test_refusal_says_what_and_why(
    door: DoorClient, statement: str, asked: dict[str, str], code: str, words: str
) -> None:
    """What would need a session is refused, an id of one alone is not; every refusal quotes the statement."""
    answer = door.ask(statement, **asked)
    assert (answer.headers["x-clickhouse-exception-code"], words in answer.text) == (code, True), answer.text
    assert door.ask("SELECT 1", session_id="s").text == "1\n"


def test_paths_and_methods(door: DoorClient) -> None:
    """Health checks by GET and HEAD, OPTIONS without CORS, and a sentence for everything else."""
    got = {}
    for method, path in [
        *(("GET", "/ping"), ("HEAD", "/ping"), ("GET", "/replicas_status"), ("HEAD", "/"), ("GET", "/")),
        *(("OPTIONS", "/"), ("GET", "/play"), ("PUT", "/"), ("DELETE", "/x")),
    ]:
        connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=60)
        connection.request(method, path, headers={"Origin": "http://elsewhere.example"})
        reply = connection.getresponse()
        got[method, path] = (reply.status, reply.read()[:12], reply.headers["Access-Control-Allow-Origin"])
        connection.close()
    assert got == {
        ("GET", "/ping"): (200, b"Ok.\n", None),
        ("HEAD", "/ping"): (200, b"", None),
        ("GET", "/replicas_status"): (200, b"Ok.\n", None),
        ("HEAD", "/"): (200, b"", None),
        ("GET", "/"): (200, b"Ok.\n", None),
        ("OPTIONS", "/"): (204, b"", None),
        ("GET", "/play"): (404, b"There is not", None),
        ("PUT", "/"): (404, b"There is not", None),
        ("DELETE", "/x"): (404, b"There is not", None),
    }


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8123", "localhost.evil.example"])
def test_page_of_another_site_cannot_ask_by_a_name_that_leads_here(door: DoorClient, host: str) -> None:
    """Rebinding a name to 127.0.0.1 gets nobody in; this machine's own names do."""
    assert door.ask("SELECT 1", {"Host": host}).status == 403
    assert [door.ask("SELECT 1", {"Host": name}).status for name in ("localhost:1", "127.0.0.1", "[::1]:8")] == [
        200
    ] * 3


@pytest.mark.parametrize("name", ["gzip", "zlib", "zstd", "lz4"])
def test_libraries_read_what_we_pack(door: DoorClient, name: str) -> None:
    """Not only our own unpacking does."""
    encoding = {"zlib": "deflate"}.get(name, name)
    body = door.ask("SELECT text FROM numbered, numbers(2) AS n", {"Accept-Encoding": encoding}).body
    read = {
        "gzip": gzip.decompress,
        "zlib": zlib.decompress,
        "lz4": lz4.frame.decompress,
        "zstd": lambda data: pa.CompressedInputStream(pa.BufferReader(data), "zstd").read(),
    }[name]
    assert read(body).count(b"\n") == 2000


def test_insert_of_clickhouse_connect_in_the_address_is_refused(door: DoorClient) -> None:
    """Its data is not looked at."""
    client = clickhouse_connect.get_client(host="127.0.0.1", port=door.port)
    with pytest.raises(DatabaseError, match="INSERT is not reading"):
        client.raw_insert("numbered", ["number"], b"\xff\xfe", fmt="RowBinary", compression="lz4")
    client.close()
