"""goroutineleak profile -> how many goroutines of each stack the runtime has proven leaked.

The runtime is right but for three cases, each left out and counted: a `main` that ends in `select {}` (Go 1.26 with the
experiment; golang/go PR 78922), the same as a sample without locations (Go 1.27), and programs that park by the
runtime's own gopark, linked by name, as gVisor's pkg/sleep does: the runtime cannot see who wakes them.
"""

from collections import Counter
from enum import StrEnum

from processors.decode import decode
from processors.inflate import GZIP_MAGIC, InflateError, inflate
from processors.reading import Identify
from schemas.evidence import StackWeight, Summary
from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import RawStack
from schemas.wire.pprof import name_kind

_KIND = "goroutineleak"
_PARKS = frozenset(("runtime.gopark", "runtime.goparkunlock"))
_MAIN = "runtime.main"
_FOREVER = "runtime.block"
_STANDARD = ("runtime.", "internal/", "sync.", "time.", "reflect.", "syscall.", "os/", "net.", "iter.")
"""Beginnings of functions of Go's own that park; a module of users cannot be called so."""


class FalseReport(StrEnum):
    """Why the runtime's word does not count. The value is what tables and people see."""

    NO_PLACE = "no location (main in select {} on Go 1.27)"
    MAIN = "main in select {}"
    OWN_PARKING = "parks by the runtime's gopark itself (gVisor)"


def weigh_leaks(profile: bytes, identify: Identify, limits: ProfileLimits) -> Summary | Problem:
    """Weigh a goroutineleak profile (debug=0), gzip or not; a problem when it is none. Never raises on any bytes.

    A profile of all goroutines is refused: a router that knows no goroutineleak may answer with one, and all of it
    would be proven.
    """
    try:
        raw = inflate(profile, limits.inflated_bytes) if profile.startswith(GZIP_MAGIC) else profile
    except InflateError as error:
        return Problem("byte 0", str(error))
    decoded = decode(raw, limits)
    if not decoded.stacks and decoded.problems:
        return decoded.problems[0]
    if (kind := name_kind(raw)) != _KIND:
        return Problem("byte 0", "not a goroutineleak profile", repr(kind))
    proven: Counter[int] = Counter()
    left_out: Counter[str] = Counter()
    if decoded.unlocated:
        left_out[FalseReport.NO_PLACE.value] = decoded.unlocated
    for stack in decoded.stacks:
        false = find_false_report(stack)
        if false is None:
            proven[identify(stack).value] += stack.count
        else:
            left_out[false.value] += stack.count
    stacks = tuple(StackWeight(value, count, leaked=count) for value, count in proven.items() if count)
    most_first = tuple(sorted(stacks, key=lambda weight: (-weight.goroutines, weight.fingerprint)))
    return Summary(most_first, dict(left_out), len(decoded.problems), whole=not decoded.problems)


def find_false_report(stack: RawStack) -> FalseReport | None:
    """Say why a stack in the profile is no leak; None when it is one."""
    names = [frame.function for frame in stack.frames]
    if _MAIN in names[-1:] and _FOREVER in names:
        return FalseReport.MAIN
    parked = [index for index, name in enumerate(names) if name in _PARKS]
    below = names[parked[-1] + 1] if parked and parked[-1] + 1 < len(names) else "runtime."
    return None if below.startswith(_STANDARD) else FalseReport.OWN_PARKING
