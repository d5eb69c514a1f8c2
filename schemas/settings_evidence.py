"""The settings of the evidence step: what may be taken from a target, and how much of its time."""

from pydantic import Field

from schemas.settings_fields import Bytes, Seconds, SettingsModel


class EvidenceSettings(SettingsModel):
    """Of suspects only, on their worst instance: one dump (debug=2), then one goroutineleak profile.

    Of leaks that fire the memory of a process besides.
    """

    enabled: bool = Field(default=True, strict=True, description="false: nothing but goroutine profiles is taken.")
    dump: bool = Field(default=True, strict=True, description="Take dumps: waits and creators; stops the target.")
    leak_profile: bool = Field(default=True, strict=True, description="Take goroutineleak (Go 1.27): a collection.")
    heap: bool = Field(
        default=True, strict=True, description="Read the memory of leaks (heap?debug=1): what a goroutine costs."
    )
    dump_goroutines: int = Field(
        default=10_000, strict=True, ge=1, description="No dump of a process with more: it would stop for a second."
    )
    leak_profile_goroutines: int = Field(
        default=100_000, strict=True, ge=1, description="No goroutineleak of a process with more."
    )
    leak_profile_lock_waiters: int = Field(
        default=5_000, strict=True, ge=0, description="At locks and WaitGroups: it stops for their square, 0.2 s."
    )
    heap_goroutines: int = Field(
        default=1_000_000, strict=True, ge=1, description="No memory of a process with more; a stop of 0.1 ms."
    )
    cool_down_seconds: Seconds = Field(
        default=1800.0, alias="cool_down", gt=0, description="An instance is left alone for so long; doubles each time."
    )
    stopped_share: float = Field(
        default=0.001, strict=True, gt=0, le=0.1, description="Of an hour a target may stand still: 3.6 s."
    )
    timeout_seconds: Seconds = Field(default=30.0, alias="timeout", gt=0, description="For one dump or profile.")
    body_size_limit_bytes: Bytes = Field(
        default=64 * 2**20, alias="body_size_limit", gt=0, description="Go cuts a dump there."
    )
    at_once: int = Field(default=2, strict=True, ge=1, le=100, description="By one collector, each of another target.")
