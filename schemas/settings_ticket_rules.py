"""The settings of tickets in general: how patient they are, how many there may be, and when to keep still."""

from pydantic import AwareDatetime, Field, model_validator

from schemas.settings_fields import Seconds, SettingsModel

_HOUR = 3600.0
_DAY = 24 * _HOUR


class MaintenanceSettings(SettingsModel):
    """A time in which nothing is told of some services; a leak that is still there afterwards is."""

    service: str = Field(default="*", description="A glob over names of services.")
    begin: AwareDatetime = Field(description="As in 2026-11-01T22:00:00Z.")
    end: AwareDatetime = Field(description="After `begin`.")
    reason: str = Field(default="", description="For people who read the file.")

    @model_validator(mode="after")
    def _in_order(self) -> "MaintenanceSettings":
        if self.end <= self.begin:
            raise ValueError(f"it ends ({self.end.isoformat()}) before it begins ({self.begin.isoformat()})")
        return self


class TicketRuleSettings(SettingsModel):
    """What holds for every ticket, in whichever place."""

    environment: str = Field(
        default="", max_length=100, description="In front of the key of every ticket, where several share a tracker."
    )
    close_after_seconds: Seconds = Field(
        default=_DAY, alias="close_after", ge=0, description="So long after it recovered, if instances answered."
    )
    reopen_window_seconds: Seconds = Field(
        default=30 * _DAY, alias="reopen_window", gt=0, description="Later a leak that returns has a new ticket."
    )
    grace_seconds: Seconds = Field(
        default=_HOUR, alias="grace", ge=0, description="Growth so soon after a person closed it is what they know of."
    )
    new_for_seconds: Seconds = Field(
        default=7 * _DAY, alias="new_for", ge=0, description="A ticket is new for so long."
    )
    calm_after_seconds: Seconds = Field(
        default=6 * _HOUR, alias="calm_after", ge=0, description="It escalates no more so long after it doubled."
    )
    archive_factor: float = Field(
        default=2.0, ge=1, description="An archived one opens when there are so many times as many goroutines."
    )
    tickets_per_service: int = Field(
        default=20, strict=True, ge=1, description="Open at a time; one roll-up ticket stands for the others."
    )
    tickets: int = Field(default=200, strict=True, ge=1, description="Open at a time, of all services together.")
    off: tuple[str, ...] = Field(default=(), description="Globs over names of services of which nothing is told.")
    maintenance: tuple[MaintenanceSettings, ...] = Field(default=(), description="When nothing is told.")
