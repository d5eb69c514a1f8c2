"""requests and weighed profiles -> Arrow tables of the evidence step, with the store's own types."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from processors.summary_text import write_summary
from processors.take_evidence import EvidenceStep
from schemas.evidence import EvidenceRequest, Summary
from schemas.model import LogPosition

_WORD = pa.dictionary(pa.int32(), pa.string())
_TIME = pa.timestamp("ms", tz="UTC")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**32 - 1
_PLACE = [("log", _WORD), ("log_partition", pa.uint32()), ("log_offset", pa.uint64())]

REQUESTS = pa.schema(
    [
        ("service", _WORD),
        ("fingerprint", pa.uint64()),
        ("instance", _WORD),
        ("slot", _TIME),
        ("kinds", pa.list_(pa.string())),
        ("goroutines", pa.uint32()),
        ("life", _TIME),
        *_PLACE,
    ]
)
EVIDENCE = pa.schema(
    [
        ("service", _WORD),
        ("instance", _WORD),
        ("slot", _TIME),
        ("kind", _WORD),
        ("fingerprint", pa.uint64()),
        ("taken_at", _TIME),
        ("duration_seconds", pa.float32()),
        ("ok", pa.bool_()),
        ("reason", _WORD),
        ("error", pa.string()),
        ("goroutines", pa.uint32()),
        ("bytes", pa.uint32()),
        ("profile", pa.binary()),
        ("summary", pa.string()),
        ("version", _WORD),
        *_PLACE,
    ]
)

Requested = tuple[EvidenceRequest, LogPosition]
"""A request, and the record that closed its slot."""


def tabulate_evidence(requested: Sequence[Requested], steps: Sequence[EvidenceStep], log: str) -> dict[str, pa.Table]:
    """Give the rows of the evidence step; tables without rows are left out. `log` is the identity of the log."""
    requests = [_request_row(request, position, log) for request, position in requested]
    tables = {
        "evidence_requests": pa.Table.from_pylist(requests, REQUESTS),
        "evidence": pa.Table.from_pylist([_evidence_row(step, log) for step in steps], EVIDENCE),
    }
    return {name: table for name, table in tables.items() if table.num_rows}


def _request_row(request: EvidenceRequest, position: LogPosition, log: str) -> dict[str, object]:
    """Give the row of one request."""
    return {
        "service": request.service,
        "fingerprint": request.fingerprint,
        "instance": request.instance,
        "slot": request.slot,
        "kinds": [kind.value for kind in request.kinds],
        "goroutines": min(request.goroutines, _LARGEST),
        "life": request.life or _NEVER,
        **_place(position, log),
    }


def _evidence_row(step: EvidenceStep, log: str) -> dict[str, object]:
    """Give the row of one profile, or of why there is none."""
    scraped, summary = step.scraped, step.summary
    return {
        "service": scraped.service,
        "instance": scraped.instance,
        "slot": scraped.slot,
        "kind": scraped.kind.value,
        "fingerprint": scraped.asked_for or 0,
        "taken_at": scraped.scraped_at,
        "duration_seconds": scraped.duration_seconds,
        "ok": scraped.failure is None,
        "reason": scraped.failure.value if scraped.failure else "",
        "error": scraped.error,
        "goroutines": min(_count(summary), _LARGEST),
        "bytes": len(step.profile),
        "profile": step.profile,
        "summary": write_summary(summary),
        "version": scraped.labels.get("version", ""),
        **_place(step.position, log),
    }


def _count(summary: Summary) -> int:
    """Count the goroutines that a profile speaks of: those in its stacks, or those of the process beside its memory."""
    return summary.heap.goroutines if summary.heap else sum(weight.goroutines for weight in summary.stacks)


def _place(position: LogPosition, log: str) -> dict[str, object]:
    """Give the columns that say where the record stands in the log."""
    return {"log": log, "log_partition": position.partition, "log_offset": position.offset}
