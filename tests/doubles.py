"""Small real doubles that tests share: a clock that is set, and telemetry that remembers."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from schemas.telemetry import METRICS

_LABELS = {metric.name: set(metric.labels) for metric in METRICS}


@dataclass
class SetClock:
    """A clock that stands where it is put."""

    at: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """Give the set time."""
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        """Move on."""
        self.at += timedelta(seconds=seconds)


@dataclass
class RecordingTelemetry:
    """Remembers counters by name and label values; an undeclared name or label raises KeyError."""

    counted: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def add(self, name: str, value: float = 1.0, **labels: str) -> None:
        """Remember a count."""
        self._check(name, labels)
        self.counted[name, *labels.values()] += round(value)

    def set(self, name: str, value: float, **labels: str) -> None:
        """Check the name only."""
        self._check(name, labels)
        assert value == value  # noqa: PLR0124 not a NaN

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Check the name only."""
        self.set(name, value, **labels)

    def _check(self, name: str, labels: dict[str, str]) -> None:
        """Refuse what schemas/telemetry.py does not declare."""
        if set(labels) != _LABELS[name]:
            raise KeyError(name, labels)
