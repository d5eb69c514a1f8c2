"""What a goroutineleak profile proves, on profiles of real programs, and what of it is no leak."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.pipeline import WEIGHER, identify
from processors.weigh_leaks import FalseReport, find_false_report, weigh_leaks
from schemas.evidence import StackWeight, Summary
from schemas.model import Problem
from schemas.raw_stack import RawStack, make_frames
from tests.pprof_maker import make_profile
from tests.processors.evidence import GO_VERSIONS, name_dumped, read

versions = pytest.mark.parametrize("version", GO_VERSIONS)


def weigh(profile: bytes) -> Summary | Problem:
    """Weigh a profile."""
    return weigh_leaks(profile, WEIGHER.identify, WEIGHER.limits)


@versions
def test_leaked_goroutines_are_proven_under_the_fingerprint_of_scrapes_and_dumps(version: str) -> None:
    """Seven goroutines on a channel that nobody reads, named as a dump names them."""
    expected = name_dumped("chan send", "main.send.func1").value
    assert weigh(read(f"go{version}.leaked.pb.gz")) == Summary((StackWeight(expected, 7, leaked=7),), whole=True)


def test_main_in_select_of_go_1_26_is_no_leak() -> None:
    """Go 1.26 calls a main that ends in select {} leaked."""
    assert weigh(read("go1.26.8.main-in-select.pb.gz")) == Summary(left_out={FalseReport.MAIN.value: 1}, whole=True)


def test_sample_without_a_place_of_go_1_27_is_no_leak() -> None:
    """Go 1.27 counts the same main, and says no place."""
    assert weigh(read("go1.27.3.main-in-select.pb.gz")) == Summary(left_out={FalseReport.NO_PLACE.value: 1}, whole=True)


@versions
def test_program_that_parks_by_gopark_itself_as_gvisor_does_is_no_leak(version: str) -> None:
    """The runtime cannot see who wakes five sleepers, and calls them leaked."""
    summary = weigh(read(f"go{version}.gvisor.pb.gz"))
    assert summary == Summary(left_out={FalseReport.OWN_PARKING.value: 5}, whole=True)


def test_main_that_waits_for_a_lost_channel_is_a_leak() -> None:
    """Only select {} is how servers end their main."""
    lost = make_frames(["runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1", "main.main", "runtime.main"])
    forever = make_frames(["runtime.gopark", "runtime.block", "main.main", "runtime.main"])
    worker = make_frames(["runtime.gopark", "runtime.block", "main.work"])
    found = [find_false_report(RawStack(frames, 1)) for frames in (lost, forever, worker)]
    assert found == [None, FalseReport.MAIN, None]


@pytest.mark.parametrize(
    "below",
    ["internal/sync.runtime_SemacquireMutex", "sync.runtime_notifyListWait", "runtime.selectgo", "time.Sleep"],
)
def test_go_s_own_ways_to_park_are_believed(below: str) -> None:
    """All of them lie in the standard library."""
    assert find_false_report(RawStack(make_frames(["runtime.gopark", below, "main.work"]), 1)) is None


def test_profile_of_all_goroutines_proves_nothing() -> None:
    """A router that answers every path with the goroutine profile would make everything proven."""
    profile = make_profile([(("runtime.gopark", "runtime.chansend", "main.work"), 9)])
    assert weigh(profile) == Problem("byte 0", "not a goroutineleak profile", "'goroutine'")


@pytest.mark.parametrize("body", [b"", b"<html>", b"\x1f\x8b\x08", b"goroutineleak profile: total 3\n3 @ 0x1\n"])
def test_what_is_no_profile_is_a_problem(body: bytes) -> None:
    """Pages, text and broken streams."""
    assert isinstance(weigh(body), Problem)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_any_bytes_are_weighed_or_refused(noise: bytes, at: int) -> None:
    """Never an error, also not on a real profile with a hole."""
    real = gzip.decompress(read("go1.27.3.leaked.pb.gz"))
    assert isinstance(weigh(noise), Summary | Problem)
    assert isinstance(weigh(real[:at] + noise + real[at + len(noise) :]), Summary | Problem)
    assert identify(RawStack((), 1)).frames == ()
