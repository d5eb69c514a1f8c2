"""The door as settings say it: passwords from files, what is logged of a statement, and what is counted."""

from pathlib import Path

import pytest

from leakstream.open_door import make_limits, make_listener, make_user
from leakstream.serve.access import User, hash_password
from leakstream.serve.door import Told
from leakstream.serve.engine import Limits
from leakstream.serve.quota import Quota
from schemas.settings_door import DoorLimitSettings, DoorUserSettings
from schemas.settings_load import SettingsError
from tests.doubles import RecordingTelemetry

TOLD = Told("ok", 0, 0.25, "ann", "curl/8", "127.0.0.1", 3, 99, "id-1")


def user(**fields: object) -> DoorUserSettings:
    """Read a user."""
    return DoorUserSettings.model_validate({"name": "ann", **fields})


def test_user_is_made_each_way(tmp_path: Path) -> None:
    """Password, file and hash are the same user."""
    (tmp_path / "secret").write_text("pass\n")
    ways = (
        {"password": "pass"},
        {"password_file": str(tmp_path / "secret")},
        {"password_sha256": hash_password("pass")},
    )
    quota = {"queries": 5, "interval": "1m"}
    assert {make_user(user(**way, quota=quota), 0) for way in ways} == {
        User("ann", hash_password("pass"), Quota(60.0, queries=5))
    }


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_file_without_a_password_stops_the_start(tmp_path: Path, text: str | None) -> None:
    """An empty one is no password."""
    if text is not None:
        (tmp_path / "secret").write_text(text)
    with pytest.raises(SettingsError, match=r"store\.embedded\.users\[3\]\.password_file"):
        make_user(user(password_file=str(tmp_path / "secret")), 3)


def test_limits_of_the_settings_are_those_of_the_door() -> None:
    """The defaults are the same in both places."""
    assert make_limits(DoorLimitSettings()) == Limits()


def test_statement_is_counted_and_logged() -> None:
    """Who, with what, how long, how much and which error; a refused client is a warning."""
    telemetry, said = RecordingTelemetry(), []
    listen = make_listener(telemetry, lambda sentence, **fields: said.append((sentence, fields)))
    listen(TOLD)
    listen(Told("denied", 516, 0.0, "eve", "x", "10.0.0.9", 0, 0, "id-2"))
    fields = {"outcome": "ok", "code": "0", "user": "ann", "agent": "curl/8", "address": "127.0.0.1"}
    assert said[0] == (
        "a statement at the door",
        {**fields, "seconds": "0.2500", "rows": "3", "bytes": "99", "query_id": "id-1"},
    )
    assert ("problem" in said[0][1], said[1][1]["problem"]) == (False, "denied")
    assert telemetry.counted == {
        ("leakstream_queries_total", "ok"): 1,
        ("leakstream_queries_total", "denied"): 1,
        ("leakstream_query_rows_total",): 3,
        ("leakstream_query_bytes_total",): 99,
    }


def test_log_can_be_switched_off() -> None:
    """The counting goes on."""
    telemetry = RecordingTelemetry()
    make_listener(telemetry, None)(TOLD)
    assert telemetry.counted["leakstream_queries_total", "ok"] == 1
