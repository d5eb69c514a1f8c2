"""No statement at the door changes the store, reads or writes a file, or reaches the network."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.leakstream.serve.door_client import DoorClient
from tests.leakstream.serve.statements import GREEDY, HOSTILE, READING

CANARY_TEXT = "a secret that nobody may read"


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file with a secret."""
    path = tmp_path / "canary.csv"
    path.write_text(CANARY_TEXT)
    return path


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port that must see no visitor."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def test_there_are_enough_of_them() -> None:
    """And each stands there once."""
    statements = [statement for _, statement in (*HOSTILE, *GREEDY)]
    assert (len(statements) >= 250, len(set(statements))) == (True, len(statements))


@pytest.mark.parametrize(("code", "statement"), HOSTILE)
def test_hostile_statement_is_refused_without_effect(
    door: DoorClient, canary: Path, listener: socket.socket, code: str, statement: str
) -> None:
    """It is the right error; the canary is neither read nor changed, no file appears, nobody comes to the port."""
    target = canary.parent / "target.csv"
    port = str(listener.getsockname()[1])
    sql = statement.replace("{canary}", str(canary)).replace("{target}", str(target)).replace("{port}", port)
    answer = door.ask(sql)
    assert (answer.status >= 400, answer.headers["x-clickhouse-exception-code"]) == (True, code), answer.text
    assert CANARY_TEXT not in answer.text
    assert (canary.read_text(), sorted(canary.parent.iterdir())) == (CANARY_TEXT, [canary])
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(("code", "statement"), GREEDY)
def test_greedy_statement_is_capped(door: DoorClient, code: str, statement: str) -> None:
    """By time, memory, rows, bytes or depth; on a busy machine time may come first."""
    assert door.ask(statement, max_execution_time="2").code in {code, "159"}


@pytest.mark.parametrize(
    "statement",
    ["EXISTS TABLE default.`{}`", "SELECT 1 FROM default.`{}`", "SELECT hasColumnInTable('default', '{}', 'a')"],
)
def test_nobody_learns_which_files_exist(door: DoorClient, canary: Path, statement: str) -> None:
    """A file that exists and one that does not give the same answer."""
    paths = (str(canary), str(canary.parent / "absent.csv"))
    there, nowhere = (door.ask(statement.replace("{}", path)).text.rpartition(": ")[0] for path in paths)
    assert (there, "READONLY" in there or "DB::Exception" in there) == (nowhere, True)


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("SELECT arrayMap({p:Identifier}, ['{canary}'])", "file"),
        ("SELECT arrayMap({p:Identifier}, ['{canary}'])", "fi\\x6ce"),
        ("EXISTS TABLE {p:Identifier}", "{canary}"),
        ("EXISTS TABLE {p:Identifier}.`{canary}`", "default"),
        ("DESCRIBE TABLE {p:Identifier}", "{canary}"),
    ],
)
def test_identifier_parameter_reaches_no_file(door: DoorClient, canary: Path, statement: str, value: str) -> None:
    """What is filled in after the judgement is judged too."""
    answer = door.ask(
        statement.replace("{canary}", str(canary)), database="default", param_p=value.replace("{canary}", str(canary))
    )
    assert (answer.status, answer.headers["x-clickhouse-exception-code"]) == (500, "164")


def test_default_database_is_not_the_file_system(door: DoorClient, canary: Path) -> None:
    """A client that asks for `default` gets ours."""
    asked = (
        door.ask(f"EXISTS TABLE `{canary}`", database="default"),
        door.ask("SELECT currentDatabase()", database="default"),
    )
    assert [answer.text for answer in asked] == ["0\n", "leakstream\n"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("readonly", "0"),
        ("allow_ddl", "1"),
        ("output_format_schema", "{target}"),
        ("format_schema", "{canary}"),
        ("format_template_row", "{canary}"),
        ("max_execution_time", "100000"),
        ("max_memory_usage", "0"),
        ("implicit_select", "1"),
        ("no_such_setting", "1"),
        ("session_timezone", "UTC&readonly=0"),
        ("join_use_nulls", "1&readonly=0&max_execution_time=0"),
    ],
)
def test_setting_in_the_address_lifts_no_limit(door: DoorClient, canary: Path, name: str, value: str) -> None:
    """Settings are ignored or passed on whole, and never those that hold the limits."""
    target = canary.parent / "target.csv"
    setting = {name: value.replace("{target}", str(target)).replace("{canary}", str(canary))}
    limits = "SELECT getSetting('readonly'), getSetting('max_execution_time'), getSetting('max_memory_usage')"
    answer = door.ask(limits, **setting)
    assert answer.text.splitlines()[0] == "1\t20\t419430400" or answer.headers["x-clickhouse-exception-code"] == "36"
    assert door.ask("CREATE TABLE other (a Int8) ENGINE = Memory", **setting).status == 500
    assert sorted(canary.parent.iterdir()) == [canary]


@pytest.mark.parametrize("statement", READING)
def test_reading_statement_runs(door: DoorClient, statement: str) -> None:
    """What dashboards and people ask is answered."""
    answer = door.ask(statement.replace("{{", "{").replace("}}", "}"))
    assert (answer.status, answer.headers.get("x-clickhouse-exception-code")) == (200, None), answer.text


def test_store_is_as_it_was(door: DoorClient) -> None:
    """After all that, in whatever order, the table is whole and alone."""
    for _, statement in HOSTILE[:20]:
        door.ask(statement)
    asked = door.ask("SELECT count(), sum(number) FROM numbered"), door.ask("SHOW TABLES"), door.ask("SHOW DATABASES")
    assert [answer.text for answer in asked] == [
        "1000\t499500\n",
        "numbered\n",
        "INFORMATION_SCHEMA\ndefault\ninformation_schema\nleakstream\nsystem\n",
    ]
