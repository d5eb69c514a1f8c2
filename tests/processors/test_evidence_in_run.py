"""The evidence step in the loop: asked for once, weighed, stored, and the same whenever the processor dies."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.migrate import read_query
from processors.ask_evidence import AskPolicy
from processors.pipeline import count_profile
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.evidence import EvidenceRequest
from schemas.model import FailureReason, Kind, LogPosition, ScrapedProfile
from schemas.ports import LogUnavailableError, Message
from schemas.wire.codec import PROFILES_TOPIC, encode_profile
from schemas.wire.request import REQUESTS_TOPIC, decode_request
from tests.doubles import RecordingTelemetry, SetClock
from tests.processors.evidence import name_dumped, read, write_heap
from tests.processors.fleet import BEGIN, POLICY, Fleet
from tests.processors.test_run import Died, MortalStore

SLOTS = 120
ASKING = AskPolicy((Kind.TEXT, Kind.LEAK, Kind.HEAP), cool_down_seconds=5.0)
DUMP = b"goroutine 7 [chan send, 9 minutes]:\nmain.leak()\n\t/m.go:1 +0x1\nmain.main()\n\t/m.go:2 +0x1\n"
TABLES = {
    "evidence": "SELECT * EXCEPT (stored_at, log) FROM evidence FINAL ORDER BY ALL",
    "evidence_requests": "SELECT * EXCEPT (stored_at, log) FROM evidence_requests FINAL ORDER BY ALL",
    "scrapes": "SELECT service, instance, slot, ok, goroutines, life FROM scrapes FINAL ORDER BY ALL",
}


def recording() -> list[Message]:
    """A leak on two instances, and from slot 60 on now and then a piece of evidence among the scrapes."""
    fleet, messages = Fleet(1.0), []
    for slot in range(SLOTS):
        for instance in ("a", "b"):
            scraped = fleet.scrape(slot, {"main.leak": 2 * slot, "main.pool": 30}, instance=instance)
            messages.append(encode_profile(scraped, "c"))
            if slot >= 60 and slot % 20 == 0:
                messages += [encode_profile(one, "c") for one in evidence_beside(scraped)]
    return messages


def evidence_beside(scraped: ScrapedProfile) -> list[ScrapedProfile]:
    """Give a dump, a profile, a reading of memory and a failure, as a collector answers."""
    dump = replace(scraped, profile=DUMP, kind=Kind.TEXT, asked_for=7)
    leaks = replace(scraped, profile=read("go1.27.3.leaked.pb.gz"), kind=Kind.LEAK, asked_for=7)
    if scraped.instance == "a":
        goroutines, leak = count_leak(scraped)
        body = write_heap(2**20 + 16_384 * goroutines, 4_096 * goroutines)
        return [dump, leaks, replace(scraped, profile=body, kind=Kind.HEAP, asked_for=leak)]
    return [dump, replace(leaks, profile=None, failure=FailureReason.GUARDED, error="not taken: too large")]


def count_leak(scraped: ScrapedProfile) -> tuple[int, int]:
    """Give the goroutines of the leak in a profile, and its fingerprint."""
    counts = count_profile(scraped).reading.counts()
    return next((one.goroutines, one.fingerprint.value) for one in counts if one.fingerprint.site == "main.leak")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """A log that holds the recording."""
    opened = make_log(tmp_path / "log.db")
    for start in range(0, len(recording()), 7):
        opened.append(PROFILES_TOPIC, recording()[start : start + 7])
    yield opened
    opened.close()


def make_log(path: Path) -> SqliteLog:
    """Open a log."""
    return SqliteLog(path, clock=SetClock(BEGIN), partitions=2, retention_seconds=1e6, retention_bytes=10**12)


@dataclass
class NoRequests:
    """A log without the topic of requests, as a broker before `topics apply`."""

    log: SqliteLog

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Refuse requests."""
        if topic == REQUESTS_TOPIC:
            raise LogUnavailableError("no such topic")
        return self.log.append(topic, messages)

    def __getattr__(self, name: str) -> object:
        return getattr(self.log, name)


def live(log: SqliteLog | NoRequests, store: MortalStore, telemetry: RecordingTelemetry) -> Processor | None:
    """Run one process until the log is drained; None when it died."""
    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(log, store, SetClock(BEGIN), telemetry, queries, Event(), lambda *_, **__: None)  # type: ignore[arg-type]  # NoRequests passes the rest on
    processor = Processor(outside, lambda _: POLICY, batch_records=23, poll_seconds=0.0, asking=ASKING)
    consumer = (log.log if isinstance(log, NoRequests) else log).subscribe(PROFILES_TOPIC, GROUP, "one")
    try:
        while sum(consumer.lag().values()):
            processor.turn(consumer)
    except Died:
        return None
    return processor


def tables(store: ClickhouseStore) -> dict[str, Sequence[Mapping[str, object]]]:
    """Give what was stored; rows whose profile differs are not equal."""
    return {name: store.query(sql) for name, sql in TABLES.items()}


def requests(log: SqliteLog) -> list[EvidenceRequest]:
    """Give what was asked for, repeats among it, by slot."""
    records = [record for part in range(2) for record in log.read(REQUESTS_TOPIC, part, 0, 1_000)]
    found = [request for record in records if isinstance(request := decode_request(record), EvidenceRequest)]
    return sorted(found, key=lambda request: request.slot)


def test_suspect_is_asked_for_on_its_worst_instance(log: SqliteLog, store: ClickhouseStore) -> None:
    """With all that the guard of a target needs to know, of the newest profile; what was asked is stored."""
    telemetry = RecordingTelemetry()
    assert live(log, MortalStore(store, -1), telemetry)
    first = requests(log)[0]
    seconds = round((first.slot - BEGIN).total_seconds())
    leak = {row["fingerprint"] for row in store.query("SELECT fingerprint FROM stacks WHERE site = 'main.leak'")}
    assert first == EvidenceRequest(
        "checkout", "a", first.fingerprint, (Kind.TEXT, Kind.LEAK), first.slot, 2 * (seconds + 2) + 30, BEGIN
    )
    assert leak == {first.fingerprint}
    stored = store.query("SELECT slot FROM evidence_requests FINAL ORDER BY slot")
    assert [row["slot"] for row in stored] == [request.slot for request in requests(log)]
    assert telemetry.counted["leakstream_evidence_requests_total", "sent"] == len(requests(log))


def test_evidence_is_stored_with_its_bytes_and_counts_as_no_scrape(log: SqliteLog, store: ClickhouseStore) -> None:
    """Three slots with evidence on two instances, one of them guarded."""
    processor = live(log, MortalStore(store, -1), RecordingTelemetry())
    assert processor
    rows = store.query(
        "SELECT instance, kind, ok, reason, goroutines, bytes, base64Encode(profile) AS profile, count() AS slots"
        " FROM evidence FINAL WHERE kind != 'heap' GROUP BY ALL ORDER BY instance, kind"
    )
    assert [(*tuple(row.values())[:6], row["slots"]) for row in rows] == [
        ("a", "goroutine-text", True, "", 1, len(DUMP), 3),
        ("a", "goroutineleak", True, "", 7, len(read("go1.27.3.leaked.pb.gz")), 3),
        ("b", "goroutine-text", True, "", 1, len(DUMP), 3),
        ("b", "goroutineleak", False, "guarded", 0, 0, 3),
    ]
    assert store.query("SELECT count() AS n FROM scrapes FINAL") == ({"n": 2 * SLOTS},)
    read_rows = store.query("SELECT instance, ok, goroutines FROM evidence FINAL WHERE kind = 'heap' ORDER BY slot")
    assert [tuple(row.values()) for row in read_rows] == [("a", True, 2 * slot + 30) for slot in (60, 80, 100)]
    evidence = processor.services["checkout"].evidence
    assert evidence[name_dumped("chan send", "main.send.func1").value].proven == 7


@pytest.mark.parametrize("seed", range(3))
def test_dying_anywhere_loses_no_evidence_and_asks_for_nothing_new(
    seed: int, log: SqliteLog, store: ClickhouseStore, tmp_path: Path
) -> None:
    """Many deaths leave the tables of an undisturbed run; what is asked again is a repeat of what was asked."""
    chance = random.Random(seed)  # noqa: S311 a schedule of deaths, printed by the parameter
    deaths = 0
    while not live(log, MortalStore(store, chance.randint(1, 12), after=chance.random() < 0.5), RecordingTelemetry()):
        deaths += 1
    disturbed, asked = tables(store), requests(log)
    for table in ("counts", "scrapes", "anomalies", "growth", "stacks", "instances", "evidence", "evidence_requests"):
        store.execute(f"TRUNCATE TABLE {table}")
    again = make_log(tmp_path / "again.db")
    again.append(PROFILES_TOPIC, recording())
    assert live(again, MortalStore(store, -1), RecordingTelemetry())
    undisturbed, wanted = tables(store), requests(again)
    again.close()
    positions = ("log_partition", "log_offset")
    assert deaths > 0
    assert _without(disturbed, positions) == _without(undisturbed, positions)
    assert list(dict.fromkeys(asked)) == wanted


def _without(found: Mapping[str, Sequence[Mapping[str, object]]], columns: Sequence[str]) -> object:
    """Leave some columns out."""
    return {name: [{k: v for k, v in row.items() if k not in columns} for row in rows] for name, rows in found.items()}


def test_missing_topic_of_requests_holds_nothing_up(log: SqliteLog, store: ClickhouseStore) -> None:
    """A broker before `topics apply`: evidence is wanted, and not needed."""
    telemetry = RecordingTelemetry()
    assert live(NoRequests(log), MortalStore(store, -1), telemetry)
    assert telemetry.counted["leakstream_evidence_requests_total", "dropped"] > 0
    assert store.query("SELECT count() AS n FROM scrapes FINAL") == ({"n": 2 * SLOTS},)
