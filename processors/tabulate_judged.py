"""Judged stacks and changes of state -> rows."""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from processors.columns import NEVER, PLACE, TIME, WORD, place
from processors.findings_text import write_findings
from processors.pipeline import Step, Watched
from schemas.model import Anomaly, Growth

_MEASURES = [
    ("goroutines", pa.uint32()),
    ("instances", pa.uint32()),
    ("growing_instances", pa.uint32()),
    ("worst_instance", WORD),
    ("floor", pa.uint32()),
    ("growth_per_hour", pa.float64()),
    ("growth_low", pa.float64()),
    ("growth_high", pa.float64()),
    ("scale_slots", pa.uint32()),
    ("score", pa.float64()),
    ("findings", pa.string()),
]
GROWTH = pa.schema(
    [
        ("service", WORD),
        ("fingerprint", pa.uint64()),
        ("slot", TIME),
        *_MEASURES,
        ("candidate", pa.bool_()),
        ("reason", WORD),
        ("state", WORD),
        ("since", TIME),
        ("held_slots", pa.uint32()),
        ("quiet_slots", pa.uint32()),
        ("peak", pa.uint32()),
        ("told", pa.uint32()),
        ("fired", TIME),
        *PLACE,
    ]
)
ANOMALIES = pa.schema(
    [
        ("service", WORD),
        ("fingerprint", pa.uint64()),
        ("slot", TIME),
        ("state", WORD),
        ("previous", WORD),
        ("verdict", WORD),
        ("reason", pa.string()),
        ("since", TIME),
        *_MEASURES,
        ("first_version", WORD),
        ("first_seen", TIME),
        *PLACE,
    ]
)


def growth_rows(step: Step, log: str) -> Iterable[dict[str, object]]:
    """Give a row for each evaluation worth one."""
    for watched in step.watched:
        yield {**_growth_row(watched), **place(step.position, log)}


def _growth_row(watched: Watched) -> dict[str, object]:
    """Give the row of one evaluation, with the memory after it."""
    growth, watch = watched.growth, watched.watch
    return {
        **_measures(growth),
        "slot": growth.slot,
        "candidate": growth.candidate,
        "reason": growth.reason,
        "state": watch.state.value,
        "since": watch.since or NEVER,
        "held_slots": watch.held_slots,
        "quiet_slots": watch.quiet_slots,
        "peak": watch.peak,
        "told": watch.told,
        "fired": watch.fired or NEVER,
    }


def anomaly_rows(step: Step, log: str) -> Iterable[dict[str, object]]:
    """Give a row for each change of state."""
    for anomaly in step.anomalies:
        yield {**_anomaly_row(anomaly), **place(step.position, log)}


def _anomaly_row(anomaly: Anomaly) -> dict[str, object]:
    """Give the row of one change of state."""
    return {
        **_measures(anomaly.growth),
        "slot": anomaly.slot,
        "state": anomaly.state.value,
        "previous": anomaly.previous.value,
        "verdict": anomaly.verdict.value,
        "reason": anomaly.reason,
        "since": anomaly.since,
        "first_version": anomaly.first_version,
        "first_seen": anomaly.first_seen,
    }


def _measures(growth: Growth) -> Mapping[str, object]:
    """Give the columns that growth and anomalies share."""
    return {
        "service": growth.service,
        "fingerprint": growth.fingerprint.value,
        "goroutines": growth.goroutines,
        "instances": growth.instances,
        "growing_instances": growth.growing_instances,
        "worst_instance": growth.worst_instance,
        "floor": growth.floor,
        "growth_per_hour": growth.growth_per_hour,
        "growth_low": growth.growth_low,
        "growth_high": growth.growth_high,
        "scale_slots": growth.scale_slots,
        "score": growth.score,
        "findings": write_findings(growth.findings),
    }
