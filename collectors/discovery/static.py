"""Targets that stand in the settings, or in a file of target groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Addresses (host:port) that share labels."""

    addresses: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
