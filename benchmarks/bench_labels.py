"""Measures what labels cost: taking them out of a profile in the collector, and counting those that are kept.

A profile of 300 stacks of 16 frames, without labels and with two on every stack (50 tenants, a route of its own for
each stack). The collector inflates and judges every profile anyway; the ratios are to that, in the same run. Beside it
a very large profile, and the worst that 64 MiB can hold.
`python -m benchmarks.bench_labels` writes RESULTS.md.
"""

import gzip
import resource
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context

from benchmarks.results import machine, publish
from collectors.content import read_content
from collectors.strip_labels import LabelRule, LabelValues, strip_labels
from processors.count_labels import LabelPolicy
from processors.pipeline import count_profile, identify
from processors.read import Reader
from schemas.model import ScrapedProfile
from schemas.wire.pprof import NotPprofError
from schemas.wire.profile_labels_pb2 import LabelledProfile
from tests.labelled_profile import make_labelled

LIMIT = 64 * 2**20
ROUNDS, CALLS = 15, 20
STACKS, FRAMES = 300, 16
NONE = LabelRule()
BOTH = frozenset({b"tenant", b"route"})
AT = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Worst:
    """What a large or hostile profile cost. `grown_bytes` is the memory of the process above what it had."""

    milliseconds: float
    grown_bytes: int


def make_frames(number: int) -> tuple[str, ...]:
    """Give one stack: parked on a channel, below it functions of some packages."""
    own = [
        f"example.com/shop/package{(number + depth) % 23}.(*Type{number % 31}).Method{depth}"
        for depth in range(FRAMES - 3)
    ]
    return ("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1", *own)


def take(body: bytes, rule: LabelRule) -> bytes:
    """Do what the collector does with a body."""
    raw = read_content(body, LIMIT)
    assert isinstance(raw, bytes)  # noqa: S101 our own profile
    stripped = strip_labels(raw, rule)
    return body if stripped.raw is raw else gzip.compress(stripped.raw, 1, mtime=0)


def measure(ways: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Give the CPU milliseconds of one call of each way: the best round of several, taken in turns."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time()
            for _ in range(CALLS):
                way()
            best[name] = min(best[name], 1000 * (time.process_time() - started) / CALLS)
    return best


def measure_collector() -> dict[str, float]:
    """Measure the ways of a profile through the collector."""
    samples = [(make_frames(number), number + 1) for number in range(STACKS)]
    plain = gzip.compress(make_labelled(samples, []), 1, mtime=0)
    labels = [{"tenant": f"tenant-{number % 50}", "route": f"/orders/{number}"} for number in range(STACKS)]
    labelled = gzip.compress(make_labelled(samples, labels), 1, mtime=0)
    key = b"0123456789abcdef"
    return measure(
        {
            "inflate and judge alone": lambda: read_content(plain, LIMIT),
            "no labels in it": lambda: take(plain, NONE),
            "two on each stack, kept": lambda: take(labelled, LabelRule(BOTH)),
            "two on each stack, removed": lambda: take(labelled, NONE),
            "two on each stack, hashed": lambda: take(labelled, LabelRule(BOTH, LabelValues.HASH, key)),
        }
    )


def measure_processor() -> dict[str, float]:
    """Measure reading a labelled profile to counts, and to counts of labels too."""
    samples = [(make_frames(number), number + 1) for number in range(STACKS)]
    labels = [{"tenant": f"tenant-{number % 50}", "route": f"/orders/{number}"} for number in range(STACKS)]
    scraped = ScrapedProfile("s", "i", AT, AT, 60.0, 0.1, profile=make_labelled(samples, labels))
    policy = LabelPolicy(("tenant", "route"), 50)
    read = Reader(identify, bytes(32)).read
    return measure(
        {
            "counted without its labels": lambda: count_profile(scraped, read),
            "counted with its labels": lambda: count_profile(scraped, read, policy),
        }
    )


def meet_worst(raw: bytes) -> Worst:
    """Strip such a profile; it may be refused."""
    before, started = _peak_bytes(), time.process_time()
    with suppress(NotPprofError):
        strip_labels(raw, NONE)
    return Worst(1000 * (time.process_time() - started), _peak_bytes() - before)


def _peak_bytes() -> int:
    """Give the most memory that this process had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _label_bomb(size: int) -> bytes:
    """Give one sample that is full of empty labels: two bytes each."""
    inside, length = size - 8, bytearray([0x12])
    rest = inside
    while rest > 0x7F:  # noqa: PLR2004 what a byte of a varint holds
        length.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes(length) + bytes([rest]) + b"\x1a\x00" * (inside // 2)


def _large_profile() -> bytes:
    """Give 200,000 stacks, as many as are read of a profile, with two labels each, one of them all different."""
    profile = LabelledProfile.FromString(make_labelled([(make_frames(1), 1)], [{"user": "1", "tier": "gold"}]))
    user, tier = profile.sample[0].label
    for number in range(200_000):
        sample = profile.sample.add()
        sample.MergeFromString(b"\x0a\x20" + b"\x81\x01" * 16 + b"\x12\x01\x05")  # 16 locations, one count
        sample.label.add(key=user.key, str=len(profile.string_table))
        sample.label.append(tier)
        profile.string_table.append(b"user-%d" % number)
    return profile.SerializeToString()


def measure_worst() -> dict[str, Worst]:
    """Meet a large profile and hostile ones, each in a process of its own so that its memory is seen."""
    bombs = {
        "200,000 stacks with two labels each": _large_profile(),
        "64 MiB of empty samples": b"\x12\x00" * (LIMIT // 2),
        "64 MiB of empty labels": _label_bomb(LIMIT),
        "4 MiB of empty samples, just not counted first": b"\x12\x00" * (2 * 2**20),
        "4 MiB of empty labels, just not counted first": _label_bomb(4 * 2**20),
    }
    found = {}
    for name, bomb in bombs.items():
        with get_context("fork").Pool(1) as pool:
            found[name] = pool.apply(meet_worst, (bomb,))
    return found


def describe(collector: Mapping[str, float], processor: Mapping[str, float], worst: Mapping[str, Worst]) -> str:
    """Write the figures as a section of RESULTS.md."""
    base = collector["inflate and judge alone"]
    lines = [f"| {name} | {cost:.2f} ms | {cost / base:.1f} |" for name, cost in collector.items()]
    less = processor["counted without its labels"]
    more = [f"| {name} | {cost:.2f} ms | {cost / less:.1f} |" for name, cost in processor.items()]
    worse = [
        f"| {name} | {met.milliseconds:.0f} ms | {met.grown_bytes / 2**20:.0f} MiB |" for name, met in worst.items()
    ]
    return f"""## bench_labels.py: labels, out of a profile and counted

{STACKS} stacks of {FRAMES} frames, CPU of one thread; `python -m benchmarks.bench_labels`; {machine()}.

| a profile in the collector | CPU | ratio |
|---|---|---|
{chr(10).join(lines)}

| a labelled profile in the processor | CPU | ratio |
|---|---|---|
{chr(10).join(more)}

| a large or hostile profile in the collector | CPU | memory on top |
|---|---|---|
{chr(10).join(worse)}
"""


def main() -> None:
    """Measure, print, and write RESULTS.md."""
    worst = measure_worst()
    publish(describe(measure_collector(), measure_processor(), worst))


if __name__ == "__main__":
    main()
