"""What the loop promises: nothing lost, nothing twice, and the same decisions whenever it dies."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pyarrow as pa
import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.migrate import read_query
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.model import FailureReason, ScrapedProfile
from schemas.ports import Message, StoreUnavailableError
from schemas.wire.codec import ANOMALIES_TOPIC, PROFILES_TOPIC, decode_anomaly, encode_profile
from tests.doubles import RecordingTelemetry, SetClock
from tests.processors.fleet import BEGIN, POLICY, Fleet

TABLES = {
    "counts": "SELECT service, fingerprint, instance, slot, goroutines FROM counts FINAL ORDER BY ALL",
    "scrapes": "SELECT service, instance, slot, ok, goroutines, life FROM scrapes FINAL ORDER BY ALL",
    "anomalies": "SELECT * EXCEPT log FROM anomalies FINAL ORDER BY ALL",
    "growth": "SELECT * EXCEPT log FROM growth FINAL ORDER BY ALL",
    "stacks": "SELECT * FROM stacks FINAL ORDER BY ALL",
}


class Died(BaseException):
    """The process is gone."""


@dataclass
class MortalStore:
    """A real store; after so many inserts the process dies, before or after the insert took hold."""

    store: ClickhouseStore
    lives: int
    after: bool = False
    away: int = 0

    def insert(self, table: str, rows: pa.Table, token: str) -> None:
        """Insert, or be away, or die."""
        if self.away:
            self.away -= 1
            raise StoreUnavailableError("away")
        self.lives -= 1
        if self.lives == 0 and not self.after:
            raise Died
        self.store.insert(table, rows, token)
        if self.lives == 0:
            raise Died

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Sequence[Mapping[str, object]]:
        """Ask the real store."""
        return self.store.query(sql, parameters)

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Execute, never the end of the process: what rolls up may be repeated."""
        self.store.execute(sql, parameters)

    def close(self) -> None:
        """The fixture closes the real one."""


def recording() -> list[Message]:
    """Two services with a leak, a pool, failures and a restart: 120 slots."""
    fleet, messages = Fleet(1.0), []
    for slot in range(120):
        version = "v1" if slot < 90 else "v2"
        counts = {"main.leak": 2 * (slot % 90), "main.pool": 30, "main.odd": slot % 3}
        for instance in ("a", "b"):
            scraped = fleet.scrape(slot, counts, instance=instance, version=version)
            if slot % 17 == 5 and instance == "b":
                at = scraped.slot
                scraped = ScrapedProfile("checkout", "b", at, at, 1.0, 0.1, failure=FailureReason.TIMEOUT, error="late")
            messages.append(encode_profile(scraped, "c"))
    return messages


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """A log that holds the recording."""
    opened = SqliteLog(
        tmp_path / "log.db", clock=SetClock(BEGIN), partitions=2, retention_seconds=1e6, retention_bytes=10**12
    )
    for start in range(0, 240, 7):
        opened.append(PROFILES_TOPIC, recording()[start : start + 7])
    yield opened
    opened.close()


def live(log: SqliteLog, store: MortalStore, telemetry: RecordingTelemetry) -> bool:
    """Run one process until the log is drained; say whether it lived to the end."""
    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(log, store, SetClock(BEGIN), telemetry, queries, Event(), lambda *_, **__: None)
    processor = Processor(outside, lambda _: POLICY, batch_records=23, poll_seconds=0.0)
    consumer = log.subscribe(PROFILES_TOPIC, GROUP, "one")
    try:
        while sum(consumer.lag().values()):
            processor.turn(consumer)
    except Died:
        return False
    return True


def tables(store: ClickhouseStore) -> dict[str, Sequence[Mapping[str, object]]]:
    """Give everything that was decided and stored."""
    return {name: store.query(sql) for name, sql in TABLES.items()}


@pytest.mark.parametrize("seed", range(4))
def test_dying_anywhere_changes_nothing(seed: int, log: SqliteLog, store: ClickhouseStore, tmp_path: Path) -> None:
    """Many deaths between any two writes leave the tables of an undisturbed run."""
    chance = random.Random(seed)  # noqa: S311 a schedule of deaths, printed by the parameter
    deaths = 0
    while not live(log, MortalStore(store, chance.randint(1, 12), after=chance.random() < 0.5), RecordingTelemetry()):
        deaths += 1
    disturbed = tables(store)
    for table in ("counts", "scrapes", "anomalies", "growth", "stacks", "instances"):
        store.execute(f"TRUNCATE TABLE {table}")
    again = SqliteLog(
        tmp_path / "again.db", clock=SetClock(BEGIN), partitions=2, retention_seconds=1e6, retention_bytes=10**12
    )
    again.append("other", [Message(b"x", b"y")])
    again.append(PROFILES_TOPIC, recording())
    assert live(again, MortalStore(store, -1), RecordingTelemetry())
    again.close()
    assert (disturbed, deaths > 0) == (tables(store), True)


def test_profile_that_is_too_late_is_stored_and_counted(log: SqliteLog, store: ClickhouseStore) -> None:
    """Its slot was judged long ago: its counts are kept, it is counted as late, and nothing stops."""
    log.append(PROFILES_TOPIC, [encode_profile(Fleet(1.0).scrape(5, {"main.late": 3}, instance="c"), "c")])
    telemetry = RecordingTelemetry()
    assert live(log, MortalStore(store, -1), telemetry)
    stored = store.query("SELECT goroutines FROM counts FINAL WHERE instance = 'c'")
    assert (telemetry.counted["leakstream_late_total",], stored) == (1, ({"goroutines": 3},))


def test_leak_is_found_and_sent_on(log: SqliteLog, store: ClickhouseStore) -> None:
    """The growing stack goes through pending to firing, in the store and on the topic."""
    assert live(log, MortalStore(store, -1), RecordingTelemetry())
    stored = [
        (row["site"], row["state"])
        for row in store.query(
            "SELECT s.site AS site, a.state AS state FROM anomalies AS a FINAL"
            " INNER JOIN stacks AS s FINAL USING (service, fingerprint) WHERE a.state != a.previous ORDER BY a.slot"
        )
    ]
    sent = [decode_anomaly(record) for part in range(2) for record in log.read(ANOMALIES_TOPIC, part, 0, 100)]
    assert stored[:2] == [("main.leak", "pending"), ("main.leak", "firing")]
    assert {getattr(anomaly, "service", None) for anomaly in sent} == {"checkout"}


def test_store_that_is_away_delays_and_loses_nothing(log: SqliteLog, store: ClickhouseStore) -> None:
    """A batch that cannot be written is tried again, whole."""
    telemetry = RecordingTelemetry()
    assert live(log, MortalStore(store, -1, away=2), telemetry)
    assert (
        telemetry.counted["leakstream_store_retries_total", "server_away"],
        len(store.query(TABLES["scrapes"])),
    ) == (2, 240)


def test_garbage_in_the_topic_is_counted_and_passed_over(log: SqliteLog, store: ClickhouseStore) -> None:
    """What is no record has its reason and harms nobody."""
    log.append(PROFILES_TOPIC, [Message(b"checkout", b"\xff\xff"), Message(b"checkout", None)])
    telemetry = RecordingTelemetry()
    assert live(log, MortalStore(store, -1), telemetry)
    assert (
        telemetry.counted["leakstream_dropped_total", "decode", "malformed_record"],
        telemetry.counted["leakstream_dropped_total", "decode", "tombstone"],
        len(store.query(TABLES["scrapes"])),
    ) == (1, 1, 240)
