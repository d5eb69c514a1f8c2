"""counts -> rollups: totals of a stack by the hour and by the day, made by the store itself.

Rule 1: a rollup is made anew from what is stored, never added to: duplicates, replays and late profiles change nothing.
Rule 2: what is due stands in the store (`rollup_hours`), so a restart, a move or a death forgets nothing.
Rule 3: a rollup that fails is tried again; it never holds ingestion up, and counts are kept for days.

Who holds partition 0 does it, for all services; two who believe that they do write the same rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.ports import Store, StoreRefusedError, StoreUnavailableError
from schemas.telemetry import Telemetry

ROLLUPS = ("rollup_due", "rollup_hourly", "rollup_daily", "rollup_done")


@dataclass(frozen=True, slots=True)
class DueHour:
    """One hour of some services with the same longest interval; `asked_at` is up to when it may count as rolled up."""

    hour: datetime
    step_ms: int
    services: tuple[str, ...]
    asked_at: datetime


@dataclass(slots=True)
class RollUps:
    """When to look, and by which statements (the names in ROLLUPS).

    `quiet_seconds` passed since the last profile of an hour; `at_once` hours of services are made in one turn, some
    seconds of work of the store.
    """

    queries: Mapping[str, str]
    every_seconds: float = 60.0
    quiet_seconds: int = 120
    at_once: int = 500
    next_at: datetime | None = None

    def turn(self, store: Store, telemetry: Telemetry, report: Callable[..., None], now: datetime) -> None:
        """Roll up what is due, if it is time to look; at once again while there is more."""
        if self.next_at is not None and now < self.next_at:
            return
        self.next_at = now + timedelta(seconds=self.every_seconds)
        try:
            rolled = roll_up(store, self.queries, self.quiet_seconds, self.at_once)
        except (StoreUnavailableError, StoreRefusedError) as error:
            telemetry.add("leakstream_rollup_failures_total")
            report("counts cannot be rolled up now; trying again", error=str(error))
            return
        telemetry.add("leakstream_rollup_hours_total", rolled)
        if rolled >= self.at_once:
            self.next_at = now


def roll_up(store: Store, queries: Mapping[str, str], quiet_seconds: int, limit: int) -> int:
    """Make the oldest hours that are due anew, and their days; give how many hours of services they were."""
    rows = store.query(queries["rollup_due"], {"quiet_seconds": quiet_seconds, "limit": limit})
    due = group_due(rows)
    for item in due:
        services = {"services": list(item.services)}
        store.execute(queries["rollup_hourly"], {**services, "hour": item.hour, "step_ms": item.step_ms})
    for day, names in group_days(due).items():
        store.execute(queries["rollup_daily"], {"services": names, "day": day})
    for item in due:
        noted = {"services": list(item.services), "hour": item.hour, "asked_at": item.asked_at}
        store.execute(queries["rollup_done"], noted)
    return len(rows)


def group_due(rows: Iterable[Mapping[str, object]]) -> tuple[DueHour, ...]:
    """Put services together that one statement can do, in the order of the rows."""
    found: dict[tuple[datetime, int], list[str]] = {}
    asked_at = None
    for row in rows:
        hour, asked_at = _time(row["hour"]), asked_at or _time(row["asked_at"])
        step_ms = max(1, round(1000 * float(str(row["interval_seconds"]))))
        found.setdefault((hour, step_ms), []).append(str(row["service"]))
    return tuple(DueHour(hour, step, tuple(names), asked_at or hour) for (hour, step), names in found.items())


def group_days(due: Sequence[DueHour]) -> Mapping[str, list[str]]:
    """Give the days that these hours belong to, as `YYYY-MM-DD`, each with its services, sorted."""
    days: dict[str, set[str]] = {}
    for item in due:
        days.setdefault(item.hour.date().isoformat(), set()).update(item.services)
    return {day: sorted(names) for day, names in days.items()}


def _time(value: object) -> datetime:
    """Let a time of the store through."""
    if not isinstance(value, datetime):
        raise StoreRefusedError(f"not a time: {value!r}")
    return value
