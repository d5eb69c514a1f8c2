"""A program whose goroutines hold a known number of bytes, read twice as a collector reads it; for bench_cost.py.

The truth is what the program gained after a collection that is forced (`gc=1`) at both times. What the readings say is
found without one: behind a goroutineleak profile, as where Go serves it, and without, as everywhere else.
"""

import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collectors.evidence_url import make_evidence_url
from collectors.take_heap import take_heap
from collectors.taken import Failed, Limits
from examples.build import build
from processors.find_cost import find_cost
from processors.read_heap import read_heap
from schemas.evidence import Summary, Taken
from schemas.heap import GoroutineCost, HeapReading, MemStats
from schemas.limits import ProfileLimits
from schemas.model import Kind, Problem

RATE = 1_000
FIRST, GAINED = 300, 3_000
LIMITS = Limits(2**26, 2**26)
STACK = 255


@dataclass(frozen=True, slots=True)
class Case:
    """What each goroutine holds, MiB of heap that stay beside it, and KiB of garbage that come with each."""

    held_bytes: int
    live_mib: int = 0
    garbage_kib: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """Bytes of one goroutine: the truth, and what two readings said behind goroutineleak profiles and without."""

    case: Case
    truth: float
    settled: GoroutineCost
    unsettled: GoroutineCost

    @property
    def holds(self) -> tuple[bool, bool]:
        """Say whether each range holds the truth."""
        settled, unsettled = (one.low_bytes <= self.truth <= one.high_bytes for one in (self.settled, self.unsettled))
        return settled, unsettled


def build_leak(folder: Path) -> Path:
    """Build the program."""
    return build("leaks/held-buffer", folder)


def find(binary: Path, case: Case) -> Found:
    """Run the program twice: once read as it is, once behind goroutineleak profiles and beside the truth."""
    with running(binary, case) as address:
        unsettled = [read_at(address, goroutines, settle=False) for goroutines in (FIRST, FIRST + GAINED)]
    settled, truths = [], []
    with running(binary, case) as address:
        for goroutines in (FIRST, FIRST + GAINED):
            settled.append(read_at(address, goroutines, settle=True))
            truths.append((count(address), fetch_stats(address, "heap?debug=1&gc=1")))
    (first, before), (last, after) = truths
    gained = after.heap_alloc + after.stack_inuse - before.heap_alloc - before.stack_inuse
    return Found(case, gained / (last - first), _cost(settled), _cost(unsettled))


@contextmanager
def running(binary: Path, case: Case) -> Iterator[str]:
    """Run the program; give host:port."""
    held = {"rate": RATE, "bytes": case.held_bytes, "live": case.live_mib, "garbage": case.garbage_kib}
    command = [str(binary), *(f"-{name}={value}" for name, value in held.items())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a program without pipes")
        yield process.stdout.readline().split()[1]
        process.stdin.close()


def read_at(address: str, goroutines: int, *, settle: bool) -> Taken:
    """Read memory once there are so many goroutines, as a collector does, and put it beside their number."""
    while count(address) < goroutines:
        time.sleep(0.05)
    begun = time.monotonic()
    if settle:
        fetch(str(make_evidence_url(f"http://{address}/debug/pprof/goroutine", Kind.LEAK)))
    held = count(address)
    since = time.monotonic() - begun if settle else None
    stats = fetch_stats(address, "heap?debug=1")
    heap = HeapReading(stats, held, held, settled_seconds=since)
    return Taken(datetime.now(UTC), address, Kind.HEAP, STACK, Summary(heap=heap))


def count(address: str) -> int:
    """Count the goroutines of a process."""
    found = re.match(rb"goroutine profile: total (\d+)", fetch(f"http://{address}/debug/pprof/goroutine?debug=1"))
    if found is None:
        raise ValueError("no goroutine profile")
    return int(found[1])


def fetch_stats(address: str, path: str) -> MemStats:
    """Read memory by the code of collector and processor."""
    taken = take_heap(fetch(f"http://{address}/debug/pprof/{path}"), LIMITS)
    stats = Problem("", taken.error) if isinstance(taken, Failed) else read_heap(taken.profile, ProfileLimits())
    if isinstance(stats, Problem):
        raise ValueError(str(stats))  # noqa: TRY004 of the answer, not of a type
    return stats


def fetch(url: str) -> bytes:
    """Get a body."""
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 loopback
        body: bytes = answer.read()
    return body


def _cost(taken: list[Taken]) -> GoroutineCost:
    """Give what two readings say."""
    cost = find_cost(taken, STACK)
    if cost is None or not cost.measured:
        raise ValueError(f"no pair: {cost}")
    return cost
