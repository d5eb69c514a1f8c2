"""Rollups on the engine: what they say, and that nothing that happens to rows on their way changes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.migrate import read_query
from processors.roll_up import ROLLUPS, DueHour, RollUps, group_due, roll_up
from schemas.ports import Store, StoreRefusedError, StoreUnavailableError
from tests.doubles import RecordingTelemetry
from tests.store_rows import START, minute, rows

_QUERIES = {name: read_query(name) for name in ROLLUPS}
_TOKENS = count()
_HOURLY = "SELECT lowest, average, highest, last, instances, seconds FROM counts_hourly FINAL ORDER BY ALL"
_TABLES = ("counts_hourly", "counts_daily")


def _insert(store: Store, table: str, *given: Mapping[str, object]) -> None:
    """Insert rows under a token that was never used."""
    store.insert(table, rows(table, *given), f"token-{next(_TOKENS)}")


def _scrape(store: Store, at: int, goroutines: Mapping[str, int], interval_seconds: float = 60.0) -> None:
    """Store profiles of one slot: goroutines in the one stack, by instance; a missing stack is -1."""
    slot = minute(at)
    shown = [{"instance": name, "slot": slot, "goroutines": held} for name, held in goroutines.items() if held >= 0]
    if shown:
        _insert(store, "counts", *shown)
    every = {"slot": slot, "interval_seconds": interval_seconds}
    _insert(store, "scrapes", *({"instance": name, **every} for name in goroutines))
    hour = slot.replace(minute=0)
    _insert(store, "rollup_hours", {"hour": hour, "interval_seconds": interval_seconds})


def _roll(store: Store) -> int:
    """Roll up all that is due, however young."""
    return roll_up(store, _QUERIES, 0, 1_000)


def _all(store: Store) -> Sequence[Sequence[Mapping[str, object]]]:
    """Give both rollups, whole."""
    sql = "SELECT * FROM {table:Identifier} FINAL ORDER BY ALL"
    return [store.query(sql, {"table": table}) for table in _TABLES]


def test_an_hour_is_lowest_mean_highest_and_last_total(store: Store) -> None:
    """A total is over the instances of one slot, never over time."""
    for at, held in enumerate(({"a": 1, "b": 2}, {"a": 5, "b": 2}, {"a": 2, "b": 2})):
        _scrape(store, at, held)
    assert _roll(store) == 1
    assert store.query("SELECT * FROM counts_hourly FINAL") == (
        {
            "service": "checkout",
            "fingerprint": 255,
            "hour": START,
            "lowest": 3,
            "average": 14 / 3,
            "highest": 7,
            "last": 4,
            "instances": 2,
            "seconds": 180,
            "counted": 12,
        },
    )


def test_a_stack_that_is_not_shown_is_a_total_of_nothing(store: Store) -> None:
    """A slot that was scraped and does not show the stack counts as 0; one that was not scraped does not count."""
    for at, held in ((0, -1), (1, 6), (2, 0), (3, -1), (9, -1)):
        _scrape(store, at, {"a": held})
    _insert(store, "scrapes", {"slot": minute(20), "ok": False})
    _roll(store)
    expected = {"lowest": 0, "average": 6 / 5, "highest": 6, "last": 0, "instances": 1, "seconds": 300}
    assert store.query(_HOURLY) == (expected,)


def test_instances_of_two_intervals_are_counted_once_each(store: Store) -> None:
    """The step is the longer interval; of an instance that is scraped more often its newest count stands for it."""
    for at in range(10):
        held = {"often": at} | ({"seldom": 100} if at % 5 == 0 else {})
        _scrape(store, at, held, 300.0 if at % 5 == 0 else 60.0)
    _roll(store)
    expected = {"lowest": 104, "average": 106.5, "highest": 109, "last": 109, "instances": 2, "seconds": 600}
    assert store.query(_HOURLY) == (expected,)


def test_a_stack_that_only_vanished_has_no_row(store: Store) -> None:
    """A single zero says that a stack of the hour before is gone."""
    _scrape(store, 0, {"a": 0})
    _roll(store)
    assert store.query(_HOURLY) == ()


def test_a_day_weighs_its_hours_by_the_time_that_was_scraped(store: Store) -> None:
    """Two slots of the first hour and one of the fourth are three slots; hours nobody scraped are no zeros."""
    for at, held in ((0, 10), (1, 20), (180, 60)):
        _scrape(store, at, {"a": held})
    _roll(store)
    assert store.query("SELECT * FROM counts_daily FINAL") == (
        {
            "service": "checkout",
            "fingerprint": 255,
            "day": START.date(),
            "lowest": 10,
            "average": 30.0,
            "highest": 60,
            "last": 60,
            "instances": 1,
            "seconds": 180,
            "counted": 6,
        },
    )


def test_services_of_one_hour_are_apart(store: Store) -> None:
    """One statement makes many services, whatever they are called; each has rows of its own."""
    odd = "ca'rt\\ {x}, 'shop'\t"
    for service in (odd, "shop"):
        _insert(store, "counts", {"service": service, "goroutines": len(service)})
        _insert(store, "scrapes", {"service": service})
        _insert(store, "rollup_hours", {"service": service, "interval_seconds": float(len(service))})
    assert (_roll(store), _roll(store)) == (2, 2)  # within a minute of being stored they stay due
    found = store.query("SELECT service, last FROM counts_hourly FINAL ORDER BY service")
    assert found == ({"service": odd, "last": len(odd)}, {"service": "shop", "last": 4})


@given(data=st.data())
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])  # it empties what it filled
def test_duplicates_replays_and_late_profiles_change_nothing(data: st.DataObject, store: ClickhouseStore) -> None:
    """Whatever comes twice, late or in another order, with rollups in between: the same rows in the end."""
    slots = data.draw(st.lists(st.integers(0, 179), min_size=1, max_size=5, unique=True))
    profiles = [(at, {"a": at % 7, "b": at % 3}) for at in sorted(slots)]
    for at, held in profiles:
        _scrape(store, at, held)
    _roll(store)
    undisturbed = _all(store)
    _forget(store)
    for at, held in data.draw(st.permutations([*profiles, *profiles])):
        _scrape(store, at, held)
        if data.draw(st.booleans()):
            _roll(store)
    _roll(store)
    assert _all(store) == undisturbed
    _forget(store)


def _forget(store: Store) -> None:
    """Empty what a law filled."""
    for table in ("counts", "scrapes", "rollup_hours", *_TABLES):
        store.execute(f"TRUNCATE TABLE {table}")


def test_counts_that_are_gone_leave_the_rollup_as_it_was(store: Store) -> None:
    """A profile that comes after the counts of its hour went does not replace the whole hour by itself."""
    for at in range(5):
        _scrape(store, at, {"a": 9})
    _roll(store)
    whole = store.query(_HOURLY)
    store.execute("TRUNCATE TABLE counts")
    store.execute("TRUNCATE TABLE scrapes")
    _scrape(store, 30, {"a": 1})
    _roll(store)
    assert store.query(_HOURLY) == whole


def test_an_hour_is_made_once_it_is_quiet(store: Store) -> None:
    """While its profiles still come it is left for later; a statement for each profile would cost too much."""
    _scrape(store, 0, {"a": 1})
    assert (roll_up(store, _QUERIES, 60, 10), store.query(_HOURLY)) == (0, ())


def test_what_is_rolled_up_is_due_again_only_with_new_profiles(store: Store) -> None:
    """An hour that was stored well before it was read is done until a profile of it comes."""
    _insert(store, "rollup_hours", {})
    store.execute("INSERT INTO rollup_hours (service, hour, stored_at, rolled_at) VALUES ('checkout', 0, 0, now64(3))")
    done = {"services": ["checkout"], "hour": START, "asked_at": datetime(2100, 1, 1, tzinfo=UTC)}
    store.execute(_QUERIES["rollup_done"], done)
    assert _roll(store) == 0


def test_a_group_is_an_hour_of_services_with_one_interval() -> None:
    """One statement has one hour and one step."""
    common = {"hour": START, "asked_at": minute(9)}
    given = [
        {"service": name, "interval_seconds": seconds, **common}
        for name, seconds in (("a", 60.0), ("b", 0.5), ("c", 60))
    ]
    assert group_due(given) == (
        DueHour(START, 60_000, ("a", "c"), minute(9)),
        DueHour(START, 500, ("b",), minute(9)),
    )


@dataclass
class _FailingStore:
    """A store that cannot roll up, for the reason it is given."""

    error: Exception
    asked: list[object] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        """Never asked."""
        raise AssertionError((table, rows, token))

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Mapping[str, object]]:
        """Fail."""
        self.asked.append((sql, parameters))
        raise self.error

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Never asked."""
        raise AssertionError((sql, parameters))

    def close(self) -> None:
        """Nothing to close."""

    def report(self, sentence: str, **_: object) -> None:
        """Remember what was said."""
        self.said.append(sentence)


@pytest.mark.parametrize("error", [StoreUnavailableError("away"), StoreRefusedError("no")])
def test_a_rollup_that_fails_is_tried_again_later(error: Exception) -> None:
    """It is counted and told, the next look is a minute later, and nothing else stops."""
    store, telemetry, rollups = _FailingStore(error), RecordingTelemetry(), RollUps(_QUERIES)
    for seconds in (0, 59, 60):
        rollups.turn(store, telemetry, store.report, START + timedelta(seconds=seconds))
    assert (len(store.asked), len(store.said), telemetry.counted["leakstream_rollup_failures_total",]) == (2, 2, 2)


def test_a_backlog_is_made_without_waiting(store: Store) -> None:
    """While a turn finds as much as it may do, the next one follows at once."""
    for at in (0, 60, 120):
        _scrape(store, at, {"a": 1})
    telemetry, rollups = RecordingTelemetry(), RollUps(_QUERIES, quiet_seconds=0, at_once=3)
    rollups.turn(store, telemetry, lambda *_, **__: None, START)
    assert (telemetry.counted["leakstream_rollup_hours_total",], rollups.next_at) == (3, START)
