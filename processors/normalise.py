"""stack -> stack: what stays of a stack over scrapes, builds, deploys, small edits and Go versions.

Rule 1: function names count, and a file only where a name lost its package (closure.py); lines and labels never.
Rule 2: names get their one form (canonical.py), then the users' own rules (rewrite.py).
Rule 3: the runtime and sync frames at the leaf end become the operation (operation.py); runtime.main and goexit go,
as does where iter.Pull starts its coroutine.
Rule 4: the runtime's unexported functions go everywhere, as text dumps hide them.
Rule 5: of the standard library only what it exports counts, for that is what Go promises to keep; the entry function
always stays.
"""

import re
from itertools import pairwise
from typing import TypeAlias

from processors.attribute import Owner, attribute, is_standard, package_of
from processors.canonical import canonical_name
from processors.operation import name_operation
from processors.rewrite import BUILTIN, Rules, rewrite
from schemas.model import ELLIPSIS, Stack
from schemas.raw_stack import Frame, RawStack

_PARKING = (
    *("runtime.", "runtime/", "internal/runtime/", "internal/syscall/", "internal/poll.", "internal/reflectlite."),
    *("sync.", "syscall.", "time.Sleep", "reflect.rselect", "reflect.select0", "reflect.chan"),
)
DEEP_FRAMES = 80
"""debug=2 leaves out the middle of more than 100 frames, debug=0 the root end of more than 128, its runtime frames
among them: below both by enough that no format has cut a stack that counts whole."""
LEAF_FRAMES = 40
"""Within the 50 that debug=2 prints of the leaf end."""
ROOT_FRAMES = 10
"""Kept for people; a deep stack is named by its leaf end, because debug=0 has lost the root end."""

Named: TypeAlias = tuple[str, Frame]
"""A canonical name and the frame it is of."""

_ROOTS = frozenset(("runtime.main", "runtime.goexit", "runtime.corostart"))
_HIDDEN = re.compile(r"(?:runtime\.|internal/runtime/)(?:\(\*?)?[^A-Z(]")
_INSERTED = frozenset(("bytes.(*Buffer).ReadFrom", "io.Copy", "os.(*File).WriteTo", "sync.(*HashTrieMap[...]).Range"))
"""Exported, but called by the standard library in some versions of Go only: crypto/tls before 1.27, os.(*File).WriteTo
since 1.22 (io.Copy calls it, and it io.Copy), sync.(*Map).Range since 1.24. They count where other code calls them."""
_UNEXPORTED = re.compile(r"(?:^|[.(*])[a-z_]\w*(?=[.)\[-]|\Z)")
_CLOSURE_END = re.compile(r"\.func\d*(?:-range)*(?:\.\d+(?:-range)*)*\Z")


def normalise(raw: RawStack, rules: Rules = BUILTIN) -> Stack:
    """Give the stack under names that stay, without its parking frames, which become the operation.

    A stack that ends in parking frames keeps its outermost one, so that it always has frames when `raw` has.
    """
    named = [(canonical_name(frame.function, frame.file), frame) for frame in raw.frames]
    kept = [(name, frame) for name, frame in named if name] or [(frame.function, frame) for frame in raw.frames]
    while len(kept) > 1 and kept[-1][0] in _ROOTS:
        kept.pop()
    parked = _count_parking(tuple(name for name, _ in kept))
    below = _cut_middle(kept, parked, cut=raw.elided != 0)
    frames = [(name if name == ELLIPSIS else rewrite(name, rules), frame) for name, frame in below]
    frames = [pair for pair in frames if pair[0]] or below
    return Stack(
        frames=tuple(name for name, _ in frames),
        count=raw.count,
        operation=name_operation((name for name, _ in kept[: parked + 1]), raw.state),
        labels=raw.labels,
        created_by=_name_creator(raw.created_by, rules),
        wait_minutes=raw.wait_minutes,
        own=next((index for index, pair in enumerate(frames) if _is_own(*pair)), None),
    )


def _cut_middle(kept: list[Named], parked: int, *, cut: bool) -> list[Named]:
    """Give the frames that count, of a stack that is too deep its two ends with ELLIPSIS between.

    Depth is counted in frames that a text dump shows, before any is left out as inside of the standard library: so the
    leaf end is the same stretch of the stack in every format.
    """
    shown = sum(not _HIDDEN.match(name) for name, _ in kept)
    parking = sum(not _HIDDEN.match(name) for name, _ in kept[:parked])
    body = [pair for pair in kept[parked:-1] if not _HIDDEN.match(pair[0])] + kept[-1:]
    counting = [_counts(pair[0], caller[0]) for pair, caller in pairwise(body)] + [True] * bool(body)
    end = len(body) if not cut and shown <= DEEP_FRAMES else max(LEAF_FRAMES - parking, 1)
    leaf = [pair for pair, counts in zip(body[:end], counting[:end], strict=True) if counts]
    root = [pair for pair, counts in zip(body[end:], counting[end:], strict=True) if counts][-ROOT_FRAMES:]
    return leaf if end >= len(body) and not cut else [*leaf, (ELLIPSIS, Frame(ELLIPSIS)), *root]


def _is_own(name: str, frame: Frame) -> bool:
    """Tell whether a frame is the service's own code."""
    return name != ELLIPSIS and attribute(frame) is Owner.OWN


def _name_creator(creator: Frame | None, rules: Rules) -> str | None:
    """Name the function with the `go` statement as it is named in stacks."""
    if creator is None:
        return None
    return rewrite(canonical_name(creator.function, creator.file) or creator.function, rules)


def _count_parking(names: tuple[str, ...]) -> int:
    """Count the frames at the leaf end that belong to the runtime, sync, poll and sleeping."""
    for index, name in enumerate(names[:-1]):
        if not name.startswith(_PARKING):
            return index
    return len(names) - 1 if names else 0


def _counts(name: str, caller: str) -> bool:
    """Tell whether a frame above the entry function is part of the identity.

    Example: net/http.(*Client).Get counts, net/http.(*Client).do and net/http/internal/http2.(*Server).ServeConn do not
    """
    package = package_of(name)
    if not is_standard(package):
        return True
    if name in _INSERTED and is_standard(package_of(caller)):
        return False
    if "internal" in package.split("/") or package.startswith("vendor/"):
        return False
    return not _UNEXPORTED.search(_CLOSURE_END.sub("", name[len(package) + 1 :]))
