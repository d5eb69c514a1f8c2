"""An older and a newer Leakstream at the same store say clearly whether they can work."""

import subprocess
import sys
from pathlib import Path

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from tests.ports import free_port
from tests.store_rows import minute, rows

ROOT = Path(__file__).parents[2]


@pytest.mark.integration
def test_older_program_ends_at_a_newer_store_with_a_sentence(tmp_path: Path) -> None:
    """No traceback: which schema the store has, which this program knows, and what to use."""
    subprocess.run([sys.executable, "-m", "tests.faults.newer_store", str(tmp_path / "store")], cwd=ROOT, check=True)
    places = ["--data", str(tmp_path), "--listen", f"127.0.0.1:{free_port()}", "--web", f"127.0.0.1:{free_port()}"]
    command = [sys.executable, "-m", "leakstream", "up", "--target", "a=127.0.0.1:1", *places]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False), ran.stderr
    assert "the store has schema 9999, this program knows" in ran.stderr
    assert "use a newer Leakstream" in ran.stderr


def test_older_writer_goes_on_while_a_newer_one_adds_a_column(store: ClickhouseStore) -> None:
    """It names the columns that it fills; the new one takes its default."""
    store.insert("counts", rows("counts", {"slot": minute(0)}), "before")
    store.execute("ALTER TABLE counts ADD COLUMN later UInt8 DEFAULT 7")
    store.insert("counts", rows("counts", {"slot": minute(1)}), "after")
    assert store.query("SELECT slot, later FROM counts ORDER BY slot") == (
        {"slot": minute(0), "later": 7},
        {"slot": minute(1), "later": 7},
    )
