"""What normalising promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.normalise import canonical_name, collapse_type_parameters, normalise
from schemas.model import Stack
from schemas.raw_stack import RawStack, make_frames

PARKED = [
    (("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1"), "chan receive"),
    (("runtime.gopark", "runtime.chansend", "runtime.chansend1"), "chan send"),
    (("runtime.gopark", "runtime.selectgo"), "select"),
    (("runtime.gopark", "runtime.block"), "select (no cases)"),
    (("runtime.gopark", "time.Sleep"), "sleep"),
    (
        ("runtime.gopark", "runtime.netpollblock", "internal/poll.runtime_pollWait", "internal/poll.(*FD).Read"),
        "io wait",
    ),
    (
        (
            "runtime.gopark",
            "runtime.semacquire1",
            "internal/sync.runtime_SemacquireMutex",
            "internal/sync.(*Mutex).lockSlow",
            "internal/sync.(*Mutex).Lock",
            "sync.(*Mutex).Lock",
        ),
        "mutex lock",
    ),
    (("runtime.gopark", "runtime.semacquire1", "sync.runtime_SemacquireMutex", "sync.(*Mutex).lockSlow"), "semaphore"),
    (("runtime.gopark", "sync.runtime_SemacquireRWMutexR", "sync.(*RWMutex).RLock"), "rwmutex rlock"),
    (("runtime.gopark", "sync.runtime_SemacquireRWMutex", "sync.(*RWMutex).Lock"), "rwmutex lock"),
    (("runtime.gopark", "sync.runtime_SemacquireWaitGroup", "sync.(*WaitGroup).Wait"), "wait group"),
    (("runtime.gopark", "sync.runtime_notifyListWait", "sync.(*Cond).Wait"), "cond"),
    (("syscall.Syscall6", "syscall.read"), "syscall"),
    ((), "running"),
]


@pytest.mark.parametrize(("parking", "operation"), PARKED)
def test_parking_frames_become_the_operation(parking: tuple[str, ...], operation: str) -> None:
    """The runtime and sync frames at the leaf end name what the goroutine waits on, and are gone."""
    got = normalise(RawStack(make_frames((*parking, "main.work", "main.main", "runtime.main")), 3))
    assert got == Stack(("main.work", "main.main"), 3, operation)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("main.(*Pool[go.shape.string]).run", "main.(*Pool[...]).run"),
        ("main.Map[go.shape.struct { A []int }].Get", "main.Map[...].Get"),
        ("main.serve.func1", "main.serve.func"),
        ("main.serve.func2.1.3", "main.serve.func"),
        ("main.serve.func2.gowrap1", ""),
        ("main.(*T).Run-fm", "main.(*T).Run.func"),
        ("net/http.(*http2serverConn).serve", "net/http/internal/http2.(*serverConn).serve"),
        ("internal/sync.(*Mutex).Lock", "sync.(*Mutex).Lock"),
        ("example.com/mod@v1.2.3/pkg.F", "example.com/mod/pkg.F"),
        ("main.main", "main.main"),
    ],
)
def test_name_is_the_same_over_builds_and_go_versions(name: str, canonical: str) -> None:
    """Type parameters, closure numbers, moved packages and versions do not show in a name."""
    assert canonical_name(name) == canonical


def test_stack_of_runtime_frames_alone_keeps_them() -> None:
    """A stack is never left without frames."""
    names = ("runtime.gopark", "runtime.bgsweep")
    assert normalise(RawStack(make_frames(names), 1)).frames == names


@given(st.text(alphabet="ab[].", max_size=30))
def test_collapsing_twice_changes_nothing(name: str) -> None:
    """Collapsed type parameters stay collapsed."""
    once = collapse_type_parameters(name)
    assert collapse_type_parameters(once) == once


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=10), st.integers(0, 1000))
def test_normalising_keeps_the_count_and_never_raises(frames: list[str], count: int) -> None:
    """Any names give a stack with the same number of goroutines."""
    got = normalise(RawStack(make_frames(frames), count))
    assert got.count == count
