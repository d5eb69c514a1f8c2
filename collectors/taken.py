"""What is made of one body: how much of it is read, and the profile as it may be kept or why there is none."""

from collections.abc import Callable
from dataclasses import dataclass, field

from collectors.strip_labels import LabelRule
from schemas.model import FailureReason


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read of one answer, before and after inflating, and which labels of it may be kept."""

    body_bytes: int
    inflated_bytes: int
    labels: LabelRule = field(default_factory=LabelRule)


@dataclass(frozen=True, slots=True)
class Failed:
    """Why an attempt gave no profile."""

    reason: FailureReason
    error: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A profile as it may be kept."""

    profile: bytes
    labels_removed: int


Take = Callable[[bytes, Limits], Taken | Failed]
"""Judges a body and takes out what may not leave."""
