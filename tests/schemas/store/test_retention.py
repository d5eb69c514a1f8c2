"""How long rows are kept: from settings to statements, and what the engine makes of them."""

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.migrate import read_query
from leakstream.retention import keep
from schemas.ports import Store
from schemas.settings_store import RetentionSettings
from schemas.store.retention import FOR_EVER, KEPT, change_retention
from tests.store_rows import START, rows

_DAY = 86_400
_DEFAULT = RetentionSettings().by_setting()
_COUNTS = {name: days * _DAY for name, days in (("counts", 3), ("counts_hourly", 5))}


def _database(store: Store) -> str:
    """Name the database of a test."""
    return str(store.query("SELECT currentDatabase() AS name")[0]["name"])


def _tables(store: Store) -> dict[str, int]:
    """Give for how many days each table keeps its rows, as `status` reads it; 0 for ever."""
    rows_of_tables = store.query(read_query("status_tables"))
    return {str(row["table"]): int(str(row["kept_seconds"])) // _DAY for row in rows_of_tables}


def test_every_table_is_kept_as_long_as_the_settings_say(store: ClickhouseStore) -> None:
    """The defaults, in days; what the rest is understood by is kept for ever."""
    keep(store, _database(store), _DEFAULT)
    assert _tables(store) == {
        "anomalies": 400, "benign": 0, "counts": 7, "counts_daily": 400, "counts_hourly": 90, "evidence": 30,
        "evidence_requests": 30, "growth": 90, "instances": 400, "label_counts": 7, "memories": 2, "rollup_hours": 90,
        "schema_migrations": 0, "scrapes": 90, "stacks": 0, "ticket_moves": 400, "tickets": 400,
        "verdicts": 0,
    }  # fmt: skip


def test_every_table_is_kept_for_a_while_or_for_ever_by_decision(store: ClickhouseStore) -> None:
    """A new table has to say which."""
    assert {*_tables(store)} == {kept.table for kept in KEPT} | {*FOR_EVER, "memories"}


def test_what_is_as_the_settings_say_is_left_alone(store: ClickhouseStore) -> None:
    """The second start changes nothing; another length changes the tables it is about."""
    database = _database(store)
    assert [statement.split()[2] for statement in keep(store, database, _DEFAULT)] == [
        f"{database}.{kept.table}"
        for kept in KEPT
        if kept.setting != "evidence"  # the schema has their default
    ]
    assert keep(store, database, _DEFAULT) == ()
    assert keep(store, database, {**_DEFAULT, **_COUNTS}) == (
        f"ALTER TABLE {database}.counts MODIFY TTL toDateTime(slot) + toIntervalSecond({3 * _DAY})",
        f"ALTER TABLE {database}.counts_hourly MODIFY TTL hour + toIntervalSecond({5 * _DAY})",
        f"ALTER TABLE {database}.rollup_hours MODIFY TTL hour + toIntervalSecond({5 * _DAY})",
    )


def test_a_dry_run_says_and_does_nothing(store: ClickhouseStore) -> None:
    """What a start would change can be read before."""
    planned = keep(store, _database(store), _DEFAULT, dry_run=True)
    assert keep(store, _database(store), _DEFAULT) == planned


def test_what_is_not_there_yet_is_as_the_schema_will_make_it(store: ClickhouseStore) -> None:
    """A dry run on an empty database says what a real one does."""
    assert change_retention({}, _DEFAULT, _database(store)) == keep(store, _database(store), _DEFAULT)


def test_a_cluster_keeps_rows_in_its_replicated_tables() -> None:
    """A Distributed table has no time to live."""
    engines = {f"{kept.table}_local": f"E TTL x + toIntervalSecond({_DEFAULT[kept.setting]})" for kept in KEPT[1:]}
    assert change_retention(engines, _DEFAULT, "leak", "fleet") == (
        f"ALTER TABLE leak.counts_local ON CLUSTER 'fleet' MODIFY TTL toDateTime(slot) + toIntervalSecond({7 * _DAY})",
    )


@pytest.mark.parametrize(
    "ttl",
    ["toDateTime(slot) + toIntervalDay(9), slot + toIntervalDay(1) TO VOLUME 'cold'", "slot + toIntervalMonth(1)"],
)
def test_a_time_to_live_of_somebody_elses_shape_stays(ttl: str) -> None:
    """Who has moved old rows to another disk has done so on purpose."""
    engines = {kept.table: f"MergeTree ORDER BY a TTL {ttl} SETTINGS index_granularity = 8192" for kept in KEPT}
    assert change_retention(engines, _DEFAULT, "leak") == ()


def test_rows_that_are_too_old_go(store: ClickhouseStore) -> None:
    """The engine deletes them when it merges."""
    store.insert("counts", rows("counts", {}, {"slot": START.replace(year=2105)}), "t")
    keep(store, _database(store), {**_DEFAULT, "counts": _DAY})
    store.execute("OPTIMIZE TABLE counts FINAL")
    assert store.query("SELECT toYear(slot) AS year FROM counts") == ({"year": 2105},)
