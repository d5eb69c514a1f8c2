"""The oracle is content with what is right and names what is wrong; above all an offset committed before the write."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.migrate import read_query
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.model import LogPosition
from schemas.ports import Consumer, Membership, Message, Record, Store
from schemas.wire.codec import ANOMALIES_TOPIC, PROFILES_TOPIC
from tests.conservation.oracle import OpenStore, find_violations
from tests.conservation.stores import beside
from tests.doubles import RecordingTelemetry, SetClock
from tests.processors.fleet import BEGIN, POLICY
from tests.processors.test_run import Died, MortalStore, recording

RECORDS = 140
"""Two instances, 70 slots: the leak has begun to fire."""

Wrap = Callable[[Consumer], Consumer]


@dataclass
class CommitsFirst:
    """The mistake itself: what is given counts as done, before anything was written."""

    consumer: Consumer

    def poll(self, *, max_records: int, timeout_seconds: float) -> Sequence[Record]:
        """Give records, and commit them at once."""
        records = self.consumer.poll(max_records=max_records, timeout_seconds=timeout_seconds)
        self.consumer.commit({record.position.partition: record.position.offset + 1 for record in records})
        return records

    def stay(self) -> None:
        """As the real one."""
        self.consumer.stay()

    def commit(self, offsets: Mapping[int, int]) -> None:
        """It was done before."""

    def committed(self, partition: int) -> int:
        """As the real one."""
        return self.consumer.committed(partition)

    def assignment(self) -> frozenset[int]:
        """As the real one."""
        return self.consumer.assignment()

    def lag(self) -> Mapping[int, int]:
        """As the real one."""
        return self.consumer.lag()

    def membership(self) -> Membership:
        """As the real one."""
        return self.consumer.membership()

    def close(self) -> None:
        """As the real one."""
        self.consumer.close()


class Deaf(SqliteLog):
    """A log that takes no anomalies."""

    def append(self, topic: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Take everything else."""
        return [] if topic == ANOMALIES_TOPIC else super().append(topic, messages)


def as_it_is(consumer: Consumer) -> Consumer:
    """Give a consumer without a mistake."""
    return consumer


def open_log(folder: Path, kind: type[SqliteLog] = SqliteLog) -> SqliteLog:
    """Open the log of a folder."""
    clock = SetClock(BEGIN)
    return kind(folder / "log.db", clock=clock, partitions=2, retention_seconds=1e6, retention_bytes=10**12)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """A log that holds the begin of the recording."""
    with closing(open_log(tmp_path)) as opened:
        opened.append(PROFILES_TOPIC, recording()[:RECORDS])
        yield opened


@pytest.fixture
def open_fresh(store_path: Path) -> OpenStore:
    """Opens fresh stores in the one directory of this process."""
    return beside(store_path)


def live(log: SqliteLog, store: Store, wrap: Wrap) -> bool:
    """Process what is left of the log; say whether it was lived through."""
    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(log, store, SetClock(BEGIN), RecordingTelemetry(), queries, Event(), lambda *_, **__: None)
    processor = Processor(outside, lambda _: POLICY, batch_records=23, poll_seconds=0.0)
    consumer = wrap(log.subscribe(PROFILES_TOPIC, GROUP, "one"))
    try:
        while sum(consumer.lag().values()):
            processor.turn(consumer)
    except Died:
        return False
    return True


def die_and_live(log: SqliteLog, store: ClickhouseStore, wrap: Wrap = as_it_is) -> None:
    """Die twice in the midst of a batch, then go on to the end."""
    for _ in range(2):
        assert not live(log, MortalStore(store, 7), wrap)
    assert live(log, MortalStore(store, -1), wrap)


def test_oracle_is_content_when_deaths_changed_nothing(
    log: SqliteLog, store: ClickhouseStore, open_fresh: OpenStore
) -> None:
    """The loop as it is dies between two tables of a batch, and nothing is missing or twice."""
    die_and_live(log, store)
    assert find_violations(log, POLICY, store, open_fresh) == []


def test_offsets_committed_before_the_write_are_caught(
    log: SqliteLog, store: ClickhouseStore, open_fresh: OpenStore
) -> None:
    """The same deaths under the broken loop lose records, and the oracle names the tables and the first record."""
    die_and_live(log, store, CommitsFirst)
    found = find_violations(log, POLICY, store, open_fresh)
    assert [sentence.split(":")[0] for sentence in found if "rows of an undisturbed run are missing" in sentence] == [
        "scrapes", "counts", "growth", "anomalies",
    ]  # fmt: skip
    assert [sentence for sentence in found if "records are not in the store and 0 expired, the first is" in sentence]


@pytest.mark.parametrize(
    ("sabotage", "named"),
    [
        (
            "INSERT INTO counts SELECT * REPLACE (goroutines + 1 AS goroutines) FROM counts LIMIT 1",
            ["1 counts are stored with several values", "is counted as"],
        ),
        (
            "ALTER TABLE scrapes DELETE WHERE log_offset = 100 SETTINGS mutations_sync = 2",
            ["scrapes: 1 rows of an undisturbed run are missing", "1 records are not in the store and 0 expired"],
        ),
        (
            "INSERT INTO scrapes SELECT * REPLACE (slot + INTERVAL 1 HOUR AS slot) FROM scrapes LIMIT 1",
            ["scrapes: 1 rows are too many", "1 scrapes are in the store and not in the log"],
        ),
        (
            "ALTER TABLE scrapes UPDATE reason = '' , error = '' WHERE NOT ok SETTINGS mutations_sync = 2",
            ["is stored as (False, '', 0)", "is stored without a sentence"],
        ),
        (
            "ALTER TABLE anomalies DELETE WHERE state = 'firing' SETTINGS mutations_sync = 2",
            ["changes of state were sent on and not stored"],
        ),
    ],
    ids=["count", "gone", "invented", "reason", "unkept"],
)
def test_what_is_wrong_is_named(
    sabotage: str, named: list[str], log: SqliteLog, store: ClickhouseStore, open_fresh: OpenStore
) -> None:
    """Each kind of damage to a good store gives the sentence that names it."""
    assert live(log, store, as_it_is)
    store.execute(sabotage)
    found = find_violations(log, POLICY, store, open_fresh)
    assert [words for words in named if not any(words in sentence for sentence in found)] == [], found


def test_change_of_state_that_was_not_sent_on_is_named(
    log: SqliteLog, store: ClickhouseStore, open_fresh: OpenStore, tmp_path: Path
) -> None:
    """Stored is not told: the topic is held to the table."""
    with closing(open_log(tmp_path, Deaf)) as deaf:
        assert live(deaf, store, as_it_is)
    [found] = find_violations(log, POLICY, store, open_fresh)
    assert "changes of state were stored and not sent on" in found


def test_log_that_retention_cut_is_refused(log: SqliteLog, store: ClickhouseStore, open_fresh: OpenStore) -> None:
    """What is gone from the log cannot be judged, and that is a violation of its own."""
    assert live(log, store, as_it_is)
    assert log.retain(BEGIN.replace(year=BEGIN.year + 1)) > RECORDS
    found = find_violations(log, POLICY, store, open_fresh)
    assert any(f"was cut by retention at {RECORDS}" in sentence for sentence in found), found
