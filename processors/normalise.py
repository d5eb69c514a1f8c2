r"""stack -> stack: what stays of a stack over scrapes, builds, deploys, small edits and Go versions.

Rule 1: only function names matter; addresses, lines, files and labels are gone before this file.
Rule 2: frames that Go itself moved or renamed get one name.
Rule 3: the runtime and sync frames at the leaf end become the operation, in the runtime's own words.
Sources: the table of parking frames was read off a program that parks in every way (Go 1.21 to 1.27).
"""

import re
from functools import lru_cache

from schemas.model import Stack
from schemas.raw_stack import RawStack

_PARKING = ("runtime.", "internal/runtime/", "sync.", "internal/sync.", "internal/poll.", "internal/reflectlite.")
_RUNTIME_MAIN = "runtime.main"
_GOEXIT = "runtime.goexit"

_OPERATIONS: tuple[tuple[str, str], ...] = (
    ("sync.(*WaitGroup).Wait", "wait group"),
    ("sync.(*Cond).Wait", "cond"),
    ("sync.(*RWMutex).RLock", "rwmutex rlock"),
    ("sync.(*RWMutex).Lock", "rwmutex lock"),
    ("sync.(*Mutex).Lock", "mutex lock"),
    ("runtime.chanrecv", "chan receive"),
    ("runtime.chansend", "chan send"),
    ("runtime.selectgo", "select"),
    ("runtime.block", "select (no cases)"),
    ("time.Sleep", "sleep"),
    ("runtime.timeSleep", "sleep"),
    ("runtime.netpollblock", "io wait"),
    ("internal/poll.runtime_pollWait", "io wait"),
    ("runtime.coroswitch", "coroutine"),
    ("sync.runtime_Semacquire", "semaphore"),
    ("runtime.semacquire", "semaphore"),
    ("runtime.cgocall", "syscall"),
    ("syscall.Syscall", "syscall"),
    ("syscall.RawSyscall", "syscall"),
    ("internal/runtime/syscall.", "syscall"),
    ("runtime/internal/syscall.", "syscall"),
)
"""Beginning of a frame near the leaf -> operation; the first row that any parking frame matches wins, so that the
outermost meaning (a WaitGroup) stands above the mechanism (a semaphore)."""

_MOVED: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^internal/sync\."), "sync."),
    (re.compile(r"^net/http\.\(\*http2(\w+)\)\."), r"net/http/internal/http2.(*\1)."),
    (re.compile(r"^net/http\.http2"), "net/http/internal/http2."),
    (re.compile(r"^internal/runtime/maps\."), "runtime."),
)

_GOWRAP = re.compile(r"\.gowrap\d+")
_CLOSURES = re.compile(r"(?:\.func\d+(?:\.\d+)*|\.\d+|-range\d+|-fm)+$")
_VERSION = re.compile(r"@v[0-9][^/]*")


def normalise(raw: RawStack) -> Stack:
    """Give the stack under names that stay, without its parking frames, which become the operation."""
    frames = tuple(name for name in (canonical_name(frame.function) for frame in raw.frames) if name)
    parked = _count_parking(frames)
    rest = frames[parked:]
    while rest and rest[-1] in (_GOEXIT, _RUNTIME_MAIN):
        rest = rest[:-1]
    return Stack(
        frames=rest or frames,
        count=raw.count,
        operation=raw.state or _name_operation(frames[: parked + 1]),
        labels=raw.labels,
        created_by=raw.created_by.function if raw.created_by else None,
        wait_minutes=raw.wait_minutes,
    )


@lru_cache(maxsize=200_000)
def canonical_name(name: str) -> str:
    """Give the name under which a function is known over builds and Go versions; empty for a wrapper.

    Example input: main.(*Pool[go.shape.string]).run.func2.1
    Example output: main.(*Pool[...]).run.func
    """
    name = collapse_type_parameters(_VERSION.sub("", name))
    if _GOWRAP.search(name):
        return ""
    for pattern, replacement in _MOVED:
        name = pattern.sub(replacement, name)
    return _CLOSURES.sub(".func", name)


def collapse_type_parameters(name: str) -> str:
    """Write every outermost bracket as `[...]`, by depth; an unbalanced name stays as it is.

    Example input: main.Map[go.shape.struct { A []int }].Get
    Example output: main.Map[...].Get
    """
    if "[" not in name:
        return name
    parts: list[str] = []
    depth = 0
    for character in name:
        depth -= character == "]"
        if depth < 0:
            return name
        if depth == 0:
            parts.append("[...]" if character == "[" else "" if character == "]" else character)
        depth += character == "["
    return name if depth else "".join(parts)


def _count_parking(frames: tuple[str, ...]) -> int:
    """Count the frames at the leaf end that belong to the runtime, sync, poll and sleeping."""
    for index, frame in enumerate(frames):
        if not frame.startswith(_PARKING) and frame != "time.Sleep" and not frame.startswith("syscall."):
            return index
        if frame == _RUNTIME_MAIN:
            return index
    return len(frames)


def _name_operation(parking: tuple[str, ...]) -> str:
    """Name what the goroutine waits on; `running` where nothing parks it."""
    for beginning, operation in _OPERATIONS:
        if any(frame.startswith(beginning) for frame in parking):
            return operation
    return "running"
