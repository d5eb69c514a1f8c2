"""What a processor remembers of one service, and how it is rebuilt from the store.

A cache over the store: `remember_*` take rows that the pipeline wrote earlier, up to a position in the log, and leave
the same memory that processing those records had left. So a restart or a rebalance changes no decision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from processors.ask_evidence import Asked
from processors.history import Life
from processors.judge import Watch
from schemas.evidence import Taken, Weighed
from schemas.model import Fingerprint, State


@dataclass(frozen=True, slots=True)
class KnownStack:
    """A stack that this service has shown, and where it was first seen."""

    fingerprint: Fingerprint
    first_seen: datetime
    first_version: str
    first_instance: str


@dataclass(slots=True)
class ServiceMemory:
    """Lives by instance, stacks and watches by fingerprint, the first slot ever and the one that is being filled.

    `asked` is what evidence was asked for, `taken` what came of it within a day, `evidence` what that says of a stack.
    """

    name: str
    lives: dict[str, Life] = field(default_factory=dict)
    stacks: dict[int, KnownStack] = field(default_factory=dict)
    watches: dict[int, Watch] = field(default_factory=dict)
    first_slot: datetime | None = None
    open_slot: datetime | None = None
    asked: Asked = field(default_factory=Asked)
    taken: list[Taken] = field(default_factory=list)
    evidence: dict[int, Weighed] = field(default_factory=dict)

    def watched(self) -> frozenset[int]:
        """Give the fingerprints that must be evaluated even when they do not move."""
        return frozenset(value for value, watch in self.watches.items() if watch.open)

    def meet_slot(self, slot: datetime) -> None:
        """Note that an attempt to scrape belongs to this slot."""
        self.first_slot = min(self.first_slot or slot, slot)
        self.open_slot = max(self.open_slot or slot, slot)

    def remember_scrapes(self, scrapes: Iterable[Mapping[str, object]], counts: Iterable[Mapping[str, object]]) -> None:
        """Take in stored scrapes in the order of their slots, with the counts that belong to them."""
        by_scrape: dict[tuple[object, object], dict[int, int]] = {}
        for row in counts:
            key = (row["instance"], row["slot"])
            by_scrape.setdefault(key, {})[_int(row["fingerprint"])] = _int(row["goroutines"])
        for row in scrapes:
            self.meet_slot(_time(row["slot"]))
            if row["ok"]:
                self._live(row).observe(_time(row["slot"]), by_scrape.get((row["instance"], row["slot"]), {}))

    def remember_stacks(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Take in stored stacks."""
        for row in rows:
            frames = row["frames"]
            names = tuple(map(str, frames)) if isinstance(frames, list | tuple) else ()
            found = Fingerprint(
                _int(row["fingerprint"]), str(row["operation"]), str(row["site"]), str(row["origin"]), names
            )
            self.stacks[found.value] = KnownStack(
                found, _time(row["first_seen"]), str(row["first_version"]), str(row["first_instance"])
            )

    def remember_watches(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Take in the newest stored evaluation of each stack that is not at rest."""
        for row in rows:
            since, fired = _time(row["since"]), _time(row["fired"])
            self.watches[_int(row["fingerprint"])] = Watch(
                state=State(str(row["state"])),
                since=since if since.timestamp() > 0 else None,
                fired=fired if fired.timestamp() > 0 else None,
                held_slots=_int(row["held_slots"]),
                quiet_slots=_int(row["quiet_slots"]),
                peak=_int(row["peak"]),
                told=_int(row["told"]),
            )

    def remember_begin(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Take in the first slot of the service, which may lie before the history that is held."""
        for row in rows:
            if row["first_slot"] is not None and self.first_slot is not None:
                self.first_slot = min(self.first_slot, _time(row["first_slot"]))

    def _live(self, row: Mapping[str, object]) -> Life:
        """Give the life a stored scrape belongs to; a newer one replaces the older."""
        instance, begin = str(row["instance"]), _time(row["life"])
        life = self.lives.get(instance)
        if life is None or life.begin != begin:
            interval = row["interval_seconds"]
            life = Life(
                instance, begin, float(interval) if isinstance(interval, int | float) else 0.0, str(row["version"])
            )
            self.lives[instance] = life
        return life


def _int(value: object) -> int:
    """Take a whole number from a stored row; anything else there is our mistake."""
    if not isinstance(value, int):
        raise TypeError(f"expected a whole number from the store, got {value!r}")
    return value


def _time(value: object) -> datetime:
    """Take a time from a stored row; anything else there is our mistake."""
    if not isinstance(value, datetime):
        raise TypeError(f"expected a time from the store, got {value!r}")
    return value
