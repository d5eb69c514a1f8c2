"""The settings of what cannot be processed: what is refused, and when to stop rather than go on refusing."""

from pydantic import Field

from schemas.settings_fields import Bytes, Seconds, SettingsModel


class DeadLetterSettings(SettingsModel):
    """What is refused and put aside, and how much of it is too much; per partition."""

    consecutive: int = Field(
        default=250, strict=True, ge=1, description="More in a row and the processor stops: something else is broken."
    )
    ratio: float = Field(
        default=0.5, ge=0, le=1, description="A larger share of the window and it stops; 1 sets this limit aside."
    )
    window: int = Field(default=1000, strict=True, ge=1, le=1_000_000, description="Records that the share is of.")
    record_size_limit_bytes: Bytes = Field(
        default=64 * 2**20, alias="record_size_limit", gt=0, description="A larger record is not even read."
    )
    clock_tolerance_seconds: Seconds = Field(
        default=600.0, alias="clock_tolerance", ge=0, description="A slot further in the future is refused."
    )
