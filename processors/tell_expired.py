"""Entries of the benign list whose day has come -> one sentence each in the log of the process, and a gauge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from schemas.say import BenignEntry
from schemas.telemetry import Telemetry


@dataclass(slots=True)
class Expiry:
    """The entries, and the places of those that were told of."""

    entries: Sequence[BenignEntry] = ()
    told: set[str] = field(default_factory=set)

    def tell(self, slot: datetime, telemetry: Telemetry, report: Callable[..., None]) -> None:
        """Tell of what expired up to this slot, once."""
        for entry in self.entries:
            if entry.expires <= slot and entry.place not in self.told:
                self.told.add(entry.place)
                sentence = "an entry of the benign list has expired: its stacks are judged as usual"
                report(sentence, entry=entry.place, owner=entry.owner, entry_reason=entry.reason)
        telemetry.set("leakstream_benign_expired", len(self.told))
