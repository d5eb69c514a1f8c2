"""Which slots of an instance were taken in already: the newest and a mask of those before it."""

from dataclasses import dataclass
from enum import StrEnum

_KEPT_SLOTS = 512


class Met(StrEnum):
    """What a slot is to an instance."""

    NEW = "new"
    REPEATED = "repeated"
    EXPIRED = "expired"


@dataclass(slots=True)
class Seen:
    """Bit n of the mask is the slot n before the newest."""

    newest: int = -1
    mask: int = 0

    def meet(self, number: int) -> Met:
        """Say what a slot is, and remember it when it is new."""
        if self.newest < 0 or number > self.newest:
            self.mask = (self.mask << min(number - self.newest, _KEPT_SLOTS) | 1) & ((1 << _KEPT_SLOTS) - 1)
            self.newest = number
            return Met.NEW
        bit = 1 << (self.newest - number) if self.newest - number < _KEPT_SLOTS else 0
        if not bit:
            return Met.EXPIRED
        if self.mask & bit:
            return Met.REPEATED
        self.mask |= bit
        return Met.NEW
