"""Judges what a disturbed run stored by the log itself: every profile counted once, decided as if undisturbed.

Three questions, each answered apart from the others:
1. Would an undisturbed run over the very same records have stored the same rows? It is run here, into a fresh store.
2. Does each readable record stand in the store, once, with the total of its profile? Profiles are read here by
   protobuf alone.
3. Was every stored change of state sent on, and nothing else?

It takes any Log and any Store, asks no clock, joins no group, and writes nothing but the fresh store. The run must have
caught up with the log before. Refused: a log that retention has cut, because nobody knows what should be stored then.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from gzip import decompress
from heapq import merge

from google.protobuf.message import DecodeError

from processors.judge import Policy
from schemas.model import Anomaly, FailureReason, ScrapedProfile
from schemas.ports import Log, Record, Store
from schemas.wire import profile_pb2 as pb
from schemas.wire.codec import ANOMALIES_TOPIC, PROFILES_TOPIC, decode_anomaly, decode_profile, place
from tests.conservation.undisturbed import run_undisturbed

TABLES = {
    "scrapes": "SELECT * EXCEPT log FROM scrapes FINAL",
    "instances": "SELECT * FROM instances FINAL",
    "stacks": "SELECT * FROM stacks FINAL",
    "counts": "SELECT * FROM counts FINAL",
    "growth": "SELECT * EXCEPT log FROM growth FINAL",
    "anomalies": "SELECT * EXCEPT log FROM anomalies FINAL",
}
_PAGE_RECORDS = 500
_GZIP_MAGIC = b"\x1f\x8b"

Key = tuple[str, str, datetime]
"""Service, instance, slot: what a scrape is known by."""

Row = Mapping[str, object]
OpenStore = Callable[[], AbstractContextManager[Store]]
"""Opens a store with every table and no row; leaving the context lets go of it."""


def find_violations(log: Log, policy: Policy, stored: Store, open_fresh: OpenStore) -> list[str]:
    """Give what is wrong, a sentence each; empty when all is well."""
    records = read_all(log, PROFILES_TOPIC)
    cut = [f"partition {p} was cut by retention at {first}" for p, first in _cuts(log).items()]
    with open_fresh() as fresh:
        counted = run_undisturbed(log, records, policy, fresh).counted
        differences = [sentence for table in TABLES for sentence in compare(table, stored, fresh)]
    expired = counted["leakstream_dropped_total", "count", "expired"]
    return [
        *cut,
        *differences,
        *check_records(records, stored, expired),
        *check_folding(stored),
        *check_sent(log, stored),
    ]


def read_all(log: Log, topic: str) -> list[Record]:
    """Read a topic whole: in order per partition, the partitions together by the time of the log."""
    parts = [_read_partition(log, topic, partition) for partition in range(log.partitions(topic))]
    return list(merge(*parts, key=lambda record: record.appended_at))


def _read_partition(log: Log, topic: str, partition: int) -> Iterator[Record]:
    """Read one partition from its begin to what is its end now."""
    offset, end = log.bounds(topic, partition)
    while offset < end:
        page = log.read(topic, partition, offset, _PAGE_RECORDS)
        yield from page
        offset = page[-1].position.offset + 1 if page else end


def _cuts(log: Log) -> dict[int, int]:
    """Give the partitions of the profiles that do not begin at 0, and where they begin."""
    begins = {
        partition: log.bounds(PROFILES_TOPIC, partition)[0] for partition in range(log.partitions(PROFILES_TOPIC))
    }
    return {partition: begin for partition, begin in begins.items() if begin}


def compare(table: str, stored: Store, fresh: Store) -> Iterator[str]:
    """Say which rows of a table are missing and which are too many, each with a first example."""
    got, wanted = (Counter(map(_freeze, store.query(TABLES[table]))) for store in (stored, fresh))
    missing, surplus = wanted - got, got - wanted
    if missing:
        yield f"{table}: {missing.total()} rows of an undisturbed run are missing, the first is {min(missing)}"
    if surplus:
        yield f"{table}: {surplus.total()} rows are too many for an undisturbed run, the first is {min(surplus)}"


def _freeze(row: Row) -> tuple[str, ...]:
    """Make a row comparable and hashable: columns in order, each as text."""
    return tuple(f"{name}={value!r}" for name, value in row.items())


def check_records(records: Iterable[Record], stored: Store, expired: int) -> Iterator[str]:
    """Hold each readable record to its row and its counts; at most `expired` of them may be without."""
    scrapes = {_key(row): row for row in stored.query("SELECT * FROM scrapes FINAL")}
    sql = (
        "SELECT service, instance, slot, sum(goroutines) AS total, countIf(goroutines > 0) AS stacks"
        " FROM counts FINAL GROUP BY service, instance, slot"
    )
    totals = {_key(row): row for row in stored.query(sql)}
    attempts = list(_attempts(records))
    lost = [attempt for attempt in attempts if attempt.key not in scrapes]
    if len(lost) > expired:
        yield f"{len(lost)} records are not in the store and {expired} expired, the first is {lost[0]}"
    unknown = scrapes.keys() - {attempt.key for attempt in attempts}
    if unknown:
        yield f"{len(unknown)} scrapes are in the store and not in the log, the first is {min(unknown)}"
    for attempt in _deciding(attempts):
        if attempt.key in scrapes:
            yield from _check_attempt(attempt, scrapes[attempt.key], totals.get(attempt.key))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A readable record: its key, where it stands, and its total or why there is none."""

    key: Key
    place: str
    goroutines: int
    failure: str

    def __str__(self) -> str:
        """Say which record this is."""
        return f"{self.place} ({' '.join(map(str, self.key))}, {self.failure or f'{self.goroutines} goroutines'})"


def _attempts(records: Iterable[Record]) -> Iterator[Attempt]:
    """Read records; those that are none are the dead letters' business."""
    for record in records:
        scraped = decode_profile(record)
        if isinstance(scraped, ScrapedProfile):
            key = (scraped.service, scraped.instance, scraped.slot)
            yield Attempt(key, place(record), *_read_total(scraped))


def _read_total(scraped: ScrapedProfile) -> tuple[int, str]:
    """Give the goroutines of a profile that stand in a stack, and why there are none where it cannot be read."""
    if scraped.profile is None:
        return 0, scraped.failure.value if scraped.failure else ""
    body = scraped.profile
    profile = pb.Profile()
    try:
        profile.ParseFromString(decompress(body) if body.startswith(_GZIP_MAGIC) else body)
    except (DecodeError, OSError, EOFError):
        return 0, FailureReason.MALFORMED.value
    return sum(sample.value[0] for sample in profile.sample if sample.location_id), ""


def _deciding(attempts: Iterable[Attempt]) -> Iterable[Attempt]:
    """Give, of the attempts of one key, the one that counts: the first profile, else the last failure."""
    deciding: dict[Key, Attempt] = {}
    for attempt in attempts:
        if attempt.key not in deciding or deciding[attempt.key].failure:
            deciding[attempt.key] = attempt
    return deciding.values()


def _check_attempt(attempt: Attempt, scrape: Row, total: Row | None) -> Iterator[str]:
    """Hold the row of a scrape and the sum of its counts to the record."""
    expected = (not attempt.failure, attempt.failure, attempt.goroutines)
    found = (scrape["ok"], scrape["reason"], scrape["goroutines"])
    if found != expected:
        yield f"{attempt} is stored as {found}"
    if attempt.failure and not scrape["error"]:
        yield f"{attempt} is stored without a sentence"
    counted = (total["total"], total["stacks"]) if total else (0, 0)
    if counted != (attempt.goroutines, scrape["stacks"]):
        yield f"{attempt} is counted as {counted[0]} goroutines in {counted[1]} stacks of {scrape['stacks']}"


def check_folding(stored: Store) -> Iterator[str]:
    """Say where rows of one key differ, so that it is chance which of them is seen."""
    sql = (
        "SELECT service, fingerprint, instance, slot, groupUniqArray(goroutines) AS values FROM counts"
        " GROUP BY service, fingerprint, instance, slot HAVING length(values) > 1 ORDER BY ALL"
    )
    rows = stored.query(sql)
    if rows:
        yield f"{len(rows)} counts are stored with several values, the first is {_freeze(rows[0])}"


def check_sent(log: Log, stored: Store) -> Iterator[str]:
    """Hold what stands on the topic of anomalies to what stands in their table; repeats are no matter."""
    read = map(decode_anomaly, read_all(log, ANOMALIES_TOPIC))
    sent = {(a.service, a.fingerprint.value, a.slot, a.state.value) for a in read if isinstance(a, Anomaly)}
    rows = stored.query("SELECT service, fingerprint, slot, toString(state) AS state FROM anomalies FINAL")
    kept = {(row["service"], row["fingerprint"], row["slot"], row["state"]) for row in rows}
    unsent, unkept = kept - sent, sent - kept
    if unsent:
        yield f"{len(unsent)} changes of state were stored and not sent on, the first is {min(map(str, unsent))}"
    if unkept:
        yield f"{len(unkept)} changes of state were sent on and not stored, the first is {min(map(str, unkept))}"


def _key(row: Row) -> Key:
    """Give what the row of a scrape is known by."""
    slot = row["slot"]
    assert isinstance(slot, datetime)
    return str(row["service"]), str(row["instance"]), slot


def count_outcomes(records: Sequence[Record]) -> Counter[str]:
    """Count readable records by outcome, `ok` or the reason of the failure."""
    return Counter(attempt.failure or "ok" for attempt in _attempts(records))
