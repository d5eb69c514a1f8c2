"""Fuzzes the reading of pprof bytes: `python -m tests.fuzz.pprof --minutes 30 --seed 1`.

Three read every mutant: the machine code, a twin of it that runs in a process of its own with numba's bounds checks,
and protobuf's own parser.
They must agree; what a build's addresses were remembered for may differ only where the mutant contradicts what its
build taught (a lie), and then the reader that trusts nothing agrees. Findings are written to `.fuzz/`, and the program
ends with 1. It tells the slowest mutant, and the most memory.
"""

import argparse
import gzip
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from processors.read import Memory, Reader
from processors.reading import Way
from processors.scratch import Scratch, words
from schemas.limits import ProfileLimits
from tests.fuzz.law import SMALL, Outcome, agree, make_reader, outcome_of, outcome_of_oracle
from tests.fuzz.mutate import Mutator
from tests.pprof_maker import make_profile

PROFILES = Path(__file__).parent / "profiles"
FOUND = Path(".fuzz")
SESSION = 200
"""Mutants that are read by the same readers, from small arrays and an empty memory on."""
TIGHT = ProfileLimits(
    stacks=45,
    locations=60,
    functions=50,
    strings=80,
    labels=3,
    lines=70,
    frames=6,
    all_frames=300,
    protobuf_bytes=9_000,
)


def load_profiles() -> list[bytes]:
    """Give real profiles, inflated, and some that were made to be small."""
    real = [gzip.decompress(path.read_bytes()) for path in sorted(PROFILES.glob("*.pb.gz"))]
    made = [
        make_profile([(("runtime.gopark", "main.a", "main.b"), 7), (("main.b",), 1), ((), 3)], compress=False),
        make_profile([(tuple(f"main.f{n % 3}" for n in range(40)), 2)], compress=False),
    ]
    return real + made


@dataclass
class Session:
    """Readers of one stretch of mutants."""

    limits: ProfileLimits
    fresh: Reader = field(init=False)
    remembering: Reader = field(init=False)

    def __post_init__(self) -> None:
        """Make one that trusts nothing, and one that remembers builds, both in arrays that must grow."""
        self.fresh = make_reader(self.limits, Memory(SMALL.stacks, SMALL.build_slots, 1))
        self.remembering = make_reader(self.limits, SMALL)
        for reader in (self.fresh, self.remembering):
            reader.scratch = tiny_scratch(self.limits)


def tiny_scratch(limits: ProfileLimits) -> Scratch:
    """Give arrays of one row each."""
    scratch = Scratch(limits)
    for kind in range(5):
        scratch._lengthen(kind, 1)  # noqa: SLF001 as growing does
    scratch.sums = words(4)
    return scratch


def run(seed: int, session_number: int, watch: "Watch | None") -> str:
    """Read the mutants of one session; give a digest of all outcomes, and tell `watch` of each where there is one."""
    chance = random.Random(seed * 1_000_003 + session_number)  # noqa: S311 no secret
    session = Session(TIGHT if chance.random() < 0.3 else ProfileLimits())
    mutator = Mutator(load_profiles(), chance.randrange(2**32))
    digest = blake2b(digest_size=16)
    base = mutator.pick()
    for _ in range(SESSION):
        session.remembering.read("s", base)
        mutant = mutator.mutate(base if chance.random() < 0.9 else mutator.pick())
        begin = time.perf_counter()
        fresh = outcome_of(session.fresh.read("s", mutant))
        took = time.perf_counter() - begin
        reading = session.remembering.read("s", mutant)
        remembered = outcome_of(reading)
        digest.update(repr((fresh, remembered, reading.way)).encode())
        if watch is not None:
            watch.see(mutant, session.limits, (fresh, remembered, reading.way), took)
    return digest.hexdigest()


@dataclass
class Watch:
    """Compares with the oracle, and keeps what was found."""

    findings: int = 0
    slowest_seconds: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)

    def see(self, mutant: bytes, limits: ProfileLimits, said: tuple[Outcome, Outcome, Way], took: float) -> None:
        """Take in one mutant."""
        fresh, remembered, way = said
        expected = outcome_of_oracle(mutant, limits)
        self.seen[f"{way.value}, {'read' if fresh.counts else 'refused'}"] += 1
        if not agree(fresh, expected):
            self.find("fresh", mutant, f"{fresh} instead of {expected}")
        elif not agree(remembered, expected):
            self.seen["lies"] += 1
            if way is not Way.KNOWN_BUILD:
                self.find("remembered", mutant, f"{remembered} instead of {expected}")
        if took > self.slowest_seconds:
            self.slowest_seconds = took
            self.keep("slowest", mutant)

    def find(self, name: str, mutant: bytes, sentence: str) -> None:
        """Note a finding."""
        self.findings += 1
        self.keep(f"{name}-{blake2b(mutant, digest_size=6).hexdigest()}", mutant)
        print(f"{name}: {sentence}", flush=True)  # noqa: T201 its result

    @staticmethod
    def keep(name: str, mutant: bytes) -> None:
        """Write a mutant to a file."""
        FOUND.mkdir(exist_ok=True)
        (FOUND / f"{name}.pb").write_bytes(mutant)


def start_twin(seed: int, cache: str) -> "subprocess.Popen[str]":
    """Start the same program with bounds checks; numba's cache ignores that flag, so it gets one of its own."""
    environment = os.environ | {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": cache}
    command = [sys.executable, "-m", "tests.fuzz.pprof", "--twin", "--seed", str(seed)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def be_twin(seed: int) -> None:
    """Answer each number of a session with the digest of its outcomes; an index outside an array ends it."""
    for line in sys.stdin:
        print(run(seed, int(line), None), flush=True)  # noqa: T201 its result


def fuzz(minutes: float, seed: int) -> int:
    """Fuzz for so long; give the exit code."""
    watch = Watch()
    run(seed, 0, None)  # compiles
    end = time.monotonic() + 60 * minutes
    number = 0
    with tempfile.TemporaryDirectory() as cache, start_twin(seed, cache) as twin:
        if twin.stdin is None or twin.stdout is None:
            raise AssertionError("started with pipes")
        while time.monotonic() < end and twin.poll() is None and watch.findings < 20:
            twin.stdin.write(f"{number}\n")
            twin.stdin.flush()
            ours = run(seed, number, watch)
            theirs = twin.stdout.readline().strip()
            if ours != theirs:
                watch.findings += 1
                print(f"session {number}: the twin with bounds checks differs: {theirs or 'it died'}")  # noqa: T201
            number += 1
        twin.stdin.close()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{number * SESSION} mutants, {watch.findings} findings; {dict(sorted(watch.seen.items()))}")  # noqa: T201
    print(f"slowest read {1000 * watch.slowest_seconds:.1f} ms, peak memory {megabytes:.0f} MiB")  # noqa: T201
    return 1 if watch.findings else 0


def main() -> int:
    """Read the arguments; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--twin", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.twin:
        be_twin(chosen.seed)
        return 0
    return fuzz(chosen.minutes, chosen.seed)


if __name__ == "__main__":
    sys.exit(main())
