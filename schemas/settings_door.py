"""The ClickHouse HTTP door of the embedded engine: who may ask, and what one statement may take.

Names are ClickHouse's where it has one.
"""

import re
from ipaddress import ip_address
from pathlib import Path

from pydantic import Field, SecretStr, model_validator

from schemas.settings_fields import Bytes, Seconds, SettingsModel

_USER = r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


class QuotaSettings(SettingsModel):
    """What one user may take within an interval; 0 is no limit. A start forgets what was taken."""

    interval_seconds: Seconds = Field(default=3600.0, alias="interval", gt=0, description="As ClickHouse's default.")
    queries: int = Field(default=0, strict=True, ge=0, description="Statements, refused and failed ones too.")
    read_rows: int = Field(default=0, strict=True, ge=0, description="Rows that the engine read.")
    result_rows: int = Field(default=0, strict=True, ge=0, description="Rows that went out.")
    execution_time_seconds: Seconds = Field(
        default=0.0, alias="execution_time", ge=0, description="Time that statements ran, together."
    )


class DoorUserSettings(SettingsModel):
    """One user: exactly one of password, password_file and password_sha256."""

    name: str = Field(pattern=_USER, description="As clients send it.")
    password: SecretStr | None = Field(default=None, description="Never printed.")
    password_file: str | None = Field(default=None, description="A file that holds the password; read at the start.")
    password_sha256: SecretStr | None = Field(
        default=None, description="64 hexadecimal digits; for passwords that are long and random."
    )
    quota: QuotaSettings = Field(default_factory=QuotaSettings, description="What this user may take.")

    @model_validator(mode="after")
    def _one_password(self) -> "DoorUserSettings":
        given = [value for value in (self.password, self.password_file, self.password_sha256) if value is not None]
        if len(given) != 1:
            raise ValueError("name exactly one of password, password_file and password_sha256")
        if self.password is not None and not self.password.get_secret_value():
            raise ValueError("password must not be empty")
        if self.password_sha256 is not None and not _SHA256.fullmatch(self.password_sha256.get_secret_value()):
            raise ValueError("password_sha256 must be 64 hexadecimal digits")
        return self

    def read_password(self) -> str:
        """Give the password, from its file where one is named; '' where only its hash is known. Raises OSError."""
        if self.password_file is not None:
            return Path(self.password_file).read_text().strip()
        return self.password.get_secret_value() if self.password else ""


class DoorLimitSettings(SettingsModel):
    """What one statement may take, and how many run. A client may ask for less, never for more."""

    max_execution_seconds: Seconds = Field(
        default=60.0, alias="max_execution_time", gt=0, description="Then it ends with TIMEOUT_EXCEEDED."
    )
    max_memory_bytes: Bytes = Field(
        default=1 * 2**30,
        alias="max_memory_usage",
        ge=16 * 2**20,
        description="What the engine counts; the process holds up to three times as much for a while.",
    )
    max_result_rows: int = Field(
        default=2_000_000, strict=True, gt=0, description="More is an error: results are never cut."
    )
    max_result_bytes: Bytes = Field(default=256 * 2**20, gt=0, description="Before compression; as above.")
    max_threads: int = Field(default=2, strict=True, ge=1, description="Leaves cores to the pipeline.")
    max_concurrent_queries: int = Field(default=8, strict=True, ge=1, le=256, description="More wait for their turn.")
    max_waiting_queries: int = Field(
        default=64, strict=True, ge=0, description="More are refused with TOO_MANY_SIMULTANEOUS_QUERIES."
    )


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches an address; a name other than localhost may be anything."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
