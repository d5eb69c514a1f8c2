"""Stored rows -> the memory of a service, as it was when a processor stood at a position of the log.

The newest snapshot before that position, then every scrape after it once more. Without a snapshot the scrapes of the
last hours are all there is: what was learned before them is learned again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from processors.close_slots import close_slots
from processors.judge import Policy
from processors.memory import KnownStack, Observation, ServiceMemory
from processors.remember_evidence import read_taken
from processors.remember_say import read_verdict, remember_verdict
from processors.seen import Met
from processors.slots import slot_at, slot_number
from processors.snapshot import SnapshotError, unpack
from processors.take_evidence import remember
from schemas.model import Fingerprint

Row = Mapping[str, object]

_RESTORED_SLOTS = 240
"""Scrapes that are taken once more where there is no snapshot."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows of one service, and where in the log the processor stands that asked for them."""

    log: str
    partition: int
    scrapes: Sequence[Row]
    counts: Sequence[Row]
    evidence: Sequence[Row]
    verdicts: Sequence[Row] = ()

    def order(self, row: Row) -> tuple[bool, str, int, int]:
        """Give the place of a row in the order of the log, what is of another log or partition first."""
        log, partition, offset = str(row["log"]), _int(row["log_partition"]), _int(row["log_offset"])
        return (log, partition) == (self.log, self.partition), log, partition, offset


def read_stacks(rows: Iterable[Row]) -> dict[int, KnownStack]:
    """Read stored stacks."""
    return {stack.fingerprint.value: stack for stack in map(_read_stack, rows)}


def restore_snapshot(name: str, rows: Iterable[Row], stacks: Mapping[int, KnownStack]) -> tuple[ServiceMemory, str]:
    """Give the memory of the newest snapshot that can be read, or an empty one; and why a newer one could not be."""
    problem = ""
    for row in rows:
        try:
            return unpack(name, str(row["state"]), stacks), problem
        except SnapshotError as error:
            problem = problem or str(error)
    memory = ServiceMemory(name)
    memory.stacks = dict(stacks)
    return memory, problem


def find_since(memory: ServiceMemory, begin: Iterable[Row], policy: Policy) -> datetime:
    """Give the slot after which stored scrapes must be taken once more: what a snapshot does not hold."""
    if memory.closed >= 0:
        back = (policy.lateness_slots + 1) * memory.interval_seconds
        return slot_at(memory.closed, memory.interval_seconds) - timedelta(seconds=back)
    for row in begin:
        if row["newest_slot"] is not None:
            return _time(row["newest_slot"]) - timedelta(seconds=_RESTORED_SLOTS * _float(row["interval_seconds"]))
    return datetime.fromtimestamp(0, UTC)


def replay_records(memory: ServiceMemory, stored: Stored, policy: Policy) -> None:
    """Take stored scrapes, evidence and verdicts through the memory once more; what it has already changes nothing.

    In the order of the log, for what was known decides: rows of other logs or partitions are the past of this one.
    """
    counts = _group(stored.counts)
    for row in sorted((*stored.evidence, *stored.verdicts, *stored.scrapes), key=stored.order):
        if "kind" in row:
            remember(memory, [read_taken(row)])
        elif "opinion" in row:
            remember_verdict(memory, read_verdict(row))
        else:
            _replay_scrape(memory, row, counts, policy)


def _group(rows: Iterable[Row]) -> Mapping[tuple[object, object], Mapping[int, int]]:
    """Put the counts of each scrape together; a zero says that a stack is gone."""
    found: dict[tuple[object, object], dict[int, int]] = {}
    for row in rows:
        if goroutines := _int(row["goroutines"]):
            found.setdefault((row["instance"], row["slot"]), {})[_int(row["fingerprint"])] = goroutines
    return found


def _replay_scrape(
    memory: ServiceMemory, row: Row, counts: Mapping[tuple[object, object], Mapping[int, int]], policy: Policy
) -> None:
    """Take one stored scrape through the memory."""
    slot, interval_seconds = _time(row["slot"]), _float(row["interval_seconds"])
    if memory.meet(str(row["instance"]), slot, interval_seconds) is not Met.NEW:
        return
    memory.begin(slot, interval_seconds)
    number = slot_number(slot, memory.interval_seconds)
    if row["ok"] and number > memory.closed:
        memory.wait(_observe(memory, row, slot, counts.get((row["instance"], row["slot"]), {})))
    for _ in close_slots(memory, number - policy.lateness_slots, policy):
        pass


def remember_begin(memory: ServiceMemory, rows: Iterable[Row]) -> None:
    """Take in the first slot of the service, which may lie before the history that is held."""
    for row in rows:
        if row["first_slot"] is not None and memory.first_slot is not None:
            memory.first_slot = min(memory.first_slot, _time(row["first_slot"]))


def _observe(memory: ServiceMemory, row: Row, slot: datetime, counts: Mapping[int, int]) -> Observation:
    started = _time(row["process_start"])
    values = np.fromiter(counts.keys(), np.uint64, len(counts))
    return Observation(
        str(row["instance"]),
        slot,
        _float(row["interval_seconds"]),
        _labels(row["labels"]),
        started if started.timestamp() > 0 else None,
        values,
        np.fromiter(counts.values(), np.uint64, len(counts)),
        memory.find(values),
    )


def _read_stack(row: Row) -> KnownStack:
    frames = row["frames"]
    names = tuple(map(str, frames)) if isinstance(frames, list | tuple) else ()
    own = _int(row["own"])
    found = Fingerprint(
        _int(row["fingerprint"]),
        str(row["operation"]),
        str(row["site"]),
        str(row["origin"]),
        names,
        own if own >= 0 else None,
    )
    return KnownStack(found, _time(row["first_seen"]), str(row["first_version"]), str(row["first_instance"]))


def _labels(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise TypeError(f"the store gave {value!r} where labels were expected")
    return {str(key): str(label) for key, label in value.items()}


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"the store gave {value!r} where a whole number was expected")
    return int(value)


def _float(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"the store gave {value!r} where a number was expected")
    return float(value)


def _time(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"the store gave {value!r} where a time was expected")
    return value
