"""gzip -> bytes, within a bound.

Exists because a few kilobytes can inflate to gigabytes, and because isal does it in half the time of zlib. It checks
the sums of every member, and never makes more than one byte above the bound.
"""

from isal import isal_zlib

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
_MEMBERS = 64
"""Go writes one; each costs a copy of what follows it, so that a body of empty members must not set the number."""


class InflateError(ValueError):
    """The gzip stream is broken or too large; the message is a sentence."""


def inflate(data: bytes, maximum_bytes: int) -> bytes:
    """Undo gzip, one member or several, never making more than `maximum_bytes`; raise InflateError."""
    parts: list[bytes] = []
    left = maximum_bytes
    while data.startswith(GZIP_MAGIC) and len(parts) < _MEMBERS:
        part, data = _inflate_member(data, left)
        left -= len(part)
        if left < 0:
            raise InflateError(f"the profile inflates to more than {maximum_bytes} bytes")
        parts.append(part)
    if data:
        members = f"{_MEMBERS} members of " if len(parts) == _MEMBERS else ""
        raise InflateError(f"{len(data)} bytes follow {members}the gzip stream")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _inflate_member(data: bytes, maximum_bytes: int) -> tuple[bytes, bytes]:
    """Undo the first member; give what was in it, one byte more than allowed at most, and what follows it.

    isal's one-shot functions are unbounded and drop a second member silently; its decompressobj does neither.
    """
    member = isal_zlib.decompressobj(_GZIP_WINDOW)
    try:
        part: bytes = member.decompress(data, maximum_bytes + 1)
    except isal_zlib.IsalError as error:  # type: ignore[misc]  # the stub calls it an instance
        raise InflateError(f"the gzip stream is broken ({error})") from error
    if not member.eof and len(part) <= maximum_bytes:
        raise InflateError("the gzip stream is cut off")
    return part, member.unused_data
