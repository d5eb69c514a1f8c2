"""No statement stops what comes in: hostile and greedy clients beside a writer that counts what is acknowledged."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.leakstream.serve.door_client import DoorClient, open_door
from tests.leakstream.serve.statements import GREEDY, HOSTILE

CLIENTS = 6


def ask_all(door: DoorClient, share: int) -> None:
    """Ask a share of the greedy statements, each after some hostile ones."""
    for number, (_, greedy) in enumerate(GREEDY):
        if number % CLIENTS == share:
            for _, hostile in HOSTILE[number * 8 : number * 8 + 8]:
                door.ask(hostile)
            door.ask(greedy, max_execution_time="1")


def test_ingestion_goes_on_whatever_is_asked(tmp_path: Path) -> None:
    """Every acknowledged insert is there once, the writer met no error, and it was never held up for long."""
    with open_door(tmp_path / "store", program="loaded_program") as door:
        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(lambda share: ask_all(door, share), range(CLIENTS)))
        stored = int(door.ask("SELECT count() FROM ingested").text)
    [said] = map(json.loads, door.outcomes)
    assert said["error"] == ""
    assert said["rows"] == said["known"] == said["expected_rows"] >= stored > 0
    assert said["longest_gap_seconds"] < 30
