"""What the demo promises, held against what happened: pure, so that its refusals can be tested without waiting.

Promised: exactly the two leaks fire, each by its service and the function that leaks; each has a ticket; and the
healthy service was heard, for a service that nobody scraped is silent too.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from examples.fleet import SERVICES

Row = Mapping[str, object]
"""One row of a view, by column."""

LEAKS = {service: function for service, (_, function) in SERVICES.items() if function}
HEALTHY = next(service for service, (_, function) in SERVICES.items() if not function)
_LEAST_PROFILES = 20
_MOST_FAILED = 0.1


def firing(rows: Iterable[Row]) -> frozenset[tuple[str, str]]:
    """Give (service, site) of every leak that fires."""
    return frozenset((str(row["service"]), str(row["site"])) for row in rows if row["state"] == "firing")


def ticket_of(row: Row, tickets: Iterable[Path]) -> Path | None:
    """Give the ticket of a leak: its name carries service and fingerprint; none when there is none."""
    service, fingerprint = str(row["service"]), str(row["fingerprint"])
    return next((path for path in sorted(tickets) if service in path.name and fingerprint in path.name), None)


def broken_promise(
    fired: AbstractSet[tuple[str, str]], rows: Sequence[Row], tickets: Sequence[Path], health: Sequence[Row]
) -> str | None:
    """Say what was promised and is not so; none when all is. `fired` is what fired at any time, `rows` what is open."""
    expected = sorted(LEAKS.items())
    for name, found in (("fired", sorted(fired)), ("are open", sorted(firing(rows)))):
        services = [service for service, _ in found]
        if services != sorted(LEAKS) or not all(map(_is_leak, found)):
            return f"expected exactly the leaks {expected}, but {found} {name}"
    for row in rows:
        if row["state"] == "firing" and ticket_of(row, tickets) is None:
            return f"there is no ticket for {row['service']} {row['fingerprint']}"
    return _unheard(health)


def _is_leak(found: tuple[str, str]) -> bool:
    """Say whether a (service, site) is one of those expected: the function itself, or a closure in it."""
    service, site = found
    function = LEAKS.get(service)
    return function is not None and (site == function or site.startswith(f"{function}."))


def _unheard(health: Sequence[Row]) -> str | None:
    """Say why the silence of the healthy service proves nothing; none when it does prove something."""
    row = next((row for row in health if row["service"] == HEALTHY), None)
    scrapes, failures = (int(str(row["scrapes"])), int(str(row["failures"]))) if row else (0, 0)
    if scrapes - failures < _LEAST_PROFILES or failures > _MOST_FAILED * scrapes:
        return f"{HEALTHY} is silent, but was hardly heard: {scrapes} scrapes, {failures} of them failed"
    return None
