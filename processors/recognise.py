"""Profile bytes -> the format they are in, from the content alone.

Exists because files, proxies and people hand over every form that Go serves under any name and content type, and
because the answer to what is no profile must help. It reads the beginning, and searches the rest of a text for a dump.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_FIELD_TAGS = frozenset(bytes((tag,)) for tag in b"\x0a\x12\x1a\x22\x2a\x32\x38\x40\x48\x50\x5a\x60\x6a\x70")
"""First bytes that a profile.proto message can have: the tags of its fields 1 to 14."""
_NEVER_IN_TEXT = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")
_HEAD_BYTES = 512
_KNOWN_OTHERS = (
    (b"\x1f\x8b", "the profile is compressed twice"),
    (b"\xff\xfe", "not a profile: UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "not a profile: UTF-16 text; save it as UTF-8"),
    (b"heap profile: ", "not a goroutine profile: a heap profile"),
    (b"--- contention:", "not a goroutine profile: a block profile"),
    (b"--- mutex:", "not a goroutine profile: a mutex profile"),
    (b"<", "not a profile: a web page"),
    (b"{", "not a profile: JSON"),
    (b"[", "not a profile: JSON"),
)
"""What the answer begins with, without white space, and what it is then."""
_DUMP = re.compile(rb"^goroutine [0-9]+ (?:\[|gp=)", re.MULTILINE)
_COUNTS = re.compile(rb"\s*([A-Za-z0-9_./-]{1,60}) profile: total [0-9]")
COUNTED = (b"goroutine", b"goroutineleak")
"""Profiles of goroutines, by the first word of their debug=1 text."""


class Format(StrEnum):
    """What the bytes of a profile can be."""

    PROTOBUF = "protobuf (debug=0)"
    COUNTS = "text with counts (debug=1)"
    DUMP = "text with every goroutine (debug=2)"


@dataclass(frozen=True, slots=True)
class NoProfile:
    """These bytes are in no format of a goroutine profile; `why` is a sentence."""

    why: str


def recognise(data: bytes) -> Format | NoProfile:
    """Name the format of bytes that are not compressed (any more); the time is linear in them."""
    head = data[:_HEAD_BYTES]
    if counts := _COUNTS.match(head):
        name = counts[1]
        return Format.COUNTS if name in COUNTED else NoProfile(f"not a goroutine profile: a {name.decode()} profile")
    if _DUMP.match(head):
        return Format.DUMP
    if head[:1] in _FIELD_TAGS and not _NEVER_IN_TEXT.isdisjoint(head):
        return Format.PROTOBUF
    return Format.DUMP if _DUMP.search(data) else _name_other(head)


def _name_other(head: bytes) -> Format | NoProfile:
    """Say what this is; what is neither text nor anything known is left to the parser of protobuf."""
    start = head.lstrip().lower()
    if not start:
        return NoProfile("the profile is empty")
    for beginning, why in _KNOWN_OTHERS:
        if start.startswith(beginning):
            return NoProfile(why)
    if not _NEVER_IN_TEXT.isdisjoint(head) or head[:1] in _FIELD_TAGS:
        return Format.PROTOBUF
    return NoProfile("not a profile: text")
