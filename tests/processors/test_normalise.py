"""What normalising promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.canonical import RULES, NameRule, canonical_name, collapse_type_parameters
from processors.closure import name_closure
from processors.normalise import normalise
from processors.operation import OPERATIONS, Operation, name_operation
from schemas.model import Stack
from schemas.raw_stack import Frame, RawStack, make_frames

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
    (("runtime.gopark", "runtime.semacquire1", "sync.runtime_SemacquireMutex", "sync.(*Mutex).lockSlow"), "mutex lock"),
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
    assert got == Stack(("main.work", "main.main"), 3, operation, own=0)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("main.(*Pool[go.shape.string]).run", "main.(*Pool[...]).run"),
        ("main.Map[go.shape.struct { A []int }].Get", "main.Map[...].Get"),
        ("main.serve.func1", "main.serve.func"),
        ("main.serve.func2", "main.serve.func2"),
        ("main.serve.func2.1.3", "main.serve.func2.1.3"),
        ("main.serve.func2.gowrap1", ""),
        ("main.serve.deferwrap1", ""),
        ("main.(*T).Run-fm", ""),
        ("main.glob..func1", "main.init.func"),
        ("main.init.func1", "main.init.func"),
        ("main.init.0.func1", "main.init.0.func"),
        ("main.serve-range1", "main.serve-range"),
        ("main.serve-range1.func2", "main.serve.func2"),
        ("sync.OnceFunc.func1.1", "sync.OnceFunc.func"),
        ("main.(*T[go.shape.int]).Run.func1", "main.(*T[...]).Run.func"),
        ("net/http.(*http2serverConn).serve", "net/http/internal/http2.(*serverConn).serve"),
        ("internal/sync.(*Mutex).Lock", "sync.(*Mutex).Lock"),
        ("example.com/mod@v1.2.3/pkg.F", "example.com/mod/pkg.F"),
        ("main.main", "main.main"),
    ],
)
def test_name_is_the_same_over_builds_and_go_versions(name: str, canonical: str) -> None:
    """Type parameters, closure numbers, moved packages and versions do not show in a name."""
    assert canonical_name(name) == canonical


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.why)
def test_rule_turns_its_example_into_what_it_promises(rule: NameRule) -> None:
    """Each rule of the table carries an example, and it holds."""
    assert rule.pattern.sub(rule.replacement, rule.example_input) == rule.example_output


INLINED = [
    # before Go 1.27, with inlining; the same closure since; the file
    ("main.init.1.func2.handler.1", "main.handler.1", "/src/app/main.go"),
    ("main.init.1.func3.init.1.func3.nestedHandler.1.2", "main.nestedHandler.1.1", "/src/app/main.go"),
    ("main.startNested.func1.startNested.func1.1.2", "main.startNested.func1.1.1", "/src/app/main.go"),
    ("main.main.(*worker).handle.func4", "main.(*worker).handle.func1", "/src/app/main.go"),
    ("main.run.handler.func3.1", "main.handler.func1.1", "/src/app/main.go"),
    ("main.start.OnceFunc.func3.1", "sync.OnceFunc.func1.1", "/usr/local/go/src/sync/oncefunc.go"),
    ("main.start.OnceFunc.func3.1", "sync.OnceFunc.func1.1", "sync/oncefunc.go"),
    ("main.start.New.func3", "example.com/lib/pool.New.func1", "/go/pkg/mod/example.com/lib@v1.2.3/pool/pool.go"),
    ("example.com/app/srv.Run.New.func3", "example.com/app/lib.New.func1", "example.com/app/lib/lib.go"),
]


@pytest.mark.parametrize(("before", "since", "file"), INLINED)
def test_closure_has_one_name_before_and_after_go_1_27(before: str, since: str, file: str) -> None:
    """Inlining renamed closures before 1.27: the innermost function and the file's package give the name back."""
    assert canonical_name(before, file) == canonical_name(since, file)


def test_closure_of_an_inlined_function_of_own_code_is_known_by_its_folder() -> None:
    """Without -trimpath the package's path is lost; its last element is known, if the function is exported."""
    file = "/src/app/lib/lib.go"
    got = [canonical_name(name, file) for name in ("main.main.func7.Handler.1", "main.main.func7.handler.1")]
    assert got == ["lib.Handler.func", "main.handler.func"]


@pytest.mark.parametrize(
    "name", ["main.work", "main.(*T).Run", "main.T.Run", "main.init.0", "panic", "", "a..b", "[...]"]
)
def test_name_that_is_no_closure_stays(name: str) -> None:
    """Only closures are renamed."""
    assert name_closure(name) == name


@pytest.mark.parametrize(
    ("frames", "state", "operation"),
    [
        ((), "chan receive (nil chan)", "chan receive"),
        ((), "chan send (nil chan)", "chan send"),
        (("sync.(*WaitGroup).Wait",), "semacquire", "wait group"),
        (("sync.(*Mutex).Lock", "sync.(*RWMutex).Lock"), "sync.Mutex.Lock", "rwmutex lock"),
        ((), "semacquire", "semaphore"),
        ((), "IO wait", "io wait"),
        ((), "runnable", "running"),
        ((), "GC assist wait", "GC assist wait"),
        ((), "a word of tomorrow", "a word of tomorrow"),
    ],
)
def test_words_of_a_header_give_the_operation_of_the_frames(
    frames: tuple[str, ...], state: str, operation: str
) -> None:
    """Both roads give the same word, and a word nobody knows stays."""
    assert name_operation(frames, state) == operation


def test_inside_of_the_standard_library_does_not_count() -> None:
    """What it does not export is free to change; the entry function stays whatever it is."""
    frames = ("net/http.(*http2ClientConn).roundTrip", "net/http.(*Transport).RoundTrip", "net/http.send", "main.get")
    entry = ("crypto/tls.(*Conn).readRecord", "crypto/tls.(*Conn).Read", "net/http.(*persistConn).readLoop")
    got = [normalise(RawStack(make_frames(names), 1)).frames for names in (frames, entry)]
    assert got == [
        ("net/http.(*Transport).RoundTrip", "main.get"),
        ("crypto/tls.(*Conn).Read", "net/http.(*persistConn).readLoop"),
    ]


def test_first_frame_of_own_code_is_marked() -> None:
    """Neither the standard library nor a module in the cache is own code."""
    raw = RawStack(
        (
            Frame("runtime.gopark"),
            Frame("bufio.(*Reader).ReadString", "/go/src/bufio/bufio.go"),
            Frame("example.com/dep.Read", "/go/pkg/mod/example.com/dep@v1.0.0/dep.go"),
            Frame("example.com/app.serve", "/src/app/app.go"),
        ),
        1,
    )
    assert normalise(raw).own == 2


def test_stack_of_runtime_frames_alone_keeps_its_entry() -> None:
    """A stack is never left without frames."""
    assert normalise(RawStack(make_frames(("runtime.gopark", "runtime.bgsweep")), 1)).frames == ("runtime.bgsweep",)


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


@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS if operation.frames and operation.words])
def test_row_gives_one_operation_by_its_frames_and_by_its_words(operation: Operation) -> None:
    """Every row of the table is reached from both sides."""
    by_frames = {name_operation((beginning,)) for beginning in operation.frames}
    by_words = {name_operation((), words) for words in operation.words}
    assert (by_frames, by_words) == ({operation.name}, {operation.name})
