"""A program with a store, its door, and a writer that goes on while others ask, to see what stops it.

    python -m tests.leakstream.serve.loaded_program FOLDER

Prints the port; when its input ends, one JSON object: inserts that were acknowledged, rows that are stored, the slowest
insert, and the longest time between two acknowledgements, in seconds.
"""

import asyncio
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.serve.door import Door
from tests.leakstream.serve.door_program import SMALL, make_numbered, say

ROWS = 500
PAUSE_SECONDS = 0.02


@dataclass
class Writer:
    """Inserts blocks of 500 rows, one after another, each under a token."""

    store: ClickhouseStore
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[float] = field(default_factory=list)
    slowest_seconds: float = 0.0
    error: str = ""

    def run(self) -> None:
        """Write until told to stop; what goes wrong ends it, and is told."""
        batch = 0
        try:
            while not self.stop.wait(PAUSE_SECONDS):
                rows = pa.table(
                    {"batch": pa.array([batch] * ROWS, pa.uint32()), "number": pa.array(range(ROWS), pa.uint32())}
                )
                began = time.monotonic()
                self.store.insert("ingested", rows, f"batch-{batch}")
                self.acknowledged.append(time.monotonic())
                self.slowest_seconds = max(self.slowest_seconds, self.acknowledged[-1] - began)
                batch += 1
        except Exception as error:  # noqa: BLE001 whatever it is, the one who asks must hear of it
            self.error = f"{type(error).__name__}: {error}"

    def sum_up(self) -> dict[str, object]:
        """Say what was acknowledged and what is there."""
        gaps = [later - one for one, later in zip(self.acknowledged, self.acknowledged[1:], strict=False)]
        [row] = self.store.query("SELECT count() AS rows, uniqExact(batch, number) AS known FROM ingested")
        return {
            "inserts": len(self.acknowledged),
            "expected_rows": len(self.acknowledged) * ROWS,
            "rows": row["rows"],
            "known": row["known"],
            "slowest_seconds": round(self.slowest_seconds, 3),
            "longest_gap_seconds": round(max(gaps, default=0.0), 3),
            "error": self.error,
        }


async def main(path: Path) -> None:
    """Serve and write until the input ends."""
    store = open_embedded(path)
    make_numbered(store)
    store.execute("CREATE TABLE ingested (batch UInt32, number UInt32) ENGINE = MergeTree ORDER BY (batch, number)")
    writer = Writer(store)
    thread = threading.Thread(target=writer.run)
    door = Door(path, "127.0.0.1", 0, SMALL)
    await door.start()
    thread.start()
    say(str(door.port))
    await asyncio.to_thread(sys.stdin.read)
    writer.stop.set()
    await asyncio.to_thread(thread.join)
    await door.stop()
    say(json.dumps(writer.sum_up()))
    store.close()
    say("ended")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
