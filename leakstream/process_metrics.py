"""Reads what a process of ours exposes on /metrics: the Prometheus text format, as far as we write it.

It skips what it does not understand: a status that shows less is better than none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_LINE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)")
_LABEL = re.compile(r'(?P<key>[a-zA-Z_]\w*)="(?P<value>(?:[^"\\]|\\.)*)"')
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One value with its labels."""

    name: str
    labels: Mapping[str, str]
    value: float


def parse_metrics(text: str) -> tuple[Sample, ...]:
    """Give the samples, in order; comments and lines that are none are left out.

    Example input: leakstream_lag_records{partition="0"} 3.0
    Example output: (Sample("leakstream_lag_records", {"partition": "0"}, 3.0),)
    """
    return tuple(sample for line in text.splitlines() if (sample := _parse_line(line.strip())))


def _parse_line(line: str) -> Sample | None:
    """Read one line; None when it holds no sample."""
    match = _LINE.match(line)
    if match is None:
        return None
    try:
        value = float(match["value"])
    except ValueError:
        return None
    labels = {label["key"]: _unescape(label["value"]) for label in _LABEL.finditer(match["labels"] or "")}
    return Sample(match["name"], labels, value)


def _unescape(text: str) -> str:
    """Undo the three escapes of label values."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text)
