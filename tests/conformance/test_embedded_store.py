"""The embedded store: the suite of the port, and what only one engine in this process can show."""

import subprocess
import sys
from pathlib import Path

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded, open_server
from schemas.ports import StoreRefusedError, StoreUnavailableError
from tests.conformance.store_suite import StoreSuite
from tests.store_rows import rows

_OPEN = """
import sys
from pathlib import Path
from leakstream.adapters.clickhouse import open_embedded
try:
    open_embedded(Path(sys.argv[1])).close()
except Exception as error:
    print(type(error).__name__, error, sep=": ")
"""


class TestEmbeddedStore(StoreSuite):
    """chDB obeys the port."""


def test_second_process_is_told_who_holds_the_store(store: ClickhouseStore, store_path: Path) -> None:
    """The engine gives no reason for a held directory; we name the likely one. The holder is not disturbed."""
    second = subprocess.run([sys.executable, "-c", _OPEN, str(store_path)], capture_output=True, text=True, check=True)
    sentence = f"another process holds the store at {store_path}; is `leakstream up` running?"
    assert second.stdout == f"StoreUnavailableError: {sentence}\n"
    assert store.query("SELECT 1 AS one") == ({"one": 1},)


def test_one_process_holds_one_directory(store: ClickhouseStore, store_path: Path, tmp_path: Path) -> None:
    """A second directory in the same process is refused with both names."""
    assert store.query("SELECT 1 AS one") == ({"one": 1},)
    with pytest.raises(StoreRefusedError) as refusal:
        open_embedded(tmp_path / "other")
    other = tmp_path / "other"
    assert str(refusal.value) == f"this process holds the store at {store_path}; it cannot open {other} beside it"


def test_a_file_is_no_store(tmp_path: Path) -> None:
    """A path that cannot be a directory is refused with its name."""
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(StoreRefusedError, match=f"cannot open the store at {path}: "):
        open_embedded(path)


def test_data_and_tokens_survive_reopening(store: ClickhouseStore, store_path: Path) -> None:
    """What was acknowledged is there after closing and opening, and its token is still known."""
    database = str(store.query("SELECT currentDatabase() AS name")[0]["name"])
    store.insert("counts", rows("counts", {}), "t")
    store.close()
    again = open_embedded(store_path, database)
    again.insert("counts", rows("counts", {"goroutines": 7}), "t")
    found = again.query("SELECT goroutines FROM counts")
    again.close()
    assert found == ({"goroutines": 1},)


def test_a_closed_store_is_unavailable(store: ClickhouseStore) -> None:
    """After close every call says so, and closing again is harmless."""
    store.close()
    store.close()
    with pytest.raises(StoreUnavailableError, match="the store is closed"):
        store.query("SELECT 1")


def test_a_server_that_is_away_is_unavailable() -> None:
    """Nobody at the address is worth another try."""
    with pytest.raises(StoreUnavailableError, match="refused"):
        open_server("http://127.0.0.1:1", "default", "", "leakstream")


@pytest.mark.parametrize("url", ["", "clickhouse:9000", "ftp://host"])
def test_what_is_no_url_is_refused(url: str) -> None:
    """An address we cannot speak to is refused and quoted."""
    with pytest.raises(StoreRefusedError, match="not the URL of a ClickHouse server"):
        open_server(url, "default", "", "leakstream")
