"""What a goroutine waits on, as one table: from the frames at the leaf end or from the words of a text dump's header.

Rule 1: the outermost meaning wins: a lock of an RWMutex stands above the Mutex and the semaphore inside it.
Rule 2: frames say more than words where both are there: Go before 1.24 calls a WaitGroup `semacquire`.
Rule 3: words that the table does not know are kept as they are.
Source: a program that parks in every way, Go 1.21 to 1.27 (tests/golden/matrix), and waitReasonStrings in
src/runtime/runtime2.go of these versions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.raw_stack import UNKNOWN

RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to wait. `frames` are beginnings of canonical names, `words` whole states of a header.

    `versions` says in which Go versions a form holds, where that is not all of 1.18 to 1.27.
    """

    name: str
    frames: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    versions: str = ""


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "wait group", ("sync.(*WaitGroup).Wait",), ("sync.WaitGroup.Wait",), "words since 1.24, before semacquire"
    ),
    Operation("cond", ("sync.(*Cond).Wait", "sync.runtime_notifyListWait"), ("sync.Cond.Wait",)),
    Operation(
        "rwmutex rlock",
        ("sync.(*RWMutex).RLock", "sync.(*rlocker).Lock", "sync.runtime_SemacquireRWMutexR"),
        ("sync.RWMutex.RLock",),
        "words since 1.20, before semacquire",
    ),
    Operation(
        "rwmutex lock",
        ("sync.(*RWMutex).Lock", "sync.runtime_SemacquireRWMutex"),
        ("sync.RWMutex.Lock",),
        "words since 1.20, before semacquire; behind another writer they are sync.Mutex.Lock",
    ),
    Operation(
        "mutex lock",
        ("sync.(*Mutex).Lock", "sync.(*Mutex).lockSlow", "sync.runtime_SemacquireMutex"),
        ("sync.Mutex.Lock",),
        "words since 1.20, before semacquire",
    ),
    Operation("sleep", ("time.Sleep", "runtime.timeSleep"), ("sleep",)),
    Operation("io wait", ("runtime.netpollblock", "internal/poll.runtime_pollWait"), ("IO wait",)),
    Operation("chan receive", ("runtime.chanrecv", "reflect.chanrecv"), ("chan receive", "chan receive (nil chan)")),
    Operation("chan send", ("runtime.chansend", "reflect.chansend"), ("chan send", "chan send (nil chan)")),
    Operation("select", ("runtime.selectgo", "reflect.rselect"), ("select",)),
    Operation("select (no cases)", ("runtime.block",), ("select (no cases)",)),
    Operation("GC assist wait", ("runtime.gcParkAssist",), ("GC assist wait",)),
    Operation("GC weak to strong wait", ("runtime.gcParkStrongFromWeak",), ("GC weak to strong wait",), "since 1.24"),
    Operation("wait for GC cycle", ("runtime.gcWaitOnMark",), ("wait for GC cycle",)),
    Operation("trace reader (blocked)", ("runtime.ReadTrace",), ("trace reader (blocked)",)),
    Operation("synctest.Run", ("runtime.synctestRun", "internal/synctest.Run"), ("synctest.Run",), "since 1.24"),
    Operation("synctest.Wait", ("runtime.synctestWait", "internal/synctest.Wait"), ("synctest.Wait",), "since 1.24"),
    Operation("coroutine", ("runtime.coroswitch",), ("coroutine",), "since 1.22"),
    Operation(
        "semaphore",
        ("sync.runtime_Semacquire", "internal/poll.runtime_Semacquire", "runtime.semacquire"),
        ("semacquire",),
    ),
    Operation(
        "syscall",
        ("runtime.cgocall", "syscall.", "os/signal.signal_recv", "internal/runtime/syscall.", "internal/syscall/"),
        ("syscall", "syscall, locked to thread"),
    ),
    Operation(RUNNING, (), ("running", "runnable", "preempted", "copystack", "idle", "waiting")),
)

_BY_WORDS = {words: operation.name for operation in OPERATIONS for words in operation.words}
_BLOCKERS = frozenset(("semacquire", "sync.Mutex.Lock", "running", "runnable", UNKNOWN, ""))
"""Words that say less than the frames below them."""


def name_operation(parking: Iterable[str], state: str = "") -> str:
    """Name what a goroutine waits on.

    `parking` are the canonical frames at the leaf end, leaf first; `state` the words of a header, empty where there
    are none. Frames alone that match nothing mean `running`.

    Example input: parking=[runtime.gopark, sync.runtime_Semacquire, sync.(*WaitGroup).Wait], state=semacquire
    Example output: wait group
    """
    if state not in _BLOCKERS:
        return _BY_WORDS.get(state, state)
    names = tuple(parking)
    for operation in OPERATIONS:
        if any(name.startswith(operation.frames) for name in names):
            return operation.name
    return _BY_WORDS.get(state, state) or RUNNING
