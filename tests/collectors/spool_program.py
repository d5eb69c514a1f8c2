"""A process that puts numbered messages into a spool until it is killed, or until a limit of the disk is met.

`python spool_program.py FOLDER put` prints each number that was put. `... full BYTES` may write files of so many bytes
at most, prints what was lost while the disk was full, and again when there is room.
"""

import resource
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from collectors.spool import Spool  # noqa: E402 the path comes first
from tests.collectors.spooling import at, drain, numbered  # noqa: E402 the same


def put_for_ever(folder: Path) -> None:
    """Put batches of ten and say how far it came, until killed."""
    spool = Spool(folder, size_bytes=2**30, age_seconds=64.0)
    first = 0
    while True:
        spool.put(numbered(first, 10, size=20_000), at(first / 1000))
        first += 10
        sys.stdout.write(f"{first}\n")
        sys.stdout.flush()


def fill_the_disk(folder: Path, limit_bytes: int) -> None:
    """Meet the limit, go on, and read back what is there."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))
    spool = Spool(folder, size_bytes=2**30, age_seconds=64.0)
    spool.put(numbered(0, 3, size=400), at(0))
    spool.put(numbered(3, 1, size=4000), at(0))
    trouble = spool.state(at(0)).trouble
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    spool.put(numbered(4, 1, size=4000), at(0))
    losses, state = spool.take_losses(), spool.state(at(0))
    left = [int(message.value or b"") for message in drain(spool)]
    told = trouble.replace(str(folder), "FOLDER")
    sys.stdout.write(f"{told}|{dict(losses.dropped)}|{len(losses.problems)}|{state.trouble}|{left}")


if __name__ == "__main__":
    if sys.argv[2] == "put":
        put_for_ever(Path(sys.argv[1]))
    else:
        fill_the_disk(Path(sys.argv[1]), int(sys.argv[3]))
