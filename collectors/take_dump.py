r"""A debug=2 body -> the dump as it may be kept: text of goroutines, without labels, gzip. Pure.

Go writes the labels of a goroutine into its header (since 1.27 without being asked to), and labels may say whom a
request was for. A dump is taken for waits and creators, so no label is kept, whatever the settings keep of profiles.
"""

import gzip
import re

from collectors.content import quote_text
from collectors.taken import Failed, Limits, Taken
from schemas.model import FailureReason

_DUMP = re.compile(rb"goroutine [0-9]+ [^\n]*\[")
_LABELLED = re.compile(rb'^(goroutine [0-9]+ [^\n{"]*)[{"][^\n]*$', re.MULTILINE)
_OLD_LABELS = re.compile(rb"[, ]*(?: labels:)?\s*$")
_GZIP_LEVEL = 1
"""A dump shrinks to a twentieth; higher levels cost more than they save."""


def take_dump(body: bytes, limits: Limits) -> Taken | Failed:
    """Give the dump, gzip, without labels; a body that begins otherwise than a dump is refused with a short quote."""
    if len(body) > limits.inflated_bytes:
        return Failed(FailureReason.TOO_LARGE, f"the dump is larger than {limits.inflated_bytes} bytes")
    if not _DUMP.match(body):
        return Failed(FailureReason.NOT_A_PROFILE, f"the answer is no dump (debug=2): {quote_text(body)}")
    stripped, removed = strip_dump(body)
    return Taken(gzip.compress(stripped, _GZIP_LEVEL, mtime=0), removed)


def strip_dump(dump: bytes) -> tuple[bytes, int]:
    """Take the labels out of all headers; give how many headers had some.

    Example input: goroutine 7 [select, 3 minutes] {user: alice}:
    Example output: goroutine 7 [select, 3 minutes]:
    """
    return _LABELLED.subn(_cut, dump)


def _cut(header: re.Match[bytes]) -> bytes:
    """Give a header as far as it holds no label, closed."""
    head = _OLD_LABELS.sub(b"", header[1])
    return head + (b":" if head.endswith(b"]") else b"]:")
