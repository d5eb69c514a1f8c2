"""Findings <-> JSON, as the store keeps them, `replay` prints them and a person reads them in SQL.

`[{"name":"size","passed":true,"value":40.0,"limit":8.0},…]`; a limit is null where none applied.
Reading raises ValueError on what this file did not write.
"""

import json
from collections.abc import Iterable
from math import inf, isfinite

from schemas.model import Finding


def rows_of_findings(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Give findings as rows, in their order."""
    return [
        {
            "name": finding.name,
            "passed": finding.passed,
            "value": _finite(finding.value),
            "limit": _finite(finding.limit),
        }
        for finding in findings
    ]


def write_findings(findings: Iterable[Finding]) -> str:
    """Write one line."""
    return json.dumps(rows_of_findings(findings), separators=(",", ":"))


def read_findings(text: str) -> tuple[Finding, ...]:
    """Read what `write_findings` wrote; the empty text of an older row has none."""
    rows = json.loads(text) if text else []
    return tuple(
        Finding(str(row["name"]), bool(row["passed"]), _number(row["value"]), _number(row["limit"])) for row in rows
    )


def _finite(number: float) -> float | None:
    """Round to what a person may want to see; JSON knows no infinity."""
    return float(f"{number:.6g}") if isfinite(number) else None


def _number(value: object) -> float:
    """Read a number back; null is the limit that everything is above."""
    return -inf if value is None else float(str(value))
