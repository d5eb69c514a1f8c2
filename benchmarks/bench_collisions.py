"""Counts collisions of fingerprints among ten million random stacks, all different by construction.

Stacks are of 1 to 16 frames out of 5,000 function names, with one of the operations; half of them differ from another
in one frame only, as real stacks do. `python -m benchmarks.bench_collisions` writes the figure into RESULTS.md; it
takes some minutes and 200 MB.
"""

import random
import sys
import time
from collections.abc import Iterator

import numpy as np

from benchmarks.results import machine, publish
from processors.fingerprint import fingerprint
from processors.operation import OPERATIONS
from schemas.model import Stack

STACKS = 10_000_000
FUNCTIONS = tuple(f"example.com/service/package{i % 97}.(*Type{i % 31}).method{i}" for i in range(5_000))
WAYS = tuple(operation.name for operation in OPERATIONS)


def make_stacks(number: int, seed: int) -> Iterator[Stack]:
    """Give stacks that are all different: the number of each stands in its entry function."""
    chance = random.Random(seed)
    frames: tuple[str, ...] = ()
    for index in range(number):
        if index % 2 == 0:
            frames = tuple(chance.choices(FUNCTIONS, k=chance.randint(0, 15)))
        yield Stack((*frames, f"main.entry{index}"), 1, WAYS[index % len(WAYS)])


def main() -> None:
    """Name all stacks, sort the names, count those that stand twice."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else STACKS
    began = time.perf_counter()
    names = (fingerprint(stack).value for stack in make_stacks(number, seed=1))
    values = np.fromiter(names, dtype=np.uint64, count=number)
    seconds = time.perf_counter() - began
    collisions = number - len(np.unique(values))
    publish(
        "## bench_collisions.py: do different stacks ever share a fingerprint?\n\n"
        f"{machine()}.\n\n"
        "| random stacks | collisions | microseconds a stack, made and named |\n|---|---|---|\n"
        f"| {number:,} | {collisions} | {seconds / number * 1e6:.1f} |\n\n"
        "With 64 bits ten million stacks collide with a probability of 3 in a million.\n"
    )


if __name__ == "__main__":
    main()
