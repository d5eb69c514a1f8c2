"""Labels of a real Go program, on the whole way: gone by default, counted and shown where they may be kept."""

import asyncio
import gzip
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from collectors.collect import collect
from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.clock import SystemClock
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.client import Reader
from leakstream.commands.explain import Asking
from leakstream.commands.explain import collect as explain
from leakstream.migrate import read_query
from leakstream.wiring import make_jobs, make_label_policy
from processors.judge import Policy
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.model import ScrapedProfile
from schemas.settings import Settings
from schemas.settings_load import load_settings
from schemas.wire.codec import PROFILES_TOPIC, decode_profile
from schemas.wire.profile_labels_pb2 import LabelledProfile
from tests.doubles import RecordingTelemetry
from tests.test_examples import running

PROGRAM = "healthy/labelled-tenants"
CANARY = b"gold"
"""The value of the label `tier`, which no function, file or module of the program has in its name."""


async def fill_log(settings: Settings, log: SqliteLog, telemetry: RecordingTelemetry) -> None:
    """Collect until some profiles are in the log."""
    stop = asyncio.Event()
    role = asyncio.create_task(
        collect(make_jobs(settings), log=log, clock=SystemClock(), telemetry=telemetry, stop=stop, collector="c")
    )
    while telemetry.counted["leakstream_scrapes_total", "ok"] < 3:  # noqa: ASYNC110 nobody signals a count
        await asyncio.sleep(0.05)
    stop.set()
    await role


def take(address: str, chosen: str, folder: Path) -> tuple[Settings, SqliteLog, RecordingTelemetry]:
    """Scrape a program under these settings of labels; give the log with what left the collector."""
    config = (
        f"scrape_configs: [{{job_name: shop, scrape_interval: 250ms, static_configs: [{{targets: ['{address}']}}]}}]"
    )
    settings = load_settings(f"{config}\nprofile_labels: {chosen}", "f.yml")
    log = SqliteLog(folder / "log.db", clock=SystemClock(), partitions=1, retention_seconds=1e9, retention_bytes=2**40)
    telemetry = RecordingTelemetry()
    asyncio.run(fill_log(settings, log, telemetry))
    return settings, log, telemetry


def read_profiles(log: SqliteLog) -> list[bytes]:
    """Give the inflated profiles in a log."""
    consumer = log.subscribe(PROFILES_TOPIC, "test", "test")
    records = consumer.poll(max_records=100, timeout_seconds=1.0)
    consumer.close()
    read = [decode_profile(record) for record in records]
    return [gzip.decompress(one.profile) for one in read if isinstance(one, ScrapedProfile) and one.profile]


def process(settings: Settings, log: SqliteLog, store: ClickhouseStore) -> None:
    """Process everything that is in a log."""
    queries = {name: read_query(name) for name in RESTORE}
    telemetry = RecordingTelemetry()
    outside = Outside(log, store, SystemClock(), telemetry, queries, Event(), lambda *_, **__: None)
    labels = make_label_policy(settings)
    processor = Processor(outside, lambda _: Policy(60, 10, 60, 8), poll_seconds=0.1, labels=labels)
    consumer = log.subscribe(PROFILES_TOPIC, GROUP, "test")
    processor.turn(consumer)
    while sum(consumer.lag().values()):
        processor.turn(consumer)
    consumer.close()


def shown(store: ClickhouseStore) -> Sequence[tuple[object, ...]]:
    """Give what `explain` says of the labels of the program's workers."""
    [stack] = store.query("SELECT fingerprint FROM stacks FINAL WHERE site = 'main.queue[...].work'")
    [explained] = explain(Reader(store), int(str(stack["fingerprint"])), "", Asking(3600, "leakstream"))
    labels = explained["labels"]
    assert isinstance(labels, list)
    return [(row["key"], row["value"], row["goroutines"]) for row in labels]


@pytest.mark.integration
def test_no_label_of_a_real_program_leaves_the_collector_by_default(tmp_path: Path) -> None:
    """Neither key nor value is in the log, in no profile and nowhere else; each profile that had some is counted."""
    with running(PROGRAM, 200, tmp_path) as address:
        _, log, telemetry = take(address, "{}", tmp_path)
    profiles = read_profiles(log)
    log.close()
    strings = {text for raw in profiles for text in LabelledProfile.FromString(raw).string_table}
    on_disk = b"".join(path.read_bytes() for path in tmp_path.glob("log.db*"))
    assert ({b"tenant", b"tier", CANARY} & strings, b"main.main" in strings) == (set(), True)
    assert CANARY not in b"".join((*profiles, on_disk))
    assert telemetry.counted["leakstream_profiles_stripped_total",] == len(profiles) >= 3


@pytest.mark.integration
def test_kept_label_is_counted_and_shown(tmp_path: Path, store: ClickhouseStore) -> None:
    """Three workers for each of five tenants, in plain; the label that is not kept is gone."""
    with running(PROGRAM, 200, tmp_path) as address:
        settings, log, _ = take(address, "{keep: [tenant], most_values: 3}", tmp_path)
    profiles = read_profiles(log)
    process(settings, log, store)
    log.close()
    assert CANARY not in b"".join(profiles)
    assert shown(store) == [("tenant", "0", 3), ("tenant", "1", 3), ("tenant", "2", 3), ("tenant", "(other)", 6)]


@pytest.mark.integration
def test_hashed_label_is_one_value_in_all_profiles(tmp_path: Path, store: ClickhouseStore) -> None:
    """Nobody reads it, and it still says that fifteen workers share it."""
    key = "0123456789abcdef"
    with running(PROGRAM, 200, tmp_path) as address:
        settings, log, _ = take(address, f"{{keep: [tier], values: hash, hash_key: {key}}}", tmp_path)
    profiles = read_profiles(log)
    process(settings, log, store)
    log.close()
    assert CANARY not in b"".join(profiles)
    assert shown(store) == [("tier", "a186bddd2ec6e137", 15)]
