"""What a writer makes of each failure: it has a name, nothing is dropped, nothing is stored twice."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore, open_server
from leakstream.migrate import migrate
from schemas.ports import StoreRefusedError, StoreUnavailableError
from tests.faults.proxy import Deed, Fault, Proxy, running_proxy
from tests.ports import free_port
from tests.store_rows import minute, rows

ROOT = Path(__file__).parents[2]
BATCHES = 6
DATABASE = "faults"
HTML = "<html><body>It works!</body></html>"


def says(code: int, words: str, status: int = 500) -> Fault:
    """An error of ClickHouse."""
    return Fault(Deed.ANSWER, status, code, f"Code: {code}. DB::Exception: {words}")


RETRIED = {
    "too_many_parts": says(252, "Too many parts (600). Merges are processing significantly slower. (TOO_MANY_PARTS)"),
    "memory_limit": says(241, "Memory limit (total) exceeded. (MEMORY_LIMIT_EXCEEDED)"),
    "disk_full": says(243, "Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)"),
    "disk_full, in the middle": says(75, "Cannot write: errno: 28, No space left on device. (CANNOT_WRITE)"),
    "timeout": says(159, "Timeout exceeded. (TIMEOUT_EXCEEDED)", 408),
    "timeout, after the commit": Fault(Deed.COMMIT_AND_ANSWER, 408, 159, "Code: 159. DB::Exception: Timeout exceeded."),
    "unknown_status, after the commit": Fault(Deed.COMMIT_AND_ANSWER, 500, 319, "Code: 319. DB::Exception: Unknown."),
    "busy": says(202, "Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)"),
    "keeper_away": says(242, "Table is in readonly mode. (TABLE_IS_READ_ONLY)"),
    "shutting_down": says(236, "Aborted. (ABORTED)"),
    "server_away, in the request": Fault(Deed.RESET_IN_THE_REQUEST),
    "server_away, after the commit": Fault(Deed.RESET_AFTER_COMMIT),
    "server_away, in the answer": Fault(Deed.CUT_THE_ANSWER),
    "proxy_error, 502": Fault(Deed.ANSWER, 502, body=HTML, kind="text/html"),
    "proxy_error, 503": Fault(Deed.ANSWER, 503),
    "proxy_error, 504 after the commit": Fault(Deed.COMMIT_AND_ANSWER, 504, body=HTML, kind="text/html"),
    "proxy_error, 429": Fault(Deed.ANSWER, 429),
    "garbage_answer, a page": Fault(Deed.ANSWER, 200, body=HTML, kind="text/html"),
    "garbage_answer, nothing": Fault(Deed.ANSWER, 200),
    "garbage_answer, 204": Fault(Deed.ANSWER, 204),
    "garbage_answer, after the commit": Fault(Deed.COMMIT_AND_ANSWER, 200, body=HTML),
}
STOPPED = {
    "wrong_password": says(
        516, "leakstream: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)", 403
    ),
    "wrong_password, at a proxy": Fault(Deed.ANSWER, 401),
    "no_rights": says(497, "leakstream: Not enough privileges. (ACCESS_DENIED)", 403),
    "read_only": says(164, "Cannot execute query in readonly mode. (READONLY)"),
    "schema_missing, a table": says(60, "Table leakstream.counts does not exist. (UNKNOWN_TABLE)", 404),
    "schema_missing, the database": says(81, "Database leakstream does not exist. (UNKNOWN_DATABASE)", 404),
    "schema_missing, a column": says(16, "No such column site in table counts. (NO_SUCH_COLUMN_IN_TABLE)", 404),
    "refused": says(53, "Type mismatch. (TYPE_MISMATCH)", 400),
    "refused, a path that is not there": Fault(Deed.ANSWER, 404, body=HTML, kind="text/html"),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A store with its schema, in a process of its own; its port."""
    folder = tmp_path_factory.mktemp("faults") / "store"
    command = [sys.executable, "-m", "tests.conservation.store_server", str(folder), "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[1])
        store = open_server(f"http://127.0.0.1:{port}", "default", "", DATABASE)
        migrate(store, DATABASE, now=datetime(2026, 11, 1, tzinfo=UTC))
        store.close()
        yield port
        process.kill()


@pytest.fixture
def proxy(server: int) -> Iterator[Proxy]:
    """A proxy before it."""
    with running_proxy(server) as running:
        yield running


@pytest.fixture
def store(proxy: Proxy) -> Iterator[ClickhouseStore]:
    """The store through the proxy; its counts are gone afterwards."""
    opened = open_server(proxy.url, "default", "", DATABASE)
    yield opened
    proxy.fault = None
    opened.execute("TRUNCATE TABLE counts")
    opened.close()


@dataclass
class Writer:
    """Writes batches as the loop of a processor does: again until the store takes it; a refusal ends it."""

    store: ClickhouseStore
    proxy: Proxy
    mend_after: int = 2
    tokens: str = field(default_factory=lambda: uuid4().hex)
    reasons: list[str] = field(default_factory=list)

    def write(self, batch: int) -> None:
        """Write one batch; the fault goes away after some tries."""
        made = rows("counts", *({"slot": minute(batch * 10 + number), "goroutines": batch} for number in range(10)))
        while True:
            try:
                self.store.insert("counts", made, f"{self.tokens}-{batch}")
            except StoreUnavailableError as error:
                self.reasons.append(error.reason)
                if len(self.reasons) >= self.mend_after:
                    self.proxy.fault = None
            else:
                return


def stored(store: ClickhouseStore) -> tuple[object, object]:
    """Give how many rows there are, and how many of them are different."""
    [row] = store.query("SELECT count() AS rows, uniqExact(slot) AS known FROM counts")
    return row["rows"], row["known"]


@pytest.mark.parametrize("case", RETRIED)
def test_failure_that_passes_is_tried_again_until_every_row_is_there_once(
    store: ClickhouseStore, proxy: Proxy, case: str
) -> None:
    """Each under its name; also where the store had taken the rows and nobody said so."""
    writer = Writer(store, proxy)
    for batch in range(BATCHES):
        if batch == 2:
            proxy.fault = RETRIED[case]
        writer.write(batch)
    assert (writer.reasons, proxy.spoiled >= 2) == ([case.partition(",")[0]] * 2, True)
    assert stored(store) == (BATCHES * 10, BATCHES * 10)


@pytest.mark.parametrize("case", STOPPED)
def test_failure_that_stays_stops_the_writer_with_a_sentence(store: ClickhouseStore, proxy: Proxy, case: str) -> None:
    """It names itself and what to do; once that is done the same batch goes in, once."""
    writer, name = Writer(store, proxy), case.partition(",")[0]
    writer.write(0)
    proxy.fault = STOPPED[case]
    with pytest.raises(StoreRefusedError) as stopped:
        writer.write(1)
    assert (stopped.value.reason, f" ({name}): " in str(stopped.value)) == (name, True)
    proxy.fault = None
    writer.write(1)
    assert stored(store) == (20, 20)


def test_store_that_hangs_is_given_up_and_asked_again(store: ClickhouseStore, proxy: Proxy) -> None:
    """The rows were taken and nobody ever answered: the connection breaks in the end, the retry changes nothing."""
    writer = Writer(store, proxy, mend_after=1)
    proxy.fault = Fault(Deed.HANG)
    threading.Timer(1.0, proxy.ending.set).start()
    writer.write(0)
    assert (writer.reasons, stored(store)) == (["server_away"], (10, 10))


def test_store_that_is_away_is_named(tmp_path: Path) -> None:
    """From the first connection on."""
    with pytest.raises(StoreUnavailableError) as away:
        open_server(f"http://127.0.0.1:{free_port()}", "default", "", tmp_path.name)
    assert away.value.reason == "server_away"


def test_page_instead_of_a_migration_is_no_migration(store: ClickhouseStore, proxy: Proxy) -> None:
    """Statements that give no rows need ClickHouse's acknowledgement too."""
    proxy.fault = Fault(Deed.ANSWER, 200, body=HTML, kind="text/html")
    with pytest.raises(StoreUnavailableError) as garbage:
        store.execute("INSERT INTO counts (service) SELECT 'x'")
    assert garbage.value.reason == "garbage_answer"
    proxy.fault = None
    assert stored(store) == (0, 0)
