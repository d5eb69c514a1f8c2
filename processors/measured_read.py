"""A reader that tells what it did: ways taken, what it remembers, what it refused and forgot."""

from collections import Counter
from dataclasses import dataclass, field

from processors.read import Reader
from processors.reading import Reading
from schemas.telemetry import Telemetry

_GAUGES_EVERY = 256
"""Profiles between two looks at what is remembered."""


@dataclass(slots=True)
class MeasuredRead:
    """Reads, and counts in telemetry what the reader counted since."""

    reader: Reader
    telemetry: Telemetry
    told: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    read: int = 0

    def __call__(self, service: str, data: bytes) -> Reading:
        """Read a profile, see Reader.read."""
        reading = self.reader.read(service, data)
        self.telemetry.add("leakstream_profiles_read_total", way=reading.way.value)
        if self.read % _GAUGES_EVERY == 0 or reading.problems:
            self._tell()
        self.read += 1
        return reading

    def _tell(self) -> None:
        """Tell what is remembered, and what was refused, forgotten or found to lie since the last time."""
        builds, stacks = self.reader.builds, self.reader.stacks
        self.telemetry.set("leakstream_builds_known", len(builds.known))
        self.telemetry.set("leakstream_stacks_remembered", stacks.filled)
        self._add("leakstream_builds_contradicted_total", builds.contradicted)
        self._add("leakstream_evictions_total", builds.evicted, memory="builds")
        self._add("leakstream_evictions_total", stacks.evicted, memory="stacks")
        for limit, refused in self.reader.refused.items():
            self._add("leakstream_profiles_over_limit_total", refused, limit=limit)

    def _add(self, name: str, total: int, **labels: str) -> None:
        """Count up a counter to a total."""
        key = (name, *next(iter(labels.items()), ("", "")))
        self.telemetry.add(name, total - self.told[key], **labels)
        self.told[key] = total
