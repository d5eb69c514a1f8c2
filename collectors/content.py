"""Is this body a goroutine profile? Pure; gives the reason and a sentence that helps, never more than a short quote.

A proxy's login page, an application's catch-all route and debug=1 text all arrive with status 200; told here, they are
a clear failure, and not a parse error far downstream. What is inside a gzip stream is judged like a bare body.
"""

import zlib
from collections.abc import Iterator

from schemas.model import FailureReason

_GZIP_MAGIC = b"\x1f\x8b"
_FIELD_TAGS = frozenset(b"\x0a\x12\x1a\x22\x2a\x32\x38\x40\x48\x50\x5a\x60\x6a\x70")
"""First bytes that a profile.proto message can have: the tags of its fields 1 to 14."""
_NEVER_IN_TEXT = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_HEAD_BYTES = 512
_QUOTED_BYTES = 60
_CHUNK = 1 << 16
_MEMBERS = 64

_EMPTY_STREAM = "the answer was 200 with an empty gzip stream"

Failure = tuple[FailureReason, str]

NOT_FOUND_SENTENCE = (
    "404: nothing is served there; importing net/http/pprof registers its handlers on http.DefaultServeMux only, so "
    "mount them on the mux that serves this port, or open a second port"
)


def read_content(body: bytes, inflated_limit_bytes: int) -> bytes | Failure:
    """Give the inflated bytes of what looks like a goroutine profile in debug=0 form, or say why it is none."""
    if not body:
        return FailureReason.EMPTY, "the answer was 200 with an empty body"
    if body.startswith(_GZIP_MAGIC):
        return _read_gzip(body, inflated_limit_bytes)
    if len(body) > inflated_limit_bytes:
        return FailureReason.TOO_LARGE, f"the profile is larger than {inflated_limit_bytes} bytes"
    return _check_head(body[:_HEAD_BYTES]) or body


def _read_gzip(body: bytes, limit: int) -> bytes | Failure:
    """Inflate piece by piece, stop at the limit, and judge the first bytes."""
    pieces, size = [], 0
    try:
        for piece in _inflate(body):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                return FailureReason.TOO_LARGE, f"the profile inflates to more than {limit} bytes"
    except EOFError:
        return FailureReason.TRUNCATED, "the gzip stream is cut off"
    except zlib.error as error:
        return FailureReason.MALFORMED, f"the gzip stream is broken ({error})"
    raw = b"".join(pieces)
    return (_check_head(raw[:_HEAD_BYTES]) or raw) if raw else (FailureReason.EMPTY, _EMPTY_STREAM)


def _inflate(body: bytes) -> Iterator[bytes]:
    """Give what is in the members of a gzip file; EOFError where it is cut off, zlib.error where it is broken."""
    start = 0
    for _ in range(_MEMBERS):
        member = zlib.decompressobj(31)
        while not member.eof:
            given = member.unconsumed_tail
            if not given:
                given = body[start : start + _CHUNK]  # slices: the tail of a whole body would be copied at each step
                start += len(given)
            piece = member.decompress(given, _CHUNK)
            if not (given or piece):
                raise EOFError
            yield piece
        start -= len(member.unused_data)
        if start == len(body):
            return
        if not body.startswith(_GZIP_MAGIC, start):
            raise zlib.error(f"{len(body) - start} bytes follow")
    raise zlib.error(f"more than {_MEMBERS} members")


def _check_head(head: bytes) -> Failure | None:
    """Judge the first bytes; no profile is text, for the tag of its first number is a control character."""
    if head.startswith(_GZIP_MAGIC):
        return FailureReason.NOT_A_PROFILE, "the profile is compressed twice: switch off compression for this path"
    if _NEVER_IN_TEXT.isdisjoint(head):
        return _name_text(head)
    return None if head[0] in _FIELD_TAGS else (FailureReason.NOT_A_PROFILE, f"the answer is no profile: {quote(head)}")


def _name_text(head: bytes) -> Failure:
    """Say what kind of text this is."""
    start, quoted = head.lstrip().lower(), quote(head)
    if start.startswith(b"<"):
        return FailureReason.NOT_A_PROFILE, f"the answer is a web page and no profile: {quoted}"
    if start.startswith((b"goroutine profile: total", b"goroutine ")):
        quoted = quote(_before_labels(head))
        return FailureReason.NOT_A_PROFILE, f"the answer is text (debug=1 or 2): set params {{debug: ['0']}}: {quoted}"
    if start.startswith((b"{", b"[")):
        return FailureReason.NOT_A_PROFILE, f"the answer is JSON and no profile: {quoted}"
    return FailureReason.NOT_A_PROFILE, f"the answer is text and no profile: {quoted}"


def quote_text(body: bytes) -> str:
    """Quote the first line of a body that may be a dump, as far as it holds no label."""
    return quote(_before_labels(body[:_HEAD_BYTES]))


def _before_labels(head: bytes) -> bytes:
    r"""Give the first line of a text dump as far as it holds no label, which must not get out by way of a quote.

    Example input: b"goroutine 7 [select] {user: alice}:\nmain.main()"
    Example output: b"goroutine 7 [select] "
    """
    return (head.lstrip().splitlines(keepends=True) or [b""])[0].partition(b"{")[0]


def quote(body: bytes) -> str:
    r"""Quote the first bytes on one line, control characters escaped.

    Example input: b"<html>\n<body>"
    Example output: '<html>\n<body>'
    """
    text = body[:_QUOTED_BYTES].decode(errors="backslashreplace")
    return ascii(text)
