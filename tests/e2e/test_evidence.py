"""From a real leaking Go program to the runtime's own proof of it, through public commands only."""

import gzip
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.build import GO
from tests.e2e.test_leak_to_ticket import LONGEST_SECONDS, ask, up, wait_for, write_settings
from tests.test_examples import running


def until(probe: Callable[[], list[dict[str, object]]]) -> list[dict[str, object]]:
    """Ask again and again until something comes."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        try:
            if found := probe():
                return found
        except subprocess.CalledProcessError:
            pass
        time.sleep(0.5)
    raise AssertionError("nothing came")


@pytest.mark.integration
def test_suspect_is_proven_by_the_runtime_and_its_profiles_are_kept(tmp_path: Path) -> None:
    """The dump comes first, then goroutineleak; both outlive a kill -9, and the target is not asked again after it."""
    with running("leaks/forgotten-receiver", 20, tmp_path) as address:
        settings, port = write_settings(tmp_path, address)
        store = ("--store", f"http://127.0.0.1:{port}")

        def explained() -> list[dict[str, object]]:
            leaks = [row for row in ask("top", *store) if row["site"] == "main.fetchPrice.func"]
            found = [ask("explain", str(row["fingerprint"]), *store)[0] for row in leaks]
            return [row for row in found if len(profiles_of(row)) >= 2]

        with up(settings) as process:
            wait_for(process, '"state": "pending"')
            [before] = until(explained)
            process.send_signal(signal.SIGKILL)
            process.wait()
        with up(settings) as process:
            wait_for(process, '"state": "firing"')
            [after] = until(explained)
            written = ask("evidence", str(after["fingerprint"]), "--output-dir", str(tmp_path / "out"), *store)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    taken = sorted(profiles_of(before), key=lambda row: str(row["taken_at"]))
    assert [(row["kind"], row["ok"]) for row in taken] == [("goroutine-text", True), ("goroutineleak", True)]
    assert all(int(str(row["goroutines"])) > 10 for row in taken)
    assert taken[1]["leaked"] == taken[1]["goroutines"]
    assert taken[0]["creators"] == {"main.fetchPrice": taken[0]["goroutines"]}
    assert profiles_of(after) == profiles_of(before)
    files = {str(row["kind"]): Path(str(row["file"])) for row in written}
    assert gzip.decompress(files["goroutine-text"].read_bytes()).startswith(b"goroutine ")
    read = subprocess.run(
        [GO, "tool", "pprof", "-top", files["goroutineleak"]], capture_output=True, text=True, check=True
    )
    assert "main.fetchPrice.func" in read.stdout


def profiles_of(explained: dict[str, object]) -> list[dict[str, object]]:
    """Give the evidence in an explanation."""
    profiles = explained["profiles"]
    assert isinstance(profiles, list)
    return profiles
