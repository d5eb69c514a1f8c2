"""Who is let in, and what each may take."""

from base64 import b64encode

import pytest

from leakstream.serve.access import User, admit, hash_password, name_of
from leakstream.serve.handle import StatementError
from leakstream.serve.quota import Ledger, Quota

USERS = (User("grafana", hash_password("s3:cret")), User("ann", hash_password("other")))


def basic(text: str) -> dict[str, str]:
    """Give an Authorization header."""
    return {"authorization": f"Basic {b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({}, basic("grafana:s3:cret")),
        ({}, {"x-clickhouse-user": "grafana", "x-clickhouse-key": "s3:cret"}),
        ({"user": "grafana", "password": "s3:cret"}, {}),
    ],
)
def test_user_is_let_in_each_way(query: dict[str, str], headers: dict[str, str]) -> None:
    """As clickhouse-connect, the Java drivers and curl say it."""
    assert (admit(USERS, query, headers).name, name_of(query, headers)) == ("grafana", "grafana")


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ({}, {}, 194),
        ({"user": "grafana"}, {}, 516),
        ({"user": "grafana", "password": "S3:cret"}, {}, 516),
        ({"user": "ann", "password": "s3:cret"}, {}, 516),
        ({"user": "nobody", "password": ""}, {}, 516),
        ({"user": "", "password": ""}, {}, 516),
        ({"password": "s3:cret"}, {}, 516),
        ({}, {"authorization": "Bearer s3:cret"}, 516),
        ({}, {"authorization": "Basic !"}, 516),
        ({}, {"authorization": "Basic /w=="}, 516),
        ({}, basic("grafana"), 516),
        ({"user": "grafana", "password": "s3:cret"}, basic("grafana:s3:cret"), 516),
    ],
)
def test_others_are_not(query: dict[str, str], headers: dict[str, str], code: int) -> None:
    """The error says no more than ClickHouse's, and never the password."""
    with pytest.raises(StatementError) as refused:
        admit(USERS, query, headers)
    assert (refused.value.code, "cret" in str(refused.value)) == (code, False)


def test_without_users_everyone_is_default() -> None:
    """Whatever a client says of itself."""
    assert admit((), {"user": "x", "password": "y"}, {}).name == "default"


def test_user_does_not_show_its_hash() -> None:
    """It cannot get into a log by way of the object."""
    assert repr(USERS[1]) == f"User(name='ann', quota={Quota()!r})"


@pytest.mark.parametrize(
    ("quota", "said"),
    [
        (Quota(60.0, queries=2), "queries = 2/2"),
        (Quota(60.0, read_rows=10), "read_rows = 20/10"),
        (Quota(60.0, result_rows=4), "result_rows = 4/4"),
        (Quota(60.0, execution_seconds=1.5), "execution_time = 2/1.5"),
    ],
)
def test_quota_ends_and_begins_anew(quota: Quota, said: str) -> None:
    """After two statements it is used up; after the interval it is not, and for another user it never was."""
    ledger = Ledger()
    for now in (0.0, 1.0):
        ledger.begin("ann", quota, now)
        if now:
            ledger.end("ann", read_rows=20, result_rows=4, seconds=2.0)
    with pytest.raises(StatementError) as refused:
        ledger.begin("ann", quota, 59.0)
    assert (refused.value.code, said in str(refused.value)) == (201, True)
    ledger.begin("eve", quota, 59.0)
    ledger.begin("ann", quota, 60.0)


def test_no_quota_is_no_limit() -> None:
    """0 is ClickHouse's word for it."""
    ledger = Ledger()
    for _ in range(1_000):
        ledger.begin("ann", Quota(), 0.0)
        ledger.end("ann", read_rows=10**9, result_rows=10**9, seconds=10**6)
