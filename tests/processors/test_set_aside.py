"""What both loops promise of what they cannot process: kept with its bytes, once; too much of it stops them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.dead_topics import list_letters
from leakstream.migrate import read_queries, read_query
from processors.admit import Bounds
from processors.dead_letters import DeadLettersError, Limit
from processors.deliver import GROUP as NOTIFY_GROUP
from processors.deliver import Deliverer, Desk
from processors.look_back import look_back
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.model import LogPosition
from schemas.ports import Message, MessageTooLargeError
from schemas.tickets import Delivered, Order
from schemas.wire.codec import ANOMALIES_TOPIC, PROFILES_TOPIC, encode_anomaly, encode_profile
from schemas.wire.dead import DEAD_REASONS, read_letter
from tests.doubles import RecordingTelemetry, SetClock
from tests.processors.fleet import BEGIN, POLICY, Fleet
from tests.processors.test_run import TABLES, Died
from tests.ticket_maker import make_anomaly

DEAD = f"{PROFILES_TOPIC}.dead"
GARBAGE = Message(b"checkout", b"\xff\xff")
LIMIT = Limit(consecutive=5, ratio=0.9, window_records=1000)


@dataclass
class Deaths:
    """After so many appends to a dead topic the process dies, before or after the append took hold."""

    left: int = -1
    after: bool = False
    largest_bytes: int = 10**9


class MortalLog(SqliteLog):
    """A real log that may die under the process and refuses what is too large."""

    deaths: Deaths = Deaths()

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Append, or refuse, or die."""
        for index, message in enumerate(messages):
            if len(message.value or b"") > self.deaths.largest_bytes:
                raise MessageTooLargeError(index, "too large")
        if topic.endswith(".dead"):
            self.deaths.left -= 1
            if self.deaths.left == 0 and not self.deaths.after:
                raise Died
        added = super().append(topic, messages)
        if topic.endswith(".dead") and self.deaths.left == 0:
            raise Died
        return added


@pytest.fixture
def log(tmp_path: Path) -> Iterator[MortalLog]:
    """An empty log with one partition."""
    opened = MortalLog(
        tmp_path / "log.db", clock=SetClock(BEGIN), partitions=1, retention_seconds=1e6, retention_bytes=10**12
    )
    opened.deaths = Deaths()
    yield opened
    opened.close()


@dataclass
class Life:
    """One process with the loop of the profiles: `run` drains the log and says how it ended."""

    log: MortalLog
    store: ClickhouseStore
    limit: Limit = LIMIT
    bounds: Bounds = field(default_factory=Bounds)
    telemetry: RecordingTelemetry = field(default_factory=RecordingTelemetry)
    committed: int = 0

    def run(self, batch_records: int = 7) -> str:
        """Drain the log; give the reason of an early end, empty when everything was committed."""
        queries = {name: read_query(name) for name in RESTORE}
        outside = Outside(
            self.log, self.store, SetClock(BEGIN), self.telemetry, queries, Event(), lambda *_, **__: None
        )
        processor = Processor(outside, lambda _: POLICY, batch_records, 0.0, self.bounds, self.limit)
        consumer = self.log.subscribe(PROFILES_TOPIC, GROUP, "one")
        try:
            while sum(consumer.lag().values()):
                processor.turn(consumer)
        except (Died, DeadLettersError) as error:
            return str(error) or "died"
        finally:
            self.committed = consumer.committed(0)
        return ""


def good(slot: int, service: str = "checkout") -> Message:
    """Make a record that can be processed."""
    return encode_profile(replace(Fleet().scrape(slot, {"main.run": 3}), service=service), "c1")


def malformed(slot: int) -> Message:
    """Make a record whose profile is none."""
    return encode_profile(replace(Fleet().scrape(slot, {}), profile=b"no profile"), "c1")


def dead(log: SqliteLog) -> list[tuple[str, str]]:
    """Give original place and reason of each dead letter, in order."""
    return [(found.letter.original, found.letter.reason) for found in list_letters(log, lambda _: True, None)]


def places(offsets: Sequence[int], reason: str = "malformed_record") -> list[tuple[str, str]]:
    """Name records of the topic with one reason."""
    return [(f"{PROFILES_TOPIC}[0]@{offset}", reason) for offset in offsets]


def test_every_outcome_has_its_letter_and_the_good_are_stored(log: MortalLog, store: ClickhouseStore) -> None:
    """Null, empty, wrong version, garbage, future, too large, no profile: the next service's data is stored."""
    life = Life(log, store, bounds=Bounds(record_bytes=100_000))
    records = [
        Message(b"k", None),
        Message(b"k", b""),
        replace(good(0), headers={"schema-version": b"9"}),
        good(0),
        GARBAGE,
        good(11),
        Message(b"k", b"x" * 100_001),
        malformed(1),
        good(0, "cart"),
    ]
    log.append(PROFILES_TOPIC, records)
    reasons = {
        1: "empty_record",
        2: "unknown_schema_version",
        4: "malformed_record",
        5: "from_the_future",
        6: "oversized_record",
        7: "malformed_profile",
    }
    assert (life.run(), dead(log)) == ("", [(f"{PROFILES_TOPIC}[0]@{at}", name) for at, name in reasons.items()])
    stored = [(row["service"], row["ok"]) for row in store.query(TABLES["scrapes"])]
    assert stored == [("cart", True), ("checkout", True), ("checkout", False)]
    assert sorted(reasons.values()) == sorted(DEAD_REASONS)
    kept = [record.value for record in log.read(DEAD, 0, 0, 100)]
    assert kept == [records[at].value for at in reasons]
    counted = {key: number for key, number in life.telemetry.counted.items() if "dead" in key[0] or "dropped" in key[0]}
    letters = {("leakstream_dead_letters_total", PROFILES_TOPIC, name): 1 for name in reasons.values()}
    left_out = [name for name in (*reasons.values(), "tombstone") if name != "malformed_profile"]
    assert counted == letters | {("leakstream_dropped_total", "decode", name): 1 for name in left_out}


def test_record_of_fifty_megabytes_stalls_nobody(log: MortalLog, store: ClickhouseStore) -> None:
    """It is put aside whole, and what follows is stored."""
    log.append(PROFILES_TOPIC, [Message(b"k", b"\xff" * 50_000_000), good(0)])
    assert (Life(log, store).run(), dead(log)) == ("", places([0]))
    (letter,) = look_back(log, DEAD, 0)
    assert (len(letter.value or b""), len(store.query(TABLES["scrapes"]))) == (50_000_000, 1)


@pytest.mark.parametrize("seed", range(4))
def test_garbage_among_good_is_kept_once_whatever_dies(seed: int, log: MortalLog, store: ClickhouseStore) -> None:
    """Deaths before and after the dead letters are written leave one letter for each, and every good record stored."""
    chance = random.Random(seed)  # noqa: S311 a schedule of deaths, printed by the parameter
    bad = [slot for slot in range(60) if slot % 4 == 1]
    log.append(PROFILES_TOPIC, [GARBAGE if slot in bad else good(slot % 10, f"s{slot // 10}") for slot in range(60)])
    deaths = 0
    while deaths < 6:
        log.deaths = Deaths(chance.randint(1, 3), after=chance.random() < 0.7)
        if Life(log, store).run() == "":
            break
        deaths += 1
    log.deaths = Deaths()
    assert (Life(log, store).run(), deaths > 0) == ("", True)
    assert (sorted(dead(log)), len(store.query(TABLES["scrapes"]))) == (sorted(places(bad)), 45)


def test_copies_that_a_death_left_are_one_when_listed(log: MortalLog, store: ClickhouseStore) -> None:
    """Put aside and not committed: put aside again, and folded by its origin."""
    log.append(PROFILES_TOPIC, [GARBAGE, good(0)])
    log.deaths = Deaths(1, after=True)
    assert (Life(log, store).run(), Life(log, store).run()) == ("died", "")
    assert (log.bounds(DEAD, 0), dead(log)) == ((0, 2), places([0]))


def test_topic_of_garbage_stops_the_loop_with_a_message(log: MortalLog, store: ClickhouseStore) -> None:
    """Nothing of the batch that passed the limit is put aside or committed; the good records before it are."""
    log.append(PROFILES_TOPIC, [good(0), good(1), *[GARBAGE] * 100])
    life = Life(log, store)
    assert life.run(batch_records=4) == (
        f"{PROFILES_TOPIC}[0]: 6 records in a row cannot be processed (malformed_record 6), so this stops rather than "
        f"drain the topic into {DEAD}; the last: {PROFILES_TOPIC}[0]@7: not a record of this topic: "
        r"b'\xff\xff'. Look at them with `leakstream dead-letters list`, mend the cause and start again, "
        "or raise dead_letters.consecutive or dead_letters.ratio in the settings to pass over them"
    )
    assert (dead(log), life.committed, len(store.query(TABLES["scrapes"]))) == (places([2, 3]), 4, 2)


def test_restart_stops_where_it_stopped_and_puts_no_more_aside(log: MortalLog, store: ClickhouseStore) -> None:
    """However often it is started; a raised limit lets it through, and then the good records behind are stored."""
    log.append(PROFILES_TOPIC, [*[GARBAGE] * 12, good(0)])
    ends = []
    for _ in range(5):
        life = Life(log, store)
        ends.append((bool(life.run(batch_records=1)), life.committed, len(dead(log))))
    assert ends == [(True, 5, 5)] * 5
    assert Life(log, store, replace(LIMIT, consecutive=12)).run() == ""
    assert (dead(log), len(store.query(TABLES["scrapes"]))) == (places(range(12)), 1)


def test_share_that_is_too_large_stops_the_loop(log: MortalLog, store: ClickhouseStore) -> None:
    """Also when a good record comes now and then."""
    log.append(PROFILES_TOPIC, [good(at // 3) if at % 3 == 0 else GARBAGE for at in range(60)])
    ended = Life(log, store, Limit(consecutive=5, ratio=0.5, window_records=20)).run()
    assert "13 of 20 records cannot be processed (malformed_record 13)" in ended


def test_target_without_profiles_stops_nobody(log: MortalLog, store: ClickhouseStore) -> None:
    """Each is a failed scrape in the store and a letter with its bytes, and never too many."""
    log.append(PROFILES_TOPIC, [malformed(slot) for slot in range(11)])
    life = Life(log, store, replace(LIMIT, ratio=0.1, window_records=5))
    assert (life.run(), dead(log)) == ("", places(range(11), "malformed_profile"))
    stored = [(row["ok"], row["reason"]) for row in store.query("SELECT ok, reason FROM scrapes FINAL")]
    assert stored == [(False, "malformed_profile")] * 11


def test_letter_that_the_log_never_takes_keeps_its_beginning(log: MortalLog, store: ClickhouseStore) -> None:
    """It says its true size; where not even that goes in, nothing stalls."""
    log.append(PROFILES_TOPIC, [Message(b"k", b"\xff" * 9000), good(0)])
    log.deaths = Deaths(largest_bytes=8000)
    assert Life(log, store).run() == ""
    (letter,) = [read_letter(record) for record in look_back(log, DEAD, 0)]
    assert (letter.size_bytes, letter.is_cut) == (9000, True)
    log.append(PROFILES_TOPIC, [Message(b"k", b"\xfe" * 400)])
    log.deaths = Deaths(largest_bytes=300)
    assert (Life(log, store).run(), dead(log)) == ("", places([0]))


class Sink:
    """A place for tickets that remembers them."""

    name = "sink"

    def __init__(self) -> None:
        self.keys: list[str] = []

    def send(self, order: Order) -> Delivered:
        """Take every ticket."""
        self.keys.append(order.ticket.key)
        return Delivered()

    def look(self, _reference: str) -> None:
        """People do nothing with it."""

    def close(self) -> None:
        """Nothing is open."""


def deliver(log: MortalLog, store: ClickhouseStore, sink: Sink, telemetry: RecordingTelemetry) -> str:
    """Run the notifier through one batch, after whose first report it stops; give the reason of an early end."""
    stop, sql = Event(), read_queries()

    def report(_sentence: str, **_fields: str) -> None:
        stop.set()

    desk = Desk(log, store, (sink,), SetClock(BEGIN), telemetry, sql, "leakstream", stop, report, limit=LIMIT)
    try:
        Deliverer(desk).run("one")
    except DeadLettersError as error:
        return str(error)
    return ""


def test_anomaly_that_cannot_be_read_is_kept_and_the_next_is_told(log: MortalLog, store: ClickhouseStore) -> None:
    """The notifier has dead letters of its own."""
    log.append(ANOMALIES_TOPIC, [GARBAGE, Message(b"k", None), encode_anomaly(make_anomaly())])
    sink, telemetry = Sink(), RecordingTelemetry()
    assert deliver(log, store, sink, telemetry) == ""
    assert (sink.keys, dead(log)) == (
        ["checkout/g1-000000000000000f"],
        [(f"{ANOMALIES_TOPIC}[0]@0", "malformed_record")],
    )
    assert telemetry.counted["leakstream_dead_letters_total", ANOMALIES_TOPIC, "malformed_record"] == 1
    assert log.subscribe(ANOMALIES_TOPIC, NOTIFY_GROUP, "two").committed(0) == 3


def test_anomalies_that_are_all_garbage_stop_the_notifier(log: MortalLog, store: ClickhouseStore) -> None:
    """Before one of them is put aside."""
    log.append(ANOMALIES_TOPIC, [GARBAGE] * 20)
    assert f"{ANOMALIES_TOPIC}[0]: 6 records in a row" in deliver(log, store, Sink(), RecordingTelemetry())
    assert (dead(log), log.subscribe(ANOMALIES_TOPIC, NOTIFY_GROUP, "two").committed(0)) == ([], 0)
