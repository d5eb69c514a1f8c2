"""Makes debug=2 dumps as Go 1.27 writes them, of any size: some hundred stacks, each in many goroutines."""

import random
from collections.abc import Iterator

STACKS = 300
FRAMES = 16
_STATES = ("chan receive", "chan send", "select", "IO wait", "sync.Mutex.Lock", "sleep", "chan receive (nil chan)")


def make_dump(size_bytes: int, *, stacks: int = STACKS, labels: float = 0.0, elided: float = 0.0) -> tuple[bytes, int]:
    """Give a dump of at most this size and its number of goroutines.

    `labels` and `elided` are the shares of goroutines with labels in their header (Go 1.27 writes them when the main
    module asks for it) and of such with more than 100 frames.
    """
    choose = random.Random(1)
    bodies = [_make_body(choose, index) for index in range(stacks)]
    parts: list[bytes] = []
    size = 0
    for number in _numbers(choose):
        block = _make_goroutine(choose, number, bodies, labels, elided)
        size += len(block) + (1 if parts else 0)
        if size > size_bytes:
            return b"\n".join(parts), len(parts)
        parts.append(block)
    return b"\n".join(parts), len(parts)


def _numbers(choose: random.Random) -> Iterator[int]:
    """Give the numbers of goroutines, rising with gaps."""
    number = 1
    while True:
        yield number
        number += choose.randint(1, 9)


def _make_body(choose: random.Random, index: int) -> list[tuple[str, str]]:
    """Make the frames of a stack, each as its function and its file line."""
    functions = [choose.randrange(2_000) for _ in range(FRAMES)] + [index]
    return [
        (f"example.org/shop/pkg{f % 40}.(*Service{f % 7}).handle{f}", f"/src/shop/pkg{f % 40}/service.go:{f + 10}")
        for f in functions
    ]


def _make_goroutine(
    choose: random.Random, number: int, bodies: list[list[tuple[str, str]]], labels: float, elided: float
) -> bytes:
    """Make the text of one goroutine with argument words of its own."""
    index = choose.randrange(len(bodies))
    minutes = choose.randrange(40)
    wait = f", {minutes} minutes" if minutes else ""
    tenant = f' {{tenant: "shop {index % 9}"}}' if choose.random() < labels else ""
    lines = [f"goroutine {number} [{_STATES[index % len(_STATES)]}{wait}]{tenant}:"]
    pointer = 0xC000000000 + choose.randrange(1 << 30) * 8
    for function, place in bodies[index]:
        lines += [f"{function}(0x{pointer:x}, {{0x{pointer + 64:x}, 0x2}})", f"\t{place} +0x{index % 250 + 16:x}"]
    if choose.random() < elided:
        lines.insert(len(lines) // 2 | 1, "...12 frames elided...")
    lines += [f"created by example.org/shop.Start in goroutine {number // 2 + 1}", "\t/src/shop/start.go:12 +0x5a", ""]
    return "\n".join(lines).encode()
