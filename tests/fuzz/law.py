"""The law of reading: on any bytes, machine code and protobuf's own parser give the same counts or the same refusal."""

from collections import Counter
from dataclasses import dataclass

from processors.decode import decode
from processors.fingerprint import fingerprint
from processors.normalise import normalise
from processors.read import Memory, Reader
from processors.reading import Reading
from schemas.limits import ProfileLimits
from schemas.model import Fingerprint
from schemas.raw_stack import RawStack

KEY = bytes(range(32))
SMALL = Memory(stacks=2**10, build_slots=2**15, recheck_every=16)


@dataclass(frozen=True)
class Outcome:
    """What reading gave: goroutines by fingerprint, those without a stack, and the first problem."""

    counts: tuple[tuple[int, int], ...]
    unlocated: int
    problem: str

    def __str__(self) -> str:
        """Say it in short."""
        goroutines = sum(number for _, number in self.counts)
        return f"{len(self.counts)} stacks of {goroutines}, {self.unlocated} without, {self.problem!r}"


def identify(raw: RawStack) -> Fingerprint:
    """Name a stack as the pipeline does."""
    return fingerprint(normalise(raw))


def make_reader(limits: ProfileLimits | None = None, memory: Memory = SMALL) -> Reader:
    """Give a reader with a key that is the same in every process."""
    return Reader(identify, KEY, limits or ProfileLimits(), memory)


def outcome_of(reading: Reading) -> Outcome:
    """Give what a reader said."""
    counts = {count.fingerprint.value: count.goroutines for count in reading.counts()}
    problem = reading.problems[0].what if reading.problems else ""
    return Outcome(tuple(sorted(counts.items())), reading.unlocated, problem)


def outcome_of_oracle(data: bytes, limits: ProfileLimits | None = None) -> Outcome:
    """Give what decoding by protobuf's own parser says."""
    decoded = decode(data, limits or ProfileLimits())
    totals: Counter[int] = Counter()
    for raw in decoded.stacks:
        totals[identify(raw).value] += raw.count
    capped = sorted((value, min(number, 2**32 - 1)) for value, number in totals.items())
    return Outcome(tuple(capped), decoded.unlocated, decoded.problems[0].what if decoded.problems else "")


def agree(said: Outcome, expected: Outcome) -> bool:
    """Say whether both are the same; limits are looked at before it is known that a profile is broken elsewhere."""
    broken = expected.problem == "not a pprof profile: the protobuf does not parse"
    return said == expected or (broken and not said.counts and said.problem.startswith("too many "))
