"""Findings as the store keeps them."""

import json
from math import inf, isfinite

from hypothesis import given
from hypothesis import strategies as st

from processors.findings_text import read_findings, write_findings
from schemas.model import Finding

NUMBERS = st.floats(-1e9, 1e9).map(lambda number: float(f"{number:.6g}"))
FINDINGS = st.builds(Finding, st.text(max_size=9), st.booleans(), NUMBERS, NUMBERS | st.just(-inf))


@given(st.lists(FINDINGS))
def test_findings_are_read_as_they_were_written(found: list[Finding]) -> None:
    """To six digits, a limit that is none included."""
    assert read_findings(write_findings(found)) == tuple(found)


@given(st.lists(st.builds(Finding, st.text(), st.booleans(), st.floats(), st.floats())))
def test_whatever_is_found_is_json(found: list[Finding]) -> None:
    """JSON knows neither infinity nor not-a-number: both are null."""
    values = [row["value"] for row in json.loads(write_findings(found), parse_constant=lambda word: word)]
    assert [value is None for value in values] == [not isfinite(finding.value) for finding in found]


def test_older_rows_have_none() -> None:
    """A row that was stored before findings were kept has the empty text."""
    assert read_findings("") == ()
