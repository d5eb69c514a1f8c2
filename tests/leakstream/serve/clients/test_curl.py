"""curl, with every format that the engine writes, and each way of packing that it was built with."""

import subprocess

from tests.leakstream.serve.clients.tools import need
from tests.leakstream.serve.door_client import DoorClient

SPECIAL = {
    "AvroConfluent": "SELECT 1",  # needs a registry of schemas, which is elsewhere
    "GeoJSON": "SELECT 1",  # needs a shape
    "Template": "SELECT 1",  # needs a file
    "Npy": "SELECT number FROM numbered LIMIT 3",
    "PNG": "SELECT number AS v FROM numbers(4)",
    "Prometheus": "SELECT 'a' AS name, 1.0 AS value",
    "ProtobufSingle": "SELECT 1 AS a",
}
"""Formats that ask for certain columns, with a statement that has them; the first three cannot be had here."""
REFUSED = {"AvroConfluent": "36", "GeoJSON": "36", "Template": "474"}
SQL = "SELECT number, text FROM numbered ORDER BY number LIMIT 3"


def curl(door: DoorClient, *arguments: str, path: str = "/") -> tuple[str, dict[str, str], bytes]:
    """Run it; give the status line, the headers with their names in lower case, and the body."""
    command = [need("curl"), "-sS", "-D", "-", "--max-time", "60", f"http://127.0.0.1:{door.port}{path}", *arguments]
    ran = subprocess.run(command, capture_output=True, check=False)
    head, _, body = ran.stdout.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return status, {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body


def test_curl_gets_each_format(door: DoorClient) -> None:
    """Named in the address and in the statement; the header tells which it was, and only Null is empty."""
    names = door.ask("SELECT name FROM system.formats WHERE is_output ORDER BY name").text.split()
    told, expected = {}, {}
    for name in names:
        sql = SPECIAL.get(name, SQL)
        for way in (("-d", sql, f"/?default_format={name}"), ("-d", f"{sql} FORMAT {name}", "/")):
            _, headers, body = curl(door, *way[:2], path=way[2])
            error = headers.get("x-clickhouse-exception-code")
            told[name, way[2]] = (error, headers.get("x-clickhouse-format"), bool(body))
            refused = REFUSED.get(name)
            expected[name, way[2]] = (refused, None if refused else name, name != "Null")
    assert told == expected
    assert len(told) > 150


def test_curl_unpacks_what_it_asked_for(door: DoorClient) -> None:
    """`--compressed` asks for all that this curl knows."""
    sql = "SELECT text FROM numbered, numbers(3) AS n"
    (_, plain, one), (_, packed, other) = curl(door, "-d", sql), curl(door, "--compressed", "-d", sql)
    assert (one == other, "content-encoding" in plain, "content-encoding" in packed) == (True, False, True)


def test_curl_says_who_it_is_and_parameters(door: DoorClient) -> None:
    """In the address, as people do."""
    path = "/?query=SELECT%20%7Bx:String%7D&param_x=a%26b&user=ann&password=secret"
    assert curl(door, path=path)[2] == b"a&b\n"
