"""What evidence says of each stack <-> JSON, as the store keeps it and a person reads it in SQL.

`{"stacks":[{"fingerprint":"g1-…","goroutines":7,"leaked":7,"creators":{"main.send":7},"waits":{"waited":[[3,7]],…}}],…}`,
of a heap profile `{"heap":{"heap_alloc":106584920,…,"goroutines":3120,"life":"2026-11-01T00:00:00+00:00"}}`; what is
empty is left out. Reading raises ValueError on what this file did not write.
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from schemas.evidence import Histogram, StackWeight, Summary, Waits
from schemas.heap import HeapReading, MemStats
from schemas.model import format_fingerprint, parse_fingerprint


def write_summary(summary: Summary) -> str:
    """Write one line."""
    whole = {
        "stacks": [_write_stack(weight) for weight in summary.stacks],
        "left_out": dict(summary.left_out),
        "problems": summary.problems,
        "whole": summary.whole,
        "heap": summary.heap and _write_heap(summary.heap),
    }
    return json.dumps({key: value for key, value in whole.items() if value}, separators=(",", ":"))


def read_summary(text: str) -> Summary:
    """Read what `write_summary` wrote."""
    whole = json.loads(text)
    stacks = tuple(_read_stack(stack) for stack in whole.get("stacks", ()))
    heap = whole.get("heap")
    return Summary(
        stacks,
        whole.get("left_out", {}),
        whole.get("problems", 0),
        whole.get("whole", False),
        None if heap is None else _read_heap(heap),
    )


def _write_stack(weight: StackWeight) -> dict[str, object]:
    """Write one stack."""
    waits = weight.waits
    fields = {
        "goroutines": weight.goroutines,
        "leaked": weight.leaked,
        "creators": dict(weight.creators),
        "waits": None if waits is None else _write_waits(waits),
    }
    return {"fingerprint": format_fingerprint(weight.fingerprint), **{k: v for k, v in fields.items() if v is not None}}


def _write_waits(waits: Waits) -> dict[str, object]:
    """Write the waits of one stack; one without any is an empty object."""
    fields = {
        "waited": waits.waited,
        "unknown": waits.unknown,
        "aged": waits.aged,
        "clock_minutes": waits.clock_minutes,
    }
    return {key: value for key, value in fields.items() if value}


def _read_stack(stack: Any) -> StackWeight:
    """Read one stack."""
    waits = stack.get("waits")
    return StackWeight(
        fingerprint=parse_fingerprint(stack["fingerprint"]),
        goroutines=stack["goroutines"],
        leaked=stack["leaked"],
        waits=None if waits is None else _read_waits(waits),
        creators=tuple(stack["creators"].items()),
    )


def _read_waits(waits: Any) -> Waits:
    """Read the waits of one stack."""
    return Waits(
        waited=_read_histogram(waits.get("waited", ())),
        unknown=waits.get("unknown", 0),
        aged=_read_histogram(waits.get("aged", ())),
        clock_minutes=waits.get("clock_minutes", 0),
    )


def _read_histogram(pairs: Any) -> Histogram:
    """Read pairs of minutes and goroutines."""
    return tuple((minutes, goroutines) for minutes, goroutines in pairs)


def _write_heap(reading: HeapReading) -> dict[str, object]:
    """Write the memory of a process, flat, so that SQL reads it by one name."""
    beside = {
        "goroutines": reading.goroutines,
        "of_stack": reading.of_stack,
        "life": reading.life and reading.life.isoformat(),
        "settled_seconds": reading.settled_seconds,
    }
    return {**asdict(reading.stats), **{key: value for key, value in beside.items() if value is not None}}


def _read_heap(heap: Any) -> HeapReading:
    """Read the memory of a process."""
    life = heap.get("life")
    return HeapReading(
        MemStats(**{field: heap[field] for field in MemStats.__slots__}),
        heap["goroutines"],
        heap.get("of_stack"),
        datetime.fromisoformat(life) if life else None,
        heap.get("settled_seconds"),
    )
