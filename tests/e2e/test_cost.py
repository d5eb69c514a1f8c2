"""From a real program whose leaked goroutines hold a known number of bytes to what we say that they cost."""

from pathlib import Path

import pytest

from benchmarks.read_costs import Case, build_leak, find


@pytest.mark.integration
def test_range_of_two_readings_holds_what_a_goroutine_really_costs(tmp_path: Path) -> None:
    """16 KiB and its stack; narrow behind a goroutineleak profile, wide and true without one."""
    found = find(build_leak(tmp_path), Case(16_384))
    assert 16_384 + 2_048 < found.truth < 16_384 + 4_096
    assert found.holds == (True, True)
    assert found.settled.high_bytes < 1.5 * found.settled.low_bytes
