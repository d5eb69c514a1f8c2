"""The door with users: who is let in over HTTP, whose quota ends, and what is told of them."""

import base64
from collections.abc import Iterator

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.leakstream.serve.door_client import DoorClient, open_door

PASSWORD = "s3:cret"  # noqa: S105 of the test
KNOWN = {"X-ClickHouse-User": "ann", "X-ClickHouse-Key": PASSWORD}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorClient]:
    """A door with the users ann, and bob who may ask three times an hour; both have the same password."""
    with open_door(tmp_path_factory.mktemp("guarded") / "store", f"ann={PASSWORD}=0", f"bob={PASSWORD}=3") as client:
        yield client


def test_user_is_let_in_by_header_basic_and_address(guarded: DoorClient) -> None:
    """Under whatever name of a host."""
    packed = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
    answers = (
        guarded.ask("SELECT 1", {**KNOWN, "Host": "store.example"}),
        guarded.ask("SELECT 1", {"Authorization": f"Basic {packed}"}),
        guarded.ask("SELECT 1", user="ann", password=PASSWORD),
    )
    assert [answer.text for answer in answers] == ["1\n"] * 3


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "194"),
        ({"X-ClickHouse-User": "ann"}, 403, "516"),
        ({"X-ClickHouse-User": "nobody", "X-ClickHouse-Key": PASSWORD}, 403, "516"),
        ({**KNOWN, "Authorization": "Basic eDp5"}, 403, "516"),
    ],
)
def test_others_learn_nothing(guarded: DoorClient, headers: dict[str, str], status: int, code: str) -> None:
    """Not even whether a statement would have been refused; and the password is in no answer."""
    answer = guarded.ask("DROP TABLE numbered", headers)
    assert (answer.status, answer.headers["x-clickhouse-exception-code"], PASSWORD in answer.text) == (
        status,
        code,
        False,
    )
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_health_needs_no_user(guarded: DoorClient) -> None:
    """As with ClickHouse."""
    connection = guarded.send("GET", {}, None, {})
    connection.close()
    assert guarded.ask("SELECT 1", KNOWN).status == 200


def test_quota_ends(guarded: DoorClient) -> None:
    """The fourth statement of bob is told when he may ask again; ann may go on."""
    bob = {**KNOWN, "X-ClickHouse-User": "bob"}
    answers = [guarded.ask("SELECT 1", bob) for _ in range(4)]
    assert [answer.headers.get("x-clickhouse-exception-code") for answer in answers] == [None, None, None, "201"]
    assert "queries = 3/3. Interval will end in 3" in answers[3].text
    assert guarded.ask("SELECT 1", KNOWN).status == 200


def test_clickhouse_connect_says_who_it_is(guarded: DoorClient) -> None:
    """With a wrong password it is an error with ClickHouse's code."""
    client = clickhouse_connect.get_client(host="127.0.0.1", port=guarded.port, username="ann", password=PASSWORD)
    assert client.query("SELECT 1").result_rows == [(1,)]
    client.close()
    with pytest.raises(DatabaseError) as refused:
        clickhouse_connect.get_client(host="127.0.0.1", port=guarded.port, username="ann", password="wrong")  # noqa: S106
    assert refused.value.code == 516
