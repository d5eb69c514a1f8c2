"""A program with a store and its door, as `leakstream up` has them: one process holds one embedded engine.

Prints the port, then one line for each statement it answered; ends when its input does.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.serve.access import User, hash_password
from leakstream.serve.door import Door
from leakstream.serve.engine import Limits
from leakstream.serve.quota import Quota

SMALL = Limits(seconds=20.0, result_bytes=8 * 2**20, memory_bytes=400 * 2**20, running=2, waiting=6)


def say(line: str) -> None:
    """Tell the test that started this program."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def make_numbered(store: ClickhouseStore) -> None:
    """Make the table that tests read: 1000 rows."""
    store.execute(
        "CREATE TABLE numbered (number UInt32, text String, at DateTime('UTC')) ENGINE = MergeTree ORDER BY number"
    )
    store.execute("INSERT INTO numbered SELECT number, toString(number), toDateTime(number, 'UTC') FROM numbers(1000)")


def read_user(text: str) -> User:
    """Read a user.

    Example input: ann=password=3
    Example output: the user ann, who may ask three times an hour
    """
    name, password, queries = text.split("=")
    return User(name, hash_password(password), Quota(queries=int(queries)))


async def main(path: Path, users: Sequence[User]) -> None:
    """Serve a small table until the input ends."""
    store = open_embedded(path)
    make_numbered(store)
    door = Door(path, "127.0.0.1", 0, SMALL, users=users, on_query=lambda told: say(told.outcome))
    await door.start()
    say(str(door.port))
    await asyncio.to_thread(sys.stdin.read)
    await door.stop()
    store.close()
    say("ended")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), tuple(map(read_user, sys.argv[2:]))))
