"""Stored evidence -> what it says of one stack, for `explain`: as data, and on one line for people."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from processors.cost import format_bytes
from processors.plain_text import plain
from processors.summary_text import read_summary
from schemas.evidence import StackWeight, Waits
from schemas.model import Kind

Row = Mapping[str, object]

_NAMES = {Kind.TEXT.value: "dump", Kind.LEAK.value: "goroutineleak", Kind.HEAP.value: "heap"}


def read_evidence(row: Row, fingerprint: int) -> Row:
    """Give one profile as data: where and when it was taken, and what it says of this stack.

    `goroutines` is 0 where the stack is not in it; `leaked` is null where the profile cannot say.
    """
    summary = read_summary(str(row["summary"]) or "{}")
    weight = next((one for one in summary.stacks if one.fingerprint == fingerprint), StackWeight(fingerprint, 0))
    waits = weight.waits
    leak = row["kind"] == Kind.LEAK.value
    return {
        **{key: row[key] for key in ("kind", "instance", "taken_at", "ok", "reason", "error", "bytes")},
        "goroutines": (summary.heap.of_stack or 0) if summary.heap else weight.goroutines,
        "leaked": weight.leaked if weight.leaked or (leak and summary.whole) else None,
        "left_out": dict(summary.left_out),
        "creators": dict(weight.creators),
        "median_wait_minutes": waits.median_minutes if waits else None,
        "longest_wait_minutes": waits.longest_minutes if waits else None,
        "waits": _waits(waits) if waits else None,
        "memory": asdict(summary.heap.stats) if summary.heap else None,
    }


def evidence_lines(explained: Row) -> list[str]:
    """Give a line for each profile, newest first."""
    profiles = explained["profiles"]
    return [_describe(row) for row in profiles] if isinstance(profiles, Sequence) else []


def _waits(waits: Waits) -> list[list[int]]:
    """Give the waits as pairs of minutes and goroutines."""
    return [[minutes, goroutines] for minutes, goroutines in waits.waited]


def _describe(row: Row) -> str:
    """Say what one profile says."""
    taken = row["taken_at"]
    when = f"{taken:%Y-%m-%d %H:%M:%S} UTC" if isinstance(taken, datetime) else "unknown"
    head = f"{_NAMES.get(str(row['kind']), row['kind'])} of {plain(str(row['instance']))} at {when}: "
    if not row["ok"]:
        return head + plain(str(row["error"]) or str(row["reason"]))
    if row["kind"] == Kind.LEAK.value:
        return head + _describe_leaks(row)
    if isinstance(memory := row["memory"], Mapping):
        heap, stacks = (format_bytes(memory[key]) for key in ("heap_alloc", "stack_inuse"))
        return f"{head}{heap} of heap with garbage, {stacks} of stacks, beside {row['goroutines']} of these goroutines"
    creators = row["creators"]
    made = f", made by {plain(next(iter(creators)))}" if isinstance(creators, Mapping) and creators else ""
    leaked = f", {row['leaked']} called leaked by the runtime" if row["leaked"] else ""
    median, longest = row["median_wait_minutes"], row["longest_wait_minutes"]
    waits = "" if longest is None else f", waiting {median} minutes in the median and {longest} at most"
    return f"{head}{row['goroutines']} goroutines{waits}{made}{leaked}"


def _describe_leaks(row: Row) -> str:
    """Say what the runtime called leaked."""
    if row["goroutines"]:
        return f"{row['goroutines']} goroutines proven leaked"
    return "none of these is proven leaked, which clears nothing: the runtime sees about half of all leaks"
