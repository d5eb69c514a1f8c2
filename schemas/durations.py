"""Durations as Prometheus writes them (`15s`, `1h30m`, `500ms`) and sizes (`16MiB`, `1GB`); errors quote the input.

Pure text to number and back. Refuses numbers without a unit (but for `0` and for bytes), signs, fractions, units out of
order, and what is longer than Prometheus' own range or larger than a signed 64-bit number.
"""

import re

_UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,15}}){unit})?" for unit in _UNITS))
_LONGEST_MILLISECONDS = (2**63 - 1) // 10**6
"""Prometheus counts durations in signed 64-bit nanoseconds: 292 years."""

_SIZE = re.compile(r"(?P<number>[0-9]{1,19}) ?(?P<unit>B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?")
_BINARY = {"TiB": 2**40, "GiB": 2**30, "MiB": 2**20, "KiB": 2**10}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12} | _BINARY
_LARGEST_BYTES = 2**63 - 1
_LONGEST_QUOTE = 100


def parse_duration(text: str) -> float:
    """Read a duration in seconds; ValueError quotes what is none.

    Example input: 1h30m
    Example output: 5400.0
    """
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        raise ValueError(f"not a duration: {text[:_LONGEST_QUOTE]!r} (write 15s, 1h30m or 500ms)")
    milliseconds = sum(int(match[unit] or 0) * round(seconds * 1000) for unit, seconds in _UNITS.items())
    if milliseconds > _LONGEST_MILLISECONDS:
        raise ValueError(f"longer than 292 years: {text[:_LONGEST_QUOTE]!r}")
    return milliseconds / 1000


def format_duration(seconds: float) -> str:
    """Write seconds as a duration, to the millisecond.

    Example input: 5400.0
    Example output: 1h30m
    """
    left = round(seconds * 1000)
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        number, left = divmod(left, round(_UNITS[unit] * 1000))
        parts.append(f"{number}{unit}" if number else "")
    return "".join(parts) or "0s"


def parse_size(text: str) -> int:
    """Read a size in bytes; ValueError quotes what is none. `KB` is 1000 bytes, `KiB` 1024.

    Example input: 16MiB
    Example output: 16777216
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a size: {text[:_LONGEST_QUOTE]!r} (write 16MiB, 512KB or 1000)")
    size = int(match["number"]) * _BYTES[match["unit"] or "B"]
    if size > _LARGEST_BYTES:
        raise ValueError(f"larger than 8 EiB: {text[:_LONGEST_QUOTE]!r}")
    return size


def format_size(size_bytes: int) -> str:
    """Write a size in the largest binary unit that holds it exactly.

    Example input: 16777216
    Example output: 16MiB
    """
    for unit, factor in _BINARY.items():
        if size_bytes and size_bytes % factor == 0:
            return f"{size_bytes // factor}{unit}"
    return f"{size_bytes}B"
