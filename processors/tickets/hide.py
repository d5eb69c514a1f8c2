"""a ticket + the rules of people + how many are open -> why sinks are told nothing of it now."""

from dataclasses import dataclass
from datetime import datetime

from processors.match_stack import match_glob
from schemas.tickets import Hidden, Shown, TicketMemory


@dataclass(frozen=True, slots=True)
class Window:
    """A time in which people work on services that fit a glob and want to hear nothing: from `begin` until `end`."""

    service: str
    begin: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """What people said about being told. `off` are globs of services; budgets count tickets that are open at a time."""

    off: tuple[str, ...] = ()
    windows: tuple[Window, ...] = ()
    per_service: int = 20
    overall: int = 200


def hide(
    memory: TicketMemory | None, service: str, now: datetime, quiet: Quiet, open_tickets: tuple[int, int]
) -> Hidden:
    """Say why; a ticket that sinks show already counts in the budget, so the budget never hides it.

    `open_tickets` are those of the service, and all.
    """
    if any(match_glob(pattern, service) for pattern in quiet.off):
        return Hidden.OFF
    if any(match_glob(window.service, service) and window.begin <= now < window.end for window in quiet.windows):
        return Hidden.MAINTENANCE
    if memory is not None and memory.shown is Shown.OPEN:
        return Hidden.NO
    of_service, of_all = open_tickets
    return Hidden.BUDGET if of_service >= quiet.per_service or of_all >= quiet.overall else Hidden.NO
