"""Is this body a goroutine profile? Pure; gives the reason and a sentence that helps, never more than a short quote.

A proxy's login page, an application's catch-all route and debug=1 text all arrive with status 200; told here, they are
a clear failure, and not a parse error far downstream.
"""

import zlib

from schemas.model import FailureReason

_GZIP_MAGIC = b"\x1f\x8b"
_SAMPLE_TYPE_TAG = b"\x0a"
_PERIOD_TYPE_TAG = b"\x5a"
_QUOTED_BYTES = 60
_CHUNK = 1 << 16
_MEMBERS = 64

Failure = tuple[FailureReason, str]

NOT_FOUND_SENTENCE = (
    "404: nothing is served there; importing net/http/pprof registers its handlers on http.DefaultServeMux only, so "
    "mount them on the mux that serves this port, or open a second port"
)


def check_content(body: bytes, inflated_limit_bytes: int) -> Failure | None:
    """Say why this body is no goroutine profile in debug=0 form; None when it looks like one."""
    if not body:
        return FailureReason.EMPTY, "the answer was 200 with an empty body"
    if body.startswith(_GZIP_MAGIC):
        return _check_gzip(body, inflated_limit_bytes)
    if len(body) > inflated_limit_bytes:
        return FailureReason.TOO_LARGE, f"the profile is larger than {inflated_limit_bytes} bytes"
    if body.startswith((_SAMPLE_TYPE_TAG, _PERIOD_TYPE_TAG)):
        return None
    return _name_text(body)


def _check_gzip(body: bytes, limit: int) -> Failure | None:
    """Inflate piece by piece, keeping nothing, and stop at the limit."""
    size = 0
    for _ in range(_MEMBERS):
        member = zlib.decompressobj(31)
        rest = body
        try:
            while rest and not member.eof:
                size += len(member.decompress(rest, _CHUNK))
                rest = member.unconsumed_tail
                if size > limit:
                    return FailureReason.TOO_LARGE, f"the profile inflates to more than {limit} bytes"
        except zlib.error as error:
            return FailureReason.MALFORMED, f"the gzip stream is broken ({error})"
        if not member.eof:
            return FailureReason.TRUNCATED, "the gzip stream is cut off"
        body = member.unused_data
        if not body.startswith(_GZIP_MAGIC):
            break
    return (FailureReason.MALFORMED, f"{len(body)} bytes follow the gzip stream") if body else None


def _name_text(body: bytes) -> Failure:
    """Say what kind of text this is."""
    start = body[:512].lstrip().lower()
    quoted = quote(body)
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return FailureReason.NOT_A_PROFILE, f"the answer is a web page and no profile: {quoted}"
    if start.startswith((b"goroutine profile: total", b"goroutine ")):
        return FailureReason.NOT_A_PROFILE, f"the answer is text: ask with params {{debug: ['0']}}: {quoted}"
    if start.startswith((b"{", b"[")):
        return FailureReason.NOT_A_PROFILE, f"the answer is JSON and no profile: {quoted}"
    return FailureReason.NOT_A_PROFILE, f"the answer is no profile: {quoted}"


def quote(body: bytes) -> str:
    r"""Quote the first bytes on one line, control characters escaped.

    Example input: b"<html>\n<body>"
    Example output: '<html>\n<body>'
    """
    text = body[:_QUOTED_BYTES].decode(errors="backslashreplace")
    return ascii(text)
