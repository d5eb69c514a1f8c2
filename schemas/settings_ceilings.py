"""How much of something a process of a service may hold before it ends, where people know it."""

from typing import Annotated

from pydantic import Field, model_validator

from schemas.settings_fields import Bytes, SettingsModel


class CeilingSettings(SettingsModel):
    """What a process of some services may hold; the first rule that matches a service wins."""

    service: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        default="*", description="A glob of services: * stands for any text."
    )
    goroutines: int | None = Field(default=None, strict=True, ge=1, description="Goroutines of one process.")
    memory_bytes: Bytes | None = Field(default=None, gt=0, description="Memory of one process: its container's limit.")

    @model_validator(mode="after")
    def _something(self) -> "CeilingSettings":
        if self.goroutines is None and self.memory_bytes is None:
            raise ValueError("name goroutines, memory_bytes or both")
        return self
