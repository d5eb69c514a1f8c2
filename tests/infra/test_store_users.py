"""The users of the ClickHouse server: two, with what they need, called the same everywhere."""

import re
import xml.etree.ElementTree as ET

import yaml

from leakstream.adapters.clickhouse import ClickhouseStore
from tests.infra.reading import INFRA, compose, settings_of

USERS = ET.parse(INFRA / "clickhouse/users.xml").getroot()  # noqa: S314 our own file
ROLES = ("leakstream_writer", "leakstream_reader")
GRANTS = {role: tuple(query.text or "" for query in USERS.findall(f"users/{role}/grants/query")) for role in ROLES}


def test_there_are_a_writer_and_a_reader() -> None:
    """No other user is made, none without a grant, and none beyond our database."""
    assert {user.tag for user in USERS.find("users") or ()} == set(ROLES)
    assert all(GRANTS[role] and all(query.endswith(" ON leakstream.*") for query in GRANTS[role]) for role in ROLES)


def test_grants_are_understood_by_the_engine(bare_store: tuple[ClickhouseStore, str]) -> None:
    """ClickHouse's own parser reads them, and writes them back as they stand (users.xml leaves out to whom)."""
    store, _ = bare_store
    statements = [f"{query} TO {role}" for role in ROLES for query in GRANTS[role]]
    sql = "SELECT formatQuerySingleLine({statement:String}) AS read"
    assert [store.query(sql, {"statement": text})[0]["read"] for text in statements] == statements


def test_reader_reads_only_and_may_set_what_grafana_sets() -> None:
    """readonly=1 refuses every other setting; the one that Grafana's client sends with each query is let through."""
    profile = USERS.findtext("users/leakstream_reader/profile")
    constraint = USERS.find(f"profiles/{profile}/constraints/max_execution_time/changeable_in_readonly")
    assert (USERS.findtext(f"profiles/{profile}/readonly"), constraint is not None) == ("1", True)
    assert GRANTS["leakstream_reader"] == ("GRANT SELECT ON leakstream.*",)


def test_passwords_reach_the_server() -> None:
    """Each user's password is an environment variable that start.sh makes of a secret which the service is given."""
    wanted = {element.get("from_env") for element in USERS.findall("users/*/password")}
    script = (INFRA / "clickhouse/start.sh").read_text()
    made = dict(re.findall(r"^(\w+)=\$\(cat /run/secrets/(\w+)\)$", script, re.MULTILINE))
    assert set(made) == wanted
    assert set(made.values()) == set(compose()["services"]["clickhouse"]["secrets"])


def test_users_are_called_the_same_by_those_who_log_in() -> None:
    """The roles write as the writer, Grafana reads as the reader, in the database that exists."""
    source = yaml.safe_load((INFRA / "grafana/datasources/clickhouse.yml").read_text())["datasources"][0]
    server = settings_of("leakstream.yml").store.clickhouse
    assert server
    place = f"{source['jsonData']['protocol']}://{source['jsonData']['host']}:{source['jsonData']['port']}"
    assert (server.user, server.database, server.url) == ("leakstream_writer", "leakstream", place)
    assert source["jsonData"]["username"] == "leakstream_reader"
    assert source["jsonData"]["defaultDatabase"] == server.database
    assert source["secureJsonData"]["password"] == "$__file{/run/secrets/clickhouse_reader}"  # noqa: S105 where it is
    assert "clickhouse_reader" in compose()["services"]["grafana"]["secrets"]
