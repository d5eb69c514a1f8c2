"""What one leaked goroutine costs in memory, as a range that says what it rests on.

A goroutine holds its stack and what its stack points to. The runtime gives no stack below 2,048 bytes (`stackMin` in
src/runtime/stack.go), and it doubles a stack that is too small; what a stack points to no profile of goroutines tells.
"""

from dataclasses import dataclass

from processors.forecast import Range

SMALLEST_STACK_BYTES = 2_048
COSTLIEST_BYTES = 24 * 1024
"""No pattern of the live corpus cost more, heap included: benchmarks/RESULTS.md (bench_cost.py). Those are small
programs: a goroutine on which a large buffer hangs costs more."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Bytes of one goroutine. `how` says in a few words what the range is."""

    bytes_each: Range
    how: str


STATED = Cost(
    Range(float(SMALLEST_STACK_BYTES), float(COSTLIEST_BYTES)),
    "stated, not measured: smallest stack to costliest known pattern",
)


def format_bytes(size: float) -> str:
    """Write a size for people, in powers of 1,024 and two or three digits.

    Example input: 20000
    Example output: 20 KiB
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1000:  # noqa: PLR2004 three digits
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.3g} TiB"
