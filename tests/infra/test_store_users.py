"""The users of the ClickHouse server: two by files, more by SQL, with what they need, called the same everywhere."""

import re
import xml.etree.ElementTree as ET

import yaml

from leakstream.adapters.clickhouse import ClickhouseStore
from schemas.ports import Store
from schemas.store.split import split_statements
from tests.infra.reading import INFRA, compose, settings_of

USERS = ET.parse(INFRA / "clickhouse/users.xml").getroot()  # noqa: S314 our own file
ROLES = ("leakstream_writer", "leakstream_reader")
ACCESS, TEAM = (split_statements((INFRA / f"clickhouse/{name}.sql").read_text()) for name in ("access", "team"))
PARSE = "SELECT formatQuerySingleLine({statement:String}) AS read"
GRANTS = {role: tuple(query.text or "" for query in USERS.findall(f"users/{role}/grants/query")) for role in ROLES}


def test_there_are_a_writer_and_a_reader() -> None:
    """No other user is made, none without a grant, and none beyond our database."""
    assert {user.tag for user in USERS.find("users") or ()} == set(ROLES)
    assert all(GRANTS[role] and all(query.endswith(" ON leakstream.*") for query in GRANTS[role]) for role in ROLES)


def test_grants_are_understood_by_the_engine(bare_store: tuple[ClickhouseStore, str]) -> None:
    """ClickHouse's own parser reads them, and writes them back as they stand (users.xml leaves out to whom)."""
    store, _ = bare_store
    statements = [f"{query} TO {role}" for role in ROLES for query in GRANTS[role]]
    assert [store.query(PARSE, {"statement": text})[0]["read"] for text in statements] == statements


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


def test_statements_of_access_are_understood(bare_store: tuple[ClickhouseStore, str]) -> None:
    """ClickHouse's own parser reads each and writes all of its words back."""
    store, _ = bare_store
    read = [str(store.query(PARSE, {"statement": text})[0]["read"]).replace("`", "") for text in (*ACCESS, *TEAM)]
    assert [text.split() for text in read] == [text.split() for text in (*ACCESS, *TEAM)]


def test_statements_of_access_may_run_twice() -> None:
    """What makes something leaves it as it is where it was made before; the rest says the same again."""
    once = [text for text in (*ACCESS, *TEAM) if not text.startswith(("GRANT", "REVOKE", "ALTER"))]
    assert [text for text in once if " IF NOT EXISTS " not in text] == []


def test_profiles_of_grafana_are_one_in_both_forms() -> None:
    """What users.xml gives the reader, access.sql gives the role of Grafana: limits, the constraint, the quota."""
    profile = USERS.find("profiles/leakstream_reader")
    quota = USERS.find("quotas/leakstream_reader/interval")
    assert profile is not None
    assert quota is not None
    limits = {item.tag: item.text for item in profile if item.tag != "constraints"}
    constraint = profile.findtext("constraints/max_execution_time/max")
    (created,) = [text for text in ACCESS if "PROFILE IF NOT EXISTS leakstream_grafana" in text]
    (counted,) = [text for text in ACCESS if "QUOTA IF NOT EXISTS leakstream_grafana" in text]
    assert dict(re.findall(r"(\w+) = (\d+)", created)) == limits
    assert f"max_execution_time = {limits['max_execution_time']} MAX {constraint} CHANGEABLE_IN_READONLY" in created
    assert dict(re.findall(r"(\w+) = (\d+)", counted)) == {
        item.tag: item.text for item in quota if item.tag != "duration"
    }


def test_roles_have_the_grants_of_the_users() -> None:
    """The writer and the reader may do the same whether files or SQL make them."""
    granted = {text.rpartition(" TO ")[2]: text.rpartition(" TO ")[0] for text in ACCESS if text.startswith("GRANT")}
    assert {role: (granted[role],) for role in ROLES} == GRANTS
    assert granted["leakstream_grafana"] == granted["leakstream_reader"]


def test_team_sees_its_services_in_every_table(store: Store) -> None:
    """Each table that knows a service has both policies, so nothing of others shows, and nobody else loses sight."""
    sql = """SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'service' AND table IN
        (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine != 'View') ORDER BY table"""
    tables = [str(row["table"]) for row in store.query(sql)]
    found = re.findall(r"POLICY IF NOT EXISTS (\w+) ON leakstream\.(\w+)", "\n".join(TEAM))
    assert sorted(found) == sorted(
        (name, table) for table in tables for name in ("leakstream_everything", "leakstream_payments")
    )
    roles = {text.rpartition(" TO ")[2] for text in TEAM if "leakstream_everything" in text}
    assert roles == {"leakstream_writer, leakstream_reader, leakstream_grafana"}
