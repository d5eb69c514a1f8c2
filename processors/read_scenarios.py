"""Markdown -> scenarios: a section with a block `expect` is one, its blocks `scenario` and `series` say what happens.

A section that cannot be read is a problem and costs itself only.
"""

import re
from collections.abc import Iterator, Mapping

from processors.read_expectation import read_expectation
from schemas.durations import parse_duration
from schemas.model import Problem
from schemas.notation import parse_series
from schemas.scenario import Line, Scenario

_SECTION = re.compile(r"^#{2,6} +(.+?) *$", re.MULTILINE)
_BLOCK = re.compile(r"^```(scenario|series|expect) *\n(.*?)^``` *$", re.MULTILINE | re.DOTALL)
_KEYS = ("service", "instances", "interval")
_MOST_INSTANCES = 1000
_MOST_SCRAPES = 1_000_000


def read_scenarios(text: str, source: str) -> tuple[tuple[Scenario, ...], tuple[Problem, ...]]:
    """Give the scenarios of a file in its order, and what could not be read; `source` names the file."""
    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    parts = _SECTION.split(text)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        blocks = dict(_BLOCK.findall(body))
        if "expect" not in blocks:
            continue
        try:
            scenarios.append(_read(f"{source}: {name}", name, blocks))
        except ValueError as error:
            problems.append(Problem(f"{source}: {name}", str(error)))
    return tuple(scenarios), tuple(problems)


def _read(place: str, name: str, blocks: Mapping[str, str]) -> Scenario:
    """Read one section; raise ValueError with a sentence."""
    head = _read_head(blocks.get("scenario", ""))
    instances = _read_instances(head.get("instances", "1"))
    lines = tuple(_read_line(key, value, instances) for key, value in _pairs(blocks.get("series", "")))
    if not lines:
        raise ValueError("a block `series` with one line at least is missing")
    if len(instances) * max(len(line.items) for line in lines) > _MOST_SCRAPES:
        raise ValueError(f"more than {_MOST_SCRAPES} scrapes")
    stacks = {line.stack for line in lines}
    expectations = tuple(read_expectation(key, value, stacks) for key, value in _pairs(blocks["expect"]))
    if not expectations:
        raise ValueError("the block `expect` says nothing")
    interval_seconds = parse_duration(head.get("interval", "60s"))
    if interval_seconds <= 0:
        raise ValueError("the interval is not longer than nothing")
    return Scenario(place, name, head.get("service", "service"), instances, interval_seconds, lines, expectations)


def _read_head(text: str) -> dict[str, str]:
    """Read the block `scenario`."""
    found = dict(_pairs(text))
    unknown = [key for key in found if key not in _KEYS]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r} (known here: {', '.join(_KEYS)})")
    return found


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Give the lines of a block, cut at their first colon and space; what follows a # is for people."""
    for raw in text.splitlines():
        line = raw.partition(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        key, colon, value = line.partition(": ")
        if not colon:
            raise ValueError(f"not `name: …`: {line[:100]!r}")
        yield key.strip(), value.strip()


def _read_instances(text: str) -> tuple[str, ...]:
    """Read a number of instances, or their names.

    Example input: 2
    Example output: instance-1 instance-2
    """
    if text.isascii() and text.isdecimal():
        if not 0 < int(text) <= _MOST_INSTANCES:
            raise ValueError(f"{text[:20]} instances (1 to {_MOST_INSTANCES} are possible)")
        return tuple(f"instance-{number}" for number in range(1, int(text) + 1))
    return tuple(dict.fromkeys(text.split()))


def _read_line(key: str, value: str, instances: tuple[str, ...]) -> Line:
    """Read one line of the series; `STACK @ INSTANCE` is of one instance alone."""
    stack, _, instance = (part.strip() for part in key.partition(" @ "))
    if instance and instance not in instances:
        raise ValueError(f"no instance {instance[:100]!r} (there are {', '.join(instances[:5])})")
    items = parse_series(value)
    if not items:
        raise ValueError(f"no counts of {stack[:100]!r}")
    return Line(stack, instance, items)
