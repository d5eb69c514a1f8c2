"""What real Go programs serve, after its labels were taken out, as `go tool pprof` reads it."""

import gzip
from pathlib import Path

import pytest

from collectors.strip_labels import LabelRule, LabelValues, strip_labels
from tests.leakstream.test_decode_beside_pprof import PROGRAMS, pprof, take_profiles, traces_of


@pytest.mark.integration
@pytest.mark.parametrize("program", PROGRAMS)
def test_pprof_reads_the_stripped_profile_as_the_one_that_was_served(program: str, tmp_path: Path) -> None:
    """The same totals, traces, counts and frames, with the labels gone, or one of them hidden."""
    [served, *_] = take_profiles(program, tmp_path)
    raw = gzip.decompress(served.read_bytes())
    traces = traces_of(pprof("-traces", served))
    rules = {
        "none": (LabelRule(), []),
        "tier": (LabelRule(frozenset({b"tier"}), LabelValues.REDACT), [("tier", "redacted")]),
    }
    for name, (rule, shown) in rules.items():
        stripped = tmp_path / f"{name}.pb.gz"
        stripped.write_bytes(gzip.compress(strip_labels(raw, rule).raw, 1))
        expected = sorted((count, frames, tuple(shown) if labels else ()) for count, frames, labels in traces)
        assert traces_of(pprof("-traces", stripped)) == expected
        assert pprof("-top", stripped).split("total", 1)[1] == pprof("-top", served).split("total", 1)[1]
