"""The end of a debug=2 dump -> its last goroutine, and whether the dump is cut off.

Exists because Go cuts a dump at 64 MiB without a word, and a proxy or a time limit cuts it anywhere: a stack that lost
its root end would be another stack. What shows a cut: no newline at the end; a goroutine that is not whole; no creator
where the others have theirs; the very size at which Go cuts.
"""

from processors.broken import Broken, quote
from processors.fold_dump import DumpFold
from processors.read_frames import Body
from processors.read_header import Header
from processors.split_dump import Group, find_blocks, strip_end
from processors.trim_dump import HEADER, is_header, trim_header, trim_line
from schemas.model import Problem

GO_CUTS_AT_BYTES = 64 * 1024 * 1024
"""`writeGoroutineStacks` in Go's runtime/pprof doubles its buffer up to here, and gives what is in it."""


def find_tail(data: bytes) -> int:
    """Give the place of the last goroutine when no empty line shows that it is whole, else the length of the text."""
    at = len(data)
    while at > 0:
        at = data.rfind(b"\n" + HEADER, 0, at) + 1  # 0 when there is none: the text may begin with it
        if is_header(data[at : at + len(HEADER) + 1]):
            closed = max(data.find(b"\n\n", at), data.find(b"\n\r\n", at)) >= 0
            return len(data) if closed else at
    return len(data)


def judge_end(dump: DumpFold, tail: int) -> Problem | None:
    """Read the goroutine that begins at `tail` into the dump if it is whole; give the problem when the dump is cut."""
    data = dump.data
    if tail < len(data):
        ((start, body_start, end),) = find_blocks(data, tail, len(data))
        minutes = trim_header(strip_end(data, start, body_start))[1]
        group = Group(start, body_start, end, 1, minutes, minutes, -1)
        header, body = dump.read_header(group), dump.read_body(group)
        if isinstance(header, Header) and isinstance(body, Body) and not _lacks_its_end(dump, group, body):
            dump.add(header, body, group)
        elif not _is_cut(data, header, body):
            return dump.tell(tail)
        else:
            return _tell_cut(dump)
    return _tell_cut(dump) if _ends_abruptly(data, tail) else None


def _lacks_its_end(dump: DumpFold, group: Group, body: Body) -> bool:
    """Tell whether this goroutine, which can be read, goes on beyond the cut.

    Only where the others show what there should be: a dump of one goroutine, pasted without its last newline, is read.
    """
    if not dump.creators or dump.orphans or dump.is_main(group):
        return False
    line = strip_end(dump.data, dump.data.rfind(b"\n", 0, -1) + 1, len(dump.data))
    offset_is_there = dump.data.endswith(b"\n") or trim_line(line) != line or not line
    return body.created_by is None or not offset_is_there


def _is_cut(data: bytes, header: Header | Broken, body: Body | Broken) -> bool:
    """Tell a goroutine that is cut off from one that is broken: it is its last line that cannot be read."""
    if not data.endswith(b"\n"):
        return True
    if isinstance(header, Broken) or isinstance(body, Body):
        return isinstance(header, Header)
    last = strip_end(data, data.rfind(b"\n", 0, -1) + 1, len(data))
    return not body.quote or body.quote == trim_line(last)


def _ends_abruptly(data: bytes, tail: int) -> bool:
    """Tell whether the end of a text shows a cut although its last goroutine is whole."""
    if len(data) == GO_CUTS_AT_BYTES:
        return True
    last = data[data.rfind(b"\n") + 1 :]
    return bool(last) and (tail < len(data) or last.startswith(HEADER) or HEADER.startswith(last))


def _tell_cut(dump: DumpFold) -> Problem:
    """Say that the dump is cut off, and where."""
    data = dump.data
    last = data.rfind(b"\n", 0, -1) + 1
    size = f" at the {len(data)} bytes where Go cuts" if len(data) == GO_CUTS_AT_BYTES else ""
    return Problem(dump.place(last), f"the dump is cut off here{size}", quote(strip_end(data, last, len(data))))
