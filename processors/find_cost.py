"""readings of memory -> what one leaked goroutine costs, as a range that says what it rests on.

Two readings of one process tell it: what heap and stacks gained, over the goroutines gained.

Rule 1: garbage is no cost. The counter of the heap holds garbage, so it is only the most that lives; the least is what
the last collection must have left (see `find_least_live`). What is gained lies between the ends that this leaves open.
Rule 2: what else grew or shrank meanwhile is in it: no counter tells what hangs on which goroutine. So a pair counts
only where many goroutines came, and those of the leak are a good part of them.
Rule 3: no goroutine costs less than its stack.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from processors.cost import COSTLIEST_BYTES, SMALLEST_STACK_BYTES, format_bytes
from schemas.evidence import Taken
from schemas.heap import GoroutineCost, HeapReading

FEWEST_GAINED = 100
"""Fewer tell nothing beside what else happens in a process."""
_LEAST_GAINED = 0.1
"""Of the goroutines before; what is less may be the day's load."""
_LEAST_SHARE = 0.25
"""Of the goroutines gained: an accepted connection that leaks is three stacks, and its leak is one of them."""
_NEWEST = 12
"""Of the readings of one process: they grow apart by half each time."""
_COUNTED_ELSEWHEN = 0.05
"""Goroutines are those of a scrape up to a minute from the reading, and readings lie half an hour apart."""

_HIGHEST_GOGC = 2
"""In hundreds. At the default of 1 a collection begins when as much is allocated as the last one left."""
_GLOBALS_BYTES = 2**20
_SMALL_GOAL_BYTES = 8 * 2**20
_LARGEST_GOAL_BYTES = 2**50
"""Below, the goal is the smallest that the runtime sets, whatever lives; above, collections are switched off."""
_BURST = 2.0
_PROFILE_BYTES_EACH = 512
"""What goroutineleak itself leaves behind as garbage, of each goroutine."""


Read = tuple[Taken, HeapReading]
"""Evidence that is a reading of memory, and the reading."""


def find_cost(taken: Iterable[Taken], fingerprint: int) -> GoroutineCost | None:
    """Give the cost from the readings asked for a stack, of the newest process that tells it; None without any.

    The cost lies in the ranges of all pairs of its readings. Where nothing is common to all, for what lives beside the
    leak changed meanwhile, the pair with most goroutines gained counts: there the rest weighs least.
    """
    readings = find_readings(taken, fingerprint)
    lives: dict[object, list[Read]] = {}
    for one, heap in reversed(readings):
        lives.setdefault((one.instance, heap.life), []).append((one, heap))
    for members in lives.values():
        pairs = combinations(reversed(members[:_NEWEST]), 2)
        told = [pair for first, second in pairs if (pair := compare(first, second)) is not None]
        if told:
            return _agree(told)
    return _read_one(*readings[-1]) if readings else None


def find_readings(taken: Iterable[Taken], fingerprint: int) -> list[Read]:
    """Give the readings of memory among evidence that were asked for a stack, the newest last.

    One that was asked for none, as in a recording, speaks of every stack.
    """
    found = [(one, one.summary.heap) for one in taken if one.summary.heap and one.asked_for in (fingerprint, 0)]
    return sorted(found, key=lambda read: (read[0].at, read[0].instance))


@dataclass(frozen=True, slots=True)
class Pair:
    """What two readings of one process tell: the ends in bytes of one goroutine, and how many came."""

    first: Read
    second: Read
    low: float
    high: float
    gained: int


def compare(first: Read, second: Read) -> Pair | None:
    """Give what two readings of one process tell, in order; None where they tell nothing."""
    (earlier, before), (later, after) = first, second
    seconds = (later.at - earlier.at).total_seconds()
    gained = _count_gained(before, after)
    if gained is None or seconds <= 0 or not _is_one_process(before, after):
        return None
    per_second = (after.stats.total_alloc - before.stats.total_alloc) / seconds
    least_before, least_after = (find_least_live(reading, per_second) for reading in (before, after))
    stacks = after.stats.stack_inuse - before.stats.stack_inuse
    fewest, most = min(gained) / (1 + _COUNTED_ELSEWHEN), max(gained) * (1 + _COUNTED_ELSEWHEN)
    low = max(SMALLEST_STACK_BYTES, stacks / most, (stacks + least_after - before.stats.heap_alloc) / most)
    high = max(low, (stacks + after.stats.heap_alloc - least_before) / fewest)
    return Pair(first, second, low, high, max(gained))


def _agree(pairs: Sequence[Pair]) -> GoroutineCost:
    """Give the range that is common to all pairs, else that of the longest."""
    low, high = max(pair.low for pair in pairs), min(pair.high for pair in pairs)
    if low > high:
        longest = max(pairs, key=lambda pair: pair.gained)
        low, high, pairs = longest.low, longest.high, (longest,)
    begin, end = min(pair.first[0].at for pair in pairs), max(pair.second[0].at for pair in pairs)
    readings = len({read[0].at for pair in pairs for read in (pair.first, pair.second)})
    many = "two readings" if readings == 2 else f"{readings} readings"  # noqa: PLR2004 the usual case
    minutes = max(1, round((end - begin).total_seconds() / 60))
    more = f"{max(pair.gained for pair in pairs):,} goroutines more"
    how = f"measured: {many} of {pairs[0].second[0].instance} {minutes} min apart, {more}"
    return GoroutineCost(low, high, how, measured=True)


def _count_gained(before: HeapReading, after: HeapReading) -> tuple[int, ...] | None:
    """Count the goroutines that came: all of the process, and those of the stack; None where they tell nothing.

    Both stand for what was gained: others may have come with each leaked one, or have left meanwhile.
    """
    gained = after.goroutines - before.goroutines
    if gained < max(FEWEST_GAINED, _LEAST_GAINED * before.goroutines):
        return None
    if before.of_stack is None or after.of_stack is None:
        return (gained,)
    of_stack = after.of_stack - before.of_stack
    return (of_stack, gained) if _LEAST_SHARE * gained <= of_stack <= gained / _LEAST_SHARE else None


def _is_one_process(before: HeapReading, after: HeapReading) -> bool:
    """Say whether nothing went back that only rises in one process."""
    first, second = before.stats, after.stats
    rises = (
        (first.total_alloc, second.total_alloc),
        (first.collections, second.collections),
        (first.forced_collections, second.forced_collections),
    )
    return before.life == after.life and all(earlier <= later for earlier, later in rises)


def find_least_live(reading: HeapReading, allocated_per_second: float) -> float:
    """Give the least bytes of the heap that live: what the last collection must have left.

    The runtime sets the next goal to what lives, and GOGC percent of that, of the stacks and of the globals on top
    (`commit` in src/runtime/mgcpacer.go). GOGC is not told, so it is taken as 200, twice the default: any lower one
    leaves more alive. The samples of the profile may say more. Where a collection was asked for just before, no more is
    garbage than was allocated since.
    """
    stats = reading.stats
    roots = stats.stack_inuse + _GLOBALS_BYTES
    by_goal = (stats.next_gc - _HIGHEST_GOGC * roots) / (1 + _HIGHEST_GOGC)
    least = float(stats.sampled_least)
    if _SMALL_GOAL_BYTES < stats.next_gc < _LARGEST_GOAL_BYTES:
        least = max(least, by_goal)
    if reading.settled_seconds is not None:
        since = _BURST * allocated_per_second * reading.settled_seconds
        least = max(least, stats.heap_alloc - since - _GLOBALS_BYTES - _PROFILE_BYTES_EACH * reading.goroutines)
    return min(max(least, 0.0), float(stats.heap_alloc))


def _read_one(one: Taken, heap: HeapReading) -> GoroutineCost:
    """Give what a single reading tells: the stacks, where the leak is most of the process, up to what is stated."""
    each = heap.stats.stack_inuse / heap.goroutines if heap.goroutines else 0.0
    leads = heap.of_stack is None or 2 * heap.of_stack >= heap.goroutines
    low = max(each if leads else 0.0, float(SMALLEST_STACK_BYTES))
    what = f"{format_bytes(each)} of stack each on {one.instance}" if leads and each else "smallest stack"
    return GoroutineCost(low, max(low, float(COSTLIEST_BYTES)), f"one reading: {what}, to costliest known pattern")
