"""Notices a partition that is held and not read on, although there is more to read. Pure.

Such stalls were bugs of the client, more than once (kafka-python 3.0.0 to 3.0.8); to leave the group and join it again
ends them. A watch that fires too early costs a rebalance, so it waits for minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

STALL_SECONDS = 120.0


@dataclass(slots=True)
class StallWatch:
    """Remembers since when each partition stands where it is. Times are seconds of any clock that only runs forward."""

    patience_seconds: float = STALL_SECONDS
    _since: dict[int, tuple[int, float]] = field(default_factory=dict)

    def observe(self, now: float, positions: Mapping[int, int], ends: Mapping[int, int]) -> tuple[int, ...]:
        """Give the partitions that stand still with more to read for longer than the patience; sorted.

        `positions` are the next offsets to read, `ends` those of the next record to come; a partition that stands at
        its end, or is not held any more, is forgotten.
        """
        behind = {part: place for part, place in positions.items() if place < ends.get(part, place)}
        self._since = {
            part: known if (known := self._since.get(part)) and known[0] == place else (place, now)
            for part, place in behind.items()
        }
        return tuple(sorted(part for part, (_, since) in self._since.items() if now - since > self.patience_seconds))

    def forget(self) -> None:
        """Begin anew, after work that took long or a new membership."""
        self._since.clear()
