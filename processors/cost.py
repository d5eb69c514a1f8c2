"""What one leaked goroutine costs in memory, as a range that says what it rests on.

A goroutine holds its stack and what its stack points to. The runtime gives no stack below 2,048 bytes (`stackMin` in
src/runtime/stack.go), and it doubles a stack that is too small; what a stack points to no profile of goroutines tells.
"""

from schemas.heap import GoroutineCost

SMALLEST_STACK_BYTES = 2_048
COSTLIEST_BYTES = 24 * 1024
"""No pattern of the live corpus cost more, heap included: benchmarks/RESULTS.md (bench_cost.py). Those are small
programs: a goroutine on which a large buffer hangs costs more."""


STATED = GoroutineCost(
    SMALLEST_STACK_BYTES, COSTLIEST_BYTES, "stated, not measured: smallest stack to costliest known pattern"
)


def describe_cost(cost: GoroutineCost, goroutines: int) -> str:
    """Say what so many goroutines hold; what it rests on stands in `how`, and may quote a target.

    Example output: 3.64 MiB to 43.1 MiB now, 2 KiB to 24 KiB each
    """
    ends = (cost.low_bytes, cost.high_bytes)
    held, each = (" to ".join(format_bytes(end * times) for end in ends) for times in (goroutines, 1))
    return f"{held} now, {each} each"


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
