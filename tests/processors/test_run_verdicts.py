"""What people say takes hold at its place in the log, and dying anywhere does not move it."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.migrate import read_query
from processors.judge import Policy
from processors.run import GROUP, RESTORE, Outside, Processor
from processors.tell_expired import Expiry
from schemas.ports import Message
from schemas.say import BenignEntry, Opinion, PersonalVerdict, Source, StackPattern
from schemas.wire.codec import PROFILES_TOPIC, encode_profile
from schemas.wire.verdict import encode_verdict
from tests.doubles import RecordingTelemetry, SetClock
from tests.processors.fleet import BEGIN, POLICY, Fleet
from tests.processors.test_run import MortalStore, live

STATES = "SELECT toString(slot) AS slot, state, reason FROM anomalies FINAL WHERE state != previous ORDER BY slot"
DECIDED = (
    "SELECT * EXCEPT log FROM anomalies FINAL ORDER BY ALL",
    "SELECT * EXCEPT log FROM growth FINAL ORDER BY ALL",
    "SELECT * EXCEPT log FROM verdicts FINAL ORDER BY ALL",
)


def recording() -> list[Message]:
    """A leak of two a second; after 120 of them a person calls it harmless up to 320."""
    fleet = Fleet(1.0)
    scrapes = [fleet.scrape(slot, {"main.leak": 2 * slot, "main.pool": 30}) for slot in range(200)]
    for scraped in scrapes[:20]:
        fleet.feed(scraped)
    leak = next(stack.fingerprint for stack in fleet.memory.stacks.values() if stack.fingerprint.site == "main.leak")
    said = PersonalVerdict("checkout", leak.value, Opinion.BENIGN, "known", "ann", BEGIN, 320, BEGIN.replace(2027))
    messages = [encode_profile(scraped, "c") for scraped in scrapes]
    return [*messages[:120], encode_verdict(said), *messages[120:]]


def make_log(path: Path, messages: Sequence[Message]) -> SqliteLog:
    """Make a log that holds these messages."""
    log = SqliteLog(path, clock=SetClock(BEGIN), partitions=1, retention_seconds=1e6, retention_bytes=10**12)
    for start in range(0, len(messages), 9):
        log.append(PROFILES_TOPIC, messages[start : start + 9])
    return log


def decided(store: ClickhouseStore) -> list[Sequence[Mapping[str, object]]]:
    """Give everything that was decided."""
    return [store.query(sql) for sql in DECIDED]


@pytest.mark.parametrize("seed", range(3))
def test_dying_anywhere_moves_no_verdict(seed: int, store: ClickhouseStore, tmp_path: Path) -> None:
    """Many deaths between any two writes leave what an undisturbed run decides."""
    chance, deaths = random.Random(seed), 0  # noqa: S311 a schedule of deaths, printed by the parameter
    log = make_log(tmp_path / "log.db", recording())
    while not live(log, MortalStore(store, chance.randint(1, 9), after=chance.random() < 0.5), RecordingTelemetry()):
        deaths += 1
    disturbed = decided(store)
    for table in ("anomalies", "counts", "growth", "instances", "memories", "scrapes", "stacks", "verdicts"):
        store.execute(f"TRUNCATE TABLE {table}")
    again = make_log(tmp_path / "again.db", recording())
    assert live(again, MortalStore(store, -1), RecordingTelemetry())
    assert (disturbed, deaths > 0) == (decided(store), True)
    log.close()
    again.close()


def test_benign_verdict_resolves_until_its_limit(store: ClickhouseStore, tmp_path: Path) -> None:
    """It is stored, counted and shown in the rows that it silences."""
    log, telemetry = make_log(tmp_path / "log.db", recording()), RecordingTelemetry()
    assert live(log, MortalStore(store, -1), telemetry)
    log.close()
    reason = "harmless up to 320 goroutines until 2027-11-01, says ann: known"
    found = [(row["state"], str(row["reason"]).partition(": ")[2]) for row in store.query(STATES)]
    assert ([state for state, _ in found][:4], found[2][1]) == (["pending", "firing", "resolved", "pending"], reason)
    rows = store.query(f"SELECT count() AS n FROM growth FINAL WHERE reason = '{reason}' AND NOT candidate")  # noqa: S608 our own
    silenced = telemetry.counted["leakstream_silenced_total", "verdict"]
    assert (telemetry.counted["leakstream_verdicts_total", "benign"], rows[0]["n"]) == (1, silenced)


def run_once(
    log: SqliteLog, store: ClickhouseStore, policy: Policy, expiry: Expiry
) -> tuple[RecordingTelemetry, list[str]]:
    """Run one process until the log is drained; give its metrics and the entries that it reported."""
    telemetry, told = RecordingTelemetry(), list[str]()

    def report(_sentence: str, **fields: object) -> None:
        told.append(str(fields.get("entry", "")))

    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(log, store, SetClock(BEGIN), telemetry, queries, Event(), report)
    processor = Processor(outside, lambda _: policy, batch_records=23, poll_seconds=0.0, expiry=expiry)
    consumer = log.subscribe(PROFILES_TOPIC, GROUP, "one")
    while sum(consumer.lag().values()):
        processor.turn(consumer)
    return telemetry, [entry for entry in told if entry]


def test_table_of_benign_growth_silences_too(store: ClickhouseStore, tmp_path: Path) -> None:
    """A row that a person inserted is read when the service is met."""
    store.execute(
        "INSERT INTO benign (site, owner, reason, expires, up_to)"
        " VALUES ('main.le*', 'team-a', 'known', '2027-01-01', 100000)"
    )
    log = make_log(tmp_path / "log.db", [message for message in recording() if message.headers["kind"] != b"verdict"])
    telemetry, _ = run_once(log, store, POLICY, Expiry())
    log.close()
    assert (store.query(STATES), telemetry.counted["leakstream_silenced_total", "benign_table"] > 0) == ((), True)


def test_expired_entry_is_told_once(store: ClickhouseStore, tmp_path: Path) -> None:
    """By the slots, not by the clock of the machine."""
    entry = BenignEntry(
        *(Source.BENIGN_FILE, "benign.yml: benign[0]", "*", StackPattern(site="main.leak")),
        *("team-a", "known", BEGIN + timedelta(seconds=100), 10_000),
    )
    log = make_log(tmp_path / "log.db", recording())
    assert run_once(log, store, POLICY, Expiry((entry,)))[1] == ["benign.yml: benign[0]"]
    log.close()
