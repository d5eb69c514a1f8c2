"""The door of the embedded engine as settings say it: users, limits, metrics and the access log."""

from collections.abc import Callable
from pathlib import Path

from leakstream.secret_files import UnusableFileError, read_secret
from leakstream.serve.access import User, hash_password
from leakstream.serve.door import Door, OnQuery, Told
from leakstream.serve.engine import Limits
from leakstream.serve.quota import Quota
from schemas.model import Problem
from schemas.settings_door import DoorLimitSettings, DoorUserSettings, QuotaSettings
from schemas.settings_load import SettingsError
from schemas.settings_store import EmbeddedStoreSettings
from schemas.telemetry import Telemetry

_FAULTY = frozenset({"denied", "over_quota", "too_many"})


def make_door(chosen: EmbeddedStoreSettings, telemetry: Telemetry, report: Callable[..., None]) -> Door:
    """Make the door; `start` opens it. Raises SettingsError when the file of a password cannot be read."""
    host, port = chosen.address()
    return Door(
        Path(chosen.path),
        host,
        port,
        limits=make_limits(chosen.limits),
        users=tuple(make_user(user, index) for index, user in enumerate(chosen.users)),
        on_query=make_listener(telemetry, report if chosen.access_log else None),
    )


def make_limits(chosen: DoorLimitSettings) -> Limits:
    """Give what a statement may take."""
    return Limits(
        seconds=chosen.max_execution_seconds,
        memory_bytes=chosen.max_memory_bytes,
        result_rows=chosen.max_result_rows,
        result_bytes=chosen.max_result_bytes,
        threads=chosen.max_threads,
        running=chosen.max_concurrent_queries,
        waiting=chosen.max_waiting_queries,
    )


def make_user(chosen: DoorUserSettings, index: int) -> User:
    """Give a user, with the hash of the password alone."""
    if chosen.password_sha256 is not None:
        return User(chosen.name, chosen.password_sha256.get_secret_value().lower(), make_quota(chosen.quota))
    password = chosen.password.get_secret_value() if chosen.password else ""
    if chosen.password_file is not None:
        try:
            password = read_secret(Path(chosen.password_file))
        except UnusableFileError as error:
            place = f"store.embedded.users[{index}].password_file"
            raise SettingsError((Problem(place, str(error), repr(chosen.password_file)),)) from error
    return User(chosen.name, hash_password(password), make_quota(chosen.quota))


def make_quota(chosen: QuotaSettings) -> Quota:
    """Give what a user may take."""
    return Quota(
        chosen.interval_seconds, chosen.queries, chosen.read_rows, chosen.result_rows, chosen.execution_time_seconds
    )


def make_listener(telemetry: Telemetry, report: Callable[..., None] | None) -> OnQuery:
    """Give what counts each statement, and logs it where somebody wants that; the statement itself is not logged."""

    def listen(told: Told) -> None:
        telemetry.add("leakstream_queries_total", outcome=told.outcome)
        telemetry.observe("leakstream_query_seconds", told.seconds)
        telemetry.add("leakstream_query_rows_total", told.rows)
        telemetry.add("leakstream_query_bytes_total", told.size)
        if report is None:
            return
        fields = {
            "outcome": told.outcome,
            "code": str(told.code),
            "user": told.user,
            "agent": told.agent,
            "address": told.address,
            "seconds": f"{told.seconds:.4f}",
            "rows": str(told.rows),
            "bytes": str(told.size),
            "query_id": told.query_id,
        }
        if told.outcome in _FAULTY:
            fields["problem"] = told.outcome
        report("a statement at the door", **fields)

    return listen
