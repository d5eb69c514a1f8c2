"""HTTP's encodings of bodies, both ways: gzip, deflate, zstd, lz4 and br, as ClickHouse takes and gives them. Pure.

What comes in is unpacked up to a limit and never beyond it: 1 kB of zeros can stand for 1 MB. Refuses encodings it does
not know, and bodies that are not in the one they name.
"""

import re
import zlib
from collections.abc import Callable
from typing import Protocol

import lz4.frame  # type: ignore[import-untyped]  # lz4 ships no types
import pyarrow as pa

ENCODINGS = ("gzip", "zstd", "lz4", "deflate", "br")
"""Those we write; the first is taken where a client leaves the choice."""

_GZIP, _ZLIB, _EITHER = 31, 15, 47
_FAST = 1
_ARROWS = {"gzip": "gzip", "zstd": "zstd", "lz4": "lz4", "br": "brotli"}
_WEIGHT = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


class EncodingError(Exception):
    """A body is not in the encoding that it names."""


class Packer(Protocol):
    """Compresses one body."""

    def pack(self, data: bytes) -> bytes:
        """Give what is ready; often nothing."""
        ...

    def finish(self) -> bytes:
        """Give the rest."""
        ...


def choose_encoding(header: str) -> str:
    """Give the encoding that an Accept-Encoding wants most, the first of equals; '' for none that we write.

    Example input: gzip;q=0, deflate;q=0.5, zstd
    Example output: zstd
    """
    best, chosen = 0.0, ""
    for item in header.lower().split(","):
        coding, _, rest = item.partition(";")
        weight = _read_weight(rest)
        name = ENCODINGS[0] if coding.strip() == "*" else coding.strip()
        if name in ENCODINGS and weight > best:
            best, chosen = weight, name
    return chosen


def _read_weight(text: str) -> float:
    """Read `q=0.5`; nothing is 1, what cannot be read is 0."""
    text = text.replace(" ", "")
    found = _WEIGHT.fullmatch(text)
    return float(found[1]) if found else float(not text)


def make_packer(encoding: str) -> Packer:
    """Give what compresses a body in one of ENCODINGS."""
    if encoding == "lz4":
        return _Lz4()
    if encoding in {"gzip", "deflate"}:
        return _Deflate(_GZIP if encoding == "gzip" else _ZLIB)
    return _Arrow(_ARROWS[encoding])


def unpack(data: bytes, encoding: str, most: int) -> bytes:
    """Give a body as it was, or its first `most` + 1 bytes when it is longer; raises EncodingError."""
    try:
        if encoding == "deflate":
            return zlib.decompressobj(_EITHER).decompress(data, most + 1)
        with pa.CompressedInputStream(pa.BufferReader(data), _ARROWS[encoding]) as stream:
            return bytes(stream.read(most + 1))
    except KeyError:
        raise EncodingError(f"{encoding!r} is not one of {', '.join(ENCODINGS)}") from None
    except (OSError, zlib.error, pa.ArrowException) as error:
        raise EncodingError(f"it is not {encoding}: {error}") from error


class _Deflate:
    """gzip and deflate: what the library gives is what goes out."""

    def __init__(self, window: int) -> None:
        packer = zlib.compressobj(_FAST, wbits=window)
        self.pack: Callable[[bytes], bytes] = packer.compress
        self.finish: Callable[[], bytes] = packer.flush


class _Lz4:
    """lz4 in frames, with the head before the first bytes."""

    def __init__(self) -> None:
        self._packer = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._packer.begin()

    def pack(self, data: bytes) -> bytes:
        """Give what is ready."""
        head, self._head = self._head, b""
        return head + bytes(self._packer.compress(data))

    def finish(self) -> bytes:
        """Give the rest."""
        head, self._head = self._head, b""
        return head + bytes(self._packer.flush())


class _Arrow:
    """zstd and br, by way of Arrow's codecs."""

    def __init__(self, codec: str) -> None:
        self._written = _Sink()
        self._stream = pa.CompressedOutputStream(pa.PythonFile(self._written, "w"), codec)

    def pack(self, data: bytes) -> bytes:
        """Give what is ready."""
        self._stream.write(data)
        return self._written.take()

    def finish(self) -> bytes:
        """Give the rest."""
        self._stream.close()
        return self._written.take()


class _Sink:
    """A file for Arrow that keeps what is written until it is taken."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep a part."""
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Keep what was written: it is taken afterwards."""

    def take(self) -> bytes:
        """Give what was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
