r"""A line of a debug=2 dump -> what of it matters.

Exists because goroutines in the same stack differ in their text: numbers, addresses, argument words, offsets, minutes.
Rule 1: reading (read_header.py, read_frames.py) sees trimmed lines only, so that goroutines with equal trimmed lines
are read alike, and one of them has to be read.
Rule 2: scan_dump.py trims alike in compiled code; a test holds the two together on any bytes.
"""

import re
from collections.abc import Iterator

HEADER = b"goroutine "
CREATED_BY = b"created by "
IN_GOROUTINE = b" in goroutine "
CGO_PC = b"non-Go function at pc="
_MINUTES = re.compile(rb", ([0-9]{1,9}) minutes(?=[,\]])")
_DIGITS = b"0123456789"
HEX = b"0123456789abcdef"
_NO_PLACE = b"\tpc="
_SUFFIXES = (b"+0x", b"fp=0x", b"sp=0x", b"pc=0x")


def is_header(line: bytes) -> bool:
    """Tell whether a line begins a goroutine."""
    return line.startswith(HEADER) and line[len(HEADER) : len(HEADER) + 1].isdigit()


def read_number(header: bytes) -> int:
    """Give the goroutine's number, 0 when it has more digits than a number of Go's."""
    digits = header[len(HEADER) : _after_number(header)]
    return int(digits) if len(digits) < 20 else 0  # noqa: PLR2004 2**64 has 20 digits


def trim_header(line: bytes) -> tuple[bytes, int]:
    """Give a header without number, addresses and minutes, and the minutes, -1 for none. A strange one stays whole.

    Example input: goroutine 18 gp=0xc000182000 m=nil [select, 3 minutes]:
    Example output: [select]:, 3
    """
    before, after, minutes = part_header(line)
    return before + after, minutes


def part_header(line: bytes) -> tuple[bytes, bytes, int]:
    """Give what matters of a header before and behind its minutes, and the minutes, -1 for none."""
    start = _after_number(line)
    if line.startswith(b" gp=", start):
        start = line.find(b" [", start)
    if start < 0 or not line.startswith(b" [", start):
        return line, b"", -1
    quoted = [place for place in (line.find(b'"', start), line.find(b"{", start)) if place >= 0]
    minutes = _MINUTES.search(line, start, min(quoted, default=len(line)))
    if not minutes:
        return line[start + 1 :], b"", -1
    return line[start + 1 : minutes.start()], line[minutes.end() :], int(minutes[1])


def _after_number(header: bytes) -> int:
    """Find the end of the goroutine's number."""
    return len(header) - len(header[len(HEADER) :].lstrip(_DIGITS))


def trim_line(line: bytes) -> bytes:
    r"""Give a line below a header without argument words, offsets and goroutine numbers.

    Example input: main.(*T).run(0xc000012345, {0x1, 0x2}), \t/src/main.go:10 +0x1d, created by main.main in goroutine 1
    Example output: main.(*T).run(, \t/src/main.go:10, created by main.main
    """
    if line.startswith((b"\t", b" ")):
        return _trim_place(line)
    if line.startswith(CREATED_BY):
        creator = line.rstrip(_DIGITS)
        return creator[: -len(IN_GOROUTINE)] if creator.endswith(IN_GOROUTINE) else line
    if line.endswith(b")"):
        arguments = line.rfind(b"(")
        return line[: arguments + 1] if arguments > 0 else line
    return CGO_PC if line.startswith(CGO_PC) else line


def trimmed_lines(body: bytes) -> Iterator[bytes]:
    """Give the lines, trimmed, one at a time: a body may have millions."""
    start = 0
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        yield trim_line(body[start:end].removesuffix(b"\r"))
        start = end + 1


def _trim_place(line: bytes) -> bytes:
    """Take the offset and the registers off a file line; Go writes at most four of them.

    cgo frames without symbols have an address in place of the file: `pc=` is left of it.
    """
    for _ in _SUFFIXES:
        space = max(line.rfind(b" "), 0)  # the line begins with a tab, or with a space where it was pasted
        token = line[space + 1 :]
        if not token.startswith(_SUFFIXES) or token[token.index(b"x") + 1 :].strip(HEX):
            return line
        if not space:
            return line[: len(_NO_PLACE)]
        line = line[:space]
    return line
