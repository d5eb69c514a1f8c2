"""Settings of the door: it opens to other machines only for users that are named, and shows no password."""

import pytest

from schemas.settings_door import is_loopback
from schemas.settings_load import SettingsError, load_settings
from schemas.settings_store import EmbeddedStoreSettings

CANARY = "hunter2canary"


def read(inside: str) -> EmbeddedStoreSettings:
    """Read the section."""
    embedded = load_settings(f"store: {{embedded: {{{inside}}}}}", "f.yml").store.embedded
    assert embedded is not None
    return embedded


def problem(inside: str) -> str:
    """Give the one thing that is wrong with it."""
    with pytest.raises(SettingsError) as refused:
        read(inside)
    [only] = refused.value.problems
    assert CANARY not in str(only)
    return str(only)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 that is the point
        ("::", False),
        ("10.0.0.7", False),
        ("localhost.example", False),
        ("store", False),
    ],
)
def test_loopback_is_told_from_the_world(host: str, loopback: bool) -> None:  # noqa: FBT001 the expectation
    """A name may lead anywhere."""
    assert is_loopback(host) == loopback


@pytest.mark.parametrize("address", ["0.0.0.0:8123", "[::]:8123", "store:8123"])
def test_door_to_the_world_needs_users(address: str) -> None:
    """It is refused without, with what to do; with one it is fine."""
    assert problem(f'listen_address: "{address}"') == (
        f"f.yml: store.embedded: listen_address {address} is reached from other machines: name who may ask in `users`, "
        "or listen on 127.0.0.1"
    )
    assert read(f'listen_address: "{address}", users: [{{name: ann, password: x}}]').users[0].name == "ann"


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("name: ann", "users[0]: name exactly one of password, password_file and password_sha256"),
        (f"name: ann, password: {CANARY}, password_file: x", "users[0]: name exactly one of"),
        ("name: ann, password: ''", "users[0]: password must not be empty"),
        (f"name: ann, password_sha256: {CANARY}", "users[0]: password_sha256 must be 64 hexadecimal digits"),
        ("name: 'a b', password: x", "users[0].name: "),
        ("name: ann, passwordd: x", 'users[0].passwordd: unknown key; did you mean "password"?'),
        ("name: ann, password: x, quota: {queriess: 1}", 'unknown key; did you mean "queries"?'),
        ("name: ann, password: x, quota: {interval: 0s}", "users[0].quota.interval: "),
        ("name: ann, password: x}, {name: ann, password: y", "the user 'ann' stands twice in users"),
    ],
)
def test_user_that_makes_no_sense_is_refused(user: str, said: str) -> None:
    """With its place, and without what might be a password."""
    assert said in problem(f"users: [{{{user}}}]")


def test_limits_are_written_as_clickhouse_names_them() -> None:
    """With units."""
    limits = read("limits: {max_execution_time: 5s, max_memory_usage: 2GiB, max_result_bytes: 1MB}").limits
    assert (limits.max_execution_seconds, limits.max_memory_bytes, limits.max_result_bytes) == (5.0, 2 * 2**30, 10**6)


def test_password_is_not_shown() -> None:
    """Neither by the section nor by the user."""
    chosen = read(f"users: [{{name: ann, password: {CANARY}}}]")
    assert (CANARY in repr(chosen), CANARY in chosen.model_dump_json()) == (False, False)
    assert chosen.users[0].read_password() == CANARY
