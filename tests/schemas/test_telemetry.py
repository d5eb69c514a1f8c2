"""What is told is declared: an undeclared name would end a role at the moment when it has something to tell."""

import re
from pathlib import Path

from schemas.telemetry import METRICS

ROOT = Path(__file__).parents[2]
_TOLD = re.compile(r'\.(?:add|set|observe)\(\s*"(leakstream_\w+)"')


def test_every_metric_that_is_told_is_declared() -> None:
    """Names in the sources of all rooms, the ones told in a failure only among them."""
    files = [path for room in ("collectors", "processors", "leakstream") for path in (ROOT / room).rglob("*.py")]
    told = {name for path in files for name in _TOLD.findall(path.read_text())}
    assert told - {metric.name for metric in METRICS} == set()
    assert "leakstream_late_total" in told
