"""A service that moves between partitions goes on where it was."""

from pathlib import Path

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.sqlite_log import SqliteLog
from schemas.model import LogPosition
from schemas.ports import Record
from schemas.wire.codec import PROFILES_TOPIC, encode_profile
from tests.conservation.undisturbed import run_undisturbed
from tests.doubles import SetClock
from tests.processors.fleet import BEGIN, POLICY, Fleet

SLOTS, MOVED = 60, 30


def test_life_goes_on_in_another_partition_within_one_batch(store: ClickhouseStore, tmp_path: Path) -> None:
    """Partitions were added: the later half of a service's records stands elsewhere, and nothing begins anew."""
    log = SqliteLog(
        tmp_path / "log.db", clock=SetClock(BEGIN), partitions=2, retention_seconds=1e6, retention_bytes=10**12
    )
    fleet, records = Fleet(1.0), []
    for slot in range(SLOTS):
        sent = encode_profile(fleet.scrape(slot, {"main.leak": 2 * slot + 1}), "c")
        place = LogPosition(0, slot) if slot < MOVED else LogPosition(1, slot - MOVED)
        records.append(Record(PROFILES_TOPIC, place, BEGIN, sent.key, sent.value, sent.headers))
    run_undisturbed(log, records, POLICY, store)
    log.close()
    lives = store.query("SELECT count() AS n, min(life) AS first, max(life) AS last FROM instances FINAL")
    states = store.query("SELECT state FROM anomalies FINAL ORDER BY slot")
    stored = store.query("SELECT count() AS n FROM scrapes FINAL")
    assert [dict(row) for row in (*lives, *stored)] == [{"n": 1, "first": BEGIN, "last": BEGIN}, {"n": SLOTS}]
    assert [row["state"] for row in states][:2] == ["pending", "firing"]
