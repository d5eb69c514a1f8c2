"""The nouns of memory: what a process says of its own, and what one leaked goroutine costs.

All sizes are bytes. What a process says are the counters of `runtime.MemStats` at one moment.
"""

from dataclasses import dataclass
from datetime import datetime

HEAP_HEAD = b"heap profile: "
STATS_HEAD = b"\n# runtime.MemStats\n"
STATS_BYTES = 2**16
"""How `writeHeapInternal` in Go's runtime/pprof begins, and its end: the counters with 512 pauses are 12 kB."""


@dataclass(frozen=True, slots=True)
class MemStats:
    """What the runtime of one process counted of its memory; fields as in `runtime.MemStats`.

    `heap_alloc` holds garbage that no collection has found yet. `next_gc` is the size of the heap at which the next
    collection ends. `total_alloc` and the collections only ever rise in one process. `sampled_least` is what lived at
    least by the samples of the profile, as of a collection or two before; 0 where they are too few to say.
    """

    heap_alloc: int
    heap_inuse: int
    stack_inuse: int
    sys: int
    total_alloc: int
    next_gc: int
    collections: int
    forced_collections: int = 0
    sampled_least: int = 0


@dataclass(frozen=True, slots=True)
class HeapReading:
    """The memory of one process, beside what its newest scrape said.

    `goroutines` is how many it had in all, 0 where no scrape is known; `of_stack` those of the stack that the reading
    was asked for, None where it was asked for none. `life` is the first slot of the process, None where that is not
    known. `settled_seconds` is how long before, at most, a collection that was asked of the process ended: next to all
    garbage is younger; None where none was asked.
    """

    stats: MemStats
    goroutines: int = 0
    of_stack: int | None = None
    life: datetime | None = None
    settled_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class GoroutineCost:
    """Bytes of one leaked goroutine, its stack and what hangs on it: a range, and what it rests on in a few words."""

    low_bytes: float
    high_bytes: float
    how: str
    measured: bool = False
