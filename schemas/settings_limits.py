"""The settings of what is read of one profile, and of what reading remembers."""

from pydantic import Field

from schemas.limits import ProfileLimits
from schemas.settings_fields import Bytes, SettingsModel

_DEFAULT = ProfileLimits()


class LimitSettings(SettingsModel):
    """What one profile may hold: more is refused by the limit's name; and how much reading remembers."""

    inflated_bytes: Bytes = Field(
        default=_DEFAULT.inflated_bytes, gt=0, description="Go cuts a text dump there; a protobuf is far smaller."
    )
    protobuf_bytes: Bytes = Field(
        default=_DEFAULT.protobuf_bytes, gt=0, description="200,000 stacks with labels; objects take many times that."
    )
    stacks: int = Field(
        default=_DEFAULT.stacks, strict=True, ge=1, description="5,000 is large; with labels a request each."
    )
    frames: int = Field(
        default=_DEFAULT.frames,
        strict=True,
        ge=2,
        description="Of one stack, Go writes 128; a deeper one keeps its leaf end and its root end.",
    )
    all_frames: int = Field(default=_DEFAULT.all_frames, strict=True, ge=1, description="50 for each of the stacks.")
    strings: int = Field(
        default=_DEFAULT.strings, strict=True, ge=1, description="Names, files, label values; large binaries: 200,000."
    )
    labels: int = Field(default=_DEFAULT.labels, strict=True, ge=0, description="Of all stacks, five for each.")
    locations: int = Field(default=_DEFAULT.locations, strict=True, ge=1, description="5,000 is large.")
    lines: int = Field(default=_DEFAULT.lines, strict=True, ge=1, description="Inlining gives a location two.")
    functions: int = Field(default=_DEFAULT.functions, strict=True, ge=1, description="As for strings.")
    remembered_stacks: int = Field(
        default=2**18, strict=True, ge=1_024, description="64 bytes each: a thousand services."
    )
    remembered_addresses: int = Field(
        default=2**23, strict=True, ge=2**12, description="Places for addresses of builds, 16 bytes each."
    )
    fingerprints_per_service: int = Field(
        default=20_000,
        strict=True,
        ge=1,
        description="300 at a time and 20 new ones a deploy: a thousand deploys; new ones beyond count as one.",
    )
    recheck_scrapes: int = Field(
        default=16, strict=True, ge=1, description="Every so many scrapes a known build is read whole; 1: always."
    )

    def as_limits(self) -> ProfileLimits:
        """Give the bounds of one profile."""
        return ProfileLimits(
            inflated_bytes=self.inflated_bytes,
            protobuf_bytes=self.protobuf_bytes,
            stacks=self.stacks,
            frames=self.frames,
            all_frames=self.all_frames,
            strings=self.strings,
            labels=self.labels,
            locations=self.locations,
            lines=self.lines,
            functions=self.functions,
        )
