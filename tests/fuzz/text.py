"""Mutates text profiles and holds the compiled scan to the plain parser: the same stacks and problems on any bytes.

    python -m tests.fuzz.text --minutes 10 --seed 1

With NUMBA_BOUNDSCHECK=1 and a NUMBA_CACHE_DIR of its own the scan runs with every index checked, so that an access
outside an array is an exception. A text that breaks a law is written to the current folder.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from processors.decode import decode
from processors.decode_dump import decode_dump
from processors.scan_dump import scan_dump
from processors.split_dump import split_dump
from schemas.limits import ProfileLimits

DUMPS = Path(__file__).parents[1] / "golden" / "dumps"
LIMITS = ProfileLimits(stacks=60, frames=40, line_bytes=400, distinct_frames=300, problems=5)
PIECES = (
    *(b"goroutine ", b"goroutine 1 [", b"goroutine 7 gp=0x1 m=nil mp=0x2 [", b"]:", b"]:\n", b", 12 minutes", b"\r\n"),
    *(b", 1234567890 minutes", b" (leaked)", b" (scan)", b" (durable)", b", locked to thread", b" {k: v}:", b"\n\n"),
    *(b' {"a b": "c\\"]:"}:', b', "k":"v"', b"created by ", b" in goroutine 1", b" +0x1d", b" fp=0x1 sp=0x2 pc=0x3"),
    *(b"(...)", b"(0x1?, {0x2})", b"...12 frames elided...\n", b"...additional frames elided...\n", b"\t", b"\tx:1\n"),
    *(b"non-Go function at pc=0x1\n", b"\tpc=0x12\n", b"[originating from goroutine 3]:\n", b"exit status 2", b"\x00"),
    *(b"\xff\xfe", b"\xe2\x80\xae", b"[" * 50, b"(" * 50, b"panic(", b"goroutine profile: total 3\n", b"3 @ 0x1 0x2\n"),
    *(
        b'# labels: {"a":"b"}\n',
        b"#\t0x1\tmain.f+0x1\t/x.go:3\n",
        b"\tgoroutine running on other thread; stack unavailable\n",
    ),
)


def mutate(text: bytes, choose: random.Random) -> bytes:
    """Change a text in a few places, as its lines and words suggest."""
    data = bytearray(text)
    for _ in range(choose.randint(1, 6)):
        at = choose.randrange(len(data) + 1)
        until = min(len(data), at + choose.choice((1, 2, 8, 60, 500)))
        change = choose.randrange(7)
        if change == 0:
            data[at:at] = choose.choice(PIECES)
        elif change == 1:
            data[at:until] = choose.choice(PIECES)
        elif change == 2:
            del data[at:until]
        elif change == 3:
            data[at:until] = choose.randbytes(until - at)
        elif change == 4:
            data[at:at] = data[choose.randrange(len(data) + 1) :][:300]
        elif change == 5:
            del data[at:]
        elif at < len(data):
            data[at] ^= 1 << choose.randrange(8)
    return bytes(data)


def check(text: bytes) -> None:
    """Raise where a law is broken."""
    plain, compiled = decode_dump(text, LIMITS, split_dump), decode_dump(text, LIMITS, scan_dump)
    assert plain == compiled, "the compiled scan and the plain parser disagree"
    assert len(plain.problems) <= LIMITS.problems + 2, "problems are not bounded"
    whole = decode(text, LIMITS)
    assert whole.stacks or whole.problems or whole.unlocated or text.strip(), "nothing is said of a text"


def seeds() -> list[bytes]:
    """Give the real dumps, whole and in parts, so that short texts are mutated too."""
    whole = [path.read_bytes() for path in sorted(DUMPS.glob("*.txt"))]
    blocks = [block + b"\n\n" for text in whole for block in text.split(b"\n\n")]
    return [*whole, *blocks, *(b"".join(blocks[i : i + 3]) for i in range(0, len(blocks), 7))]


def run(seconds: float, seed: int, law: Callable[[bytes], None] = check) -> int:
    """Mutate for so long; give how many texts were tried."""
    choose, texts = random.Random(seed), seeds()  # noqa: S311 a seed that repeats the run
    law(texts[-1])  # compiles
    end, tried, slowest = time.monotonic() + seconds, 0, 0.0
    while time.monotonic() < end:
        text = mutate(choose.choice(texts), choose)
        began = time.process_time()
        try:
            law(text)
        except Exception:
            Path(f"fuzz-text-{seed}-{tried}.bin").write_bytes(text)
            raise
        slowest = max(slowest, (time.process_time() - began) / (len(text) + 1_000))  # small texts: what a call costs
        tried += 1
        if choose.random() < 0.05:
            texts.append(text[:20_000])
            del texts[2_000:]
    sys.stdout.write(f"seed {seed}: {tried} texts, no law broken, slowest {slowest * 1e9:.0f} ns a byte\n")
    return tried


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    run(options.minutes * 60, options.seed)


if __name__ == "__main__":
    main()
