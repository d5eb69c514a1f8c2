"""Durations as Prometheus writes them (`15s`, `1h30m`, `500ms`) and sizes (`16MiB`, `1GB`); errors quote the input."""

import re

_UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,9}}){unit})?" for unit in _UNITS))
_SIZE = re.compile(r"(?P<number>[0-9]{1,15})\s*(?P<unit>B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)?")
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def parse_duration(text: str) -> float:
    """Read a duration in seconds; ValueError quotes what is none.

    Example input: 1h30m
    Example output: 5400.0
    """
    match = _DURATION.fullmatch(text) if text != "0" else None
    if text == "0":
        return 0.0
    if match is None or not text:
        raise ValueError(f"not a duration: {text!r} (write 15s, 1h30m or 500ms)")
    milliseconds = sum(int(match[unit] or 0) * round(seconds * 1000) for unit, seconds in _UNITS.items())
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
    """Read a size in bytes; ValueError quotes what is none.

    Example input: 16MiB
    Example output: 16777216
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"not a size: {text!r} (write 16MiB, 512KB or 1000)")
    return int(match["number"]) * _BYTES[match["unit"] or "B"]
