"""Evidence of real Go programs, for tests: profiles and dumps in tests/golden/leaks, made as its README says."""

from pathlib import Path

from processors.pipeline import WEIGHER
from processors.weigh_dump import weigh_dump
from schemas.evidence import StackWeight, Summary
from schemas.model import Fingerprint
from schemas.raw_stack import Frame, RawStack

LEAKS = Path(__file__).parents[1] / "golden" / "leaks"
GO_VERSIONS = ("1.26.8", "1.27.3")


def read(name: str) -> bytes:
    """Give the bytes of one file."""
    return (LEAKS / name).read_bytes()


def write_heap(heap_alloc: int, stack_inuse: int, collections: int = 3) -> bytes:
    """Give the heap profile (debug=1) of a process with so many bytes in use, without records."""
    counters = {
        "TotalAlloc": 2 * heap_alloc,
        "Sys": 2**40,
        "HeapAlloc": heap_alloc,
        "HeapInuse": heap_alloc,
        "NextGC": 2 * heap_alloc,
        "NumGC": collections,
        "NumForcedGC": 0,
    }
    lines = [f"# {name} = {value}" for name, value in counters.items()]
    lines.append(f"# Stack = {stack_inuse} / {stack_inuse}")
    return "\n".join(("heap profile: 0: 0 [0: 1] @ heap/1048576", "", "# runtime.MemStats", *lines, "")).encode()


def name_dumped(state: str, *functions: str) -> Fingerprint:
    """Name the stack of a goroutine as a dump shows it."""
    return WEIGHER.identify(RawStack(tuple(map(Frame, functions)), 1, state))


def weigh_waits() -> dict[str, StackWeight]:
    """Weigh the dump of the program with every kind of wait, by the function that waits."""
    summary = weigh_dump(read("go1.27.3.waits.txt.gz"), WEIGHER.identify, WEIGHER.limits)
    assert isinstance(summary, Summary)
    names = {
        name_dumped("chan receive", "main.leak").value: "leak",
        name_dumped("sleep", "time.Sleep", "main.loop").value: "loop",
        name_dumped("sleep", "time.Sleep", "main.serve").value: "serve",
        name_dumped("chan receive", "main.pool").value: "pool",
    }
    return {names.get(weight.fingerprint, "other"): weight for weight in summary.stacks}
