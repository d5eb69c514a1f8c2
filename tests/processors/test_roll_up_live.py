"""The rollups of a processor that runs, on the embedded engine and on a store over HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore, open_server
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.migrate import migrate, read_query
from processors.roll_up import ROLLUPS, RollUps
from processors.run import GROUP, RESTORE, Outside, Processor
from schemas.model import ScrapedProfile
from schemas.wire.codec import PROFILES_TOPIC, encode_profile
from tests.doubles import RecordingTelemetry, SetClock
from tests.ports import free_port
from tests.pprof_maker import make_profile
from tests.processors.fleet import POLICY
from tests.store_rows import START, minute

_SLOTS = 75


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ClickhouseStore]:
    """A store in another process, over HTTP, migrated."""
    port = free_port()
    command = [sys.executable, "-m", "tests.conservation.store_server", str(tmp_path / "served"), str(port)]
    with subprocess.Popen(command) as server:
        try:
            _wait(server, f"http://127.0.0.1:{port}/ping")
            store = open_server(f"http://127.0.0.1:{port}", "default", "", "leakstream")
            migrate(store, "leakstream", now=START)
            yield store
            store.close()
        finally:
            server.kill()


def _wait(server: "subprocess.Popen[bytes]", url: str) -> None:
    """Wait until the server answers; fail when it ended."""
    while server.poll() is None:
        try:
            with urlopen(url):  # noqa: S310 our own server on loopback
                return
        except URLError:
            server.wait(0.05) if server.poll() is not None else Event().wait(0.05)
    raise AssertionError("the server ended")


def _fill(log: SqliteLog) -> None:
    """Put more than an hour of two instances into the log, each profile twice, one of them late."""
    messages = []
    for at in (*range(_SLOTS), 3):
        for instance, held in (("a", 10 + at), ("b", 5)):
            slot = minute(at)
            profile = make_profile([(("main.wait", "main.main"), held)])
            scraped = ScrapedProfile("checkout", instance, slot, slot, 60.0, 0.1, {}, profile)
            messages += [encode_profile(scraped, "c"), encode_profile(scraped, "c")]
    log.append(PROFILES_TOPIC, messages)


def _process(log: SqliteLog, store: ClickhouseStore) -> None:
    """Run a processor until the log is drained, and one turn more."""
    queries = {name: read_query(name) for name in RESTORE}
    clock = SetClock(minute(_SLOTS))
    outside = Outside(log, store, clock, RecordingTelemetry(), queries, Event(), lambda *_, **__: None)
    rollups = RollUps({name: read_query(name) for name in ROLLUPS}, quiet_seconds=0)
    processor = Processor(outside, lambda _: POLICY, batch_records=50, poll_seconds=0.0, rollups=rollups)
    consumer = log.subscribe(PROFILES_TOPIC, GROUP, "one")
    while sum(consumer.lag().values()):
        processor.turn(consumer)
    clock.at += timedelta(minutes=1)
    processor.turn(consumer)
    consumer.close()


@pytest.mark.parametrize("kind", ["store", "served"])
def test_a_processor_fills_the_rollups(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Embedded or over HTTP: both hours and their day stand there, whatever came twice."""
    store: ClickhouseStore = request.getfixturevalue(kind)
    log = SqliteLog(
        tmp_path / "log.db", clock=SetClock(minute(_SLOTS)), partitions=1, retention_seconds=1e6, retention_bytes=10**12
    )
    _fill(log)
    _process(log, store)
    log.close()
    columns = "lowest, average, highest, last, instances, seconds"
    assert store.query(f"SELECT {columns} FROM counts_hourly FINAL ORDER BY hour") == (  # noqa: S608 columns of ours
        {"lowest": 15, "average": 44.5, "highest": 74, "last": 74, "instances": 2, "seconds": 3600},
        {"lowest": 75, "average": 82.0, "highest": 89, "last": 89, "instances": 2, "seconds": 900},
    )
    assert store.query(f"SELECT {columns} FROM counts_daily FINAL") == (  # noqa: S608 columns of ours
        {"lowest": 15, "average": 52.0, "highest": 89, "last": 89, "instances": 2, "seconds": 4500},
    )
