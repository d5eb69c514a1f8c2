"""heap?debug=1 text -> what the process says of its memory.

`writeHeapInternal` in Go's runtime/pprof writes the records of the profile first, and the counters of
`runtime.MemStats` behind them, one a line. The records are samples of what lived when the last collection but one
began: added up they say how much that was at least.
"""

import re
from dataclasses import replace
from math import expm1, sqrt

from processors.inflate import GZIP_MAGIC, InflateError, inflate
from schemas.heap import HEAP_HEAD, STATS_BYTES, STATS_HEAD, MemStats
from schemas.limits import ProfileLimits
from schemas.model import Problem

_LINE = re.compile(rb"^# ([A-Za-z]+) = ([0-9]{1,20})(?: / [0-9]{1,20})?$", re.MULTILINE)
_FIELDS = {
    "heap_alloc": b"HeapAlloc",
    "heap_inuse": b"HeapInuse",
    "stack_inuse": b"Stack",
    "sys": b"Sys",
    "total_alloc": b"TotalAlloc",
    "next_gc": b"NextGC",
    "collections": b"NumGC",
    "forced_collections": b"NumForcedGC",
}
"""`Stack` is StackInuse, then StackSys."""
_QUOTED_BYTES = 32
_RATE = re.compile(rb"heap profile: [^\n]{1,200} @ heap/([0-9]{1,15})\n")
_RECORD = re.compile(rb"^([0-9]{1,15}): ([0-9]{1,18}) \[", re.MULTILINE)
_DEVIATIONS = 3.0
"""One in a thousand samples of as many lies farther below."""


def read_heap(data: bytes, limits: ProfileLimits) -> MemStats | Problem:
    """Read a heap profile as text, gzip or not; a problem when it is none, or cut off. Never raises on any bytes.

    Example input: heap profile: 1: 8 [1: 8] @ heap/1048576 … # HeapAlloc = 106584920 …
    Example output: MemStats(heap_alloc=106584920, …)
    """
    try:
        text = inflate(data, limits.inflated_bytes) if data.startswith(GZIP_MAGIC) else data
    except InflateError as error:
        return Problem("byte 0", str(error))
    if len(text) > limits.inflated_bytes:
        return Problem("byte 0", f"larger than {limits.inflated_bytes} bytes")
    if not text.startswith(HEAP_HEAD):
        return Problem("byte 0", "not a heap profile as text (debug=1)", repr(text[:_QUOTED_BYTES]))
    start = text.rfind(STATS_HEAD, -STATS_BYTES)
    if start < 0:
        return Problem(f"byte {len(text)}", "cut off: no counters of runtime.MemStats at the end")
    counters = {found[1]: int(found[2]) for found in _LINE.finditer(text, start)}
    missing = [name.decode() for name in _FIELDS.values() if name not in counters]
    if missing or not text.endswith(b"\n"):
        return Problem(f"byte {len(text)}", f"cut off: runtime.MemStats without {', '.join(missing) or 'an end'}")
    stats = MemStats(**{field: counters[name] for field, name in _FIELDS.items()})
    stats = replace(stats, sampled_least=min(_find_least(text, start), stats.heap_alloc))
    return _check(stats, start)


def _find_least(text: bytes, end: int) -> int:
    """Give the bytes that lived at least by the records before `end`; 0 where they are too few, or sampling is off.

    A record of objects of one size is scaled as pprof does it (`scaleHeapSample` in github.com/google/pprof): an object
    of n bytes is sampled with probability 1 - exp(-n / rate). The header says twice the rate.
    """
    found = _RATE.match(text)
    rate = int(found[1]) / 2 if found else 0.0
    if rate < 1:
        return 0
    total = variance = 0.0
    for record in _RECORD.finditer(text, 0, end):
        objects, size = int(record[1]), int(record[2])
        if objects and size:
            each = size / objects
            seen = -expm1(-each / rate)
            total += size / seen
            variance += objects * (each / seen) ** 2 * (1 - seen)
    return round(max(0.0, total - _DEVIATIONS * sqrt(variance)))


def _check(stats: MemStats, start: int) -> MemStats | Problem:
    """Refuse what no runtime says: parts that are larger than the whole."""
    largest = max(stats.heap_alloc, stats.heap_inuse, stats.stack_inuse)
    if largest > stats.sys or stats.heap_alloc > stats.total_alloc or stats.sys >= 2**63:
        return Problem(f"byte {start}", f"runtime.MemStats with {largest} of {stats.sys} bytes in use")
    return stats
