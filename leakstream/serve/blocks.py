"""ClickHouse's own compression, for clients that ask with `compress=1` or send `decompress=1`. Pure.

The Java drivers ask by default.
Data is cut into blocks. Each is a checksum (16 bytes), then a method (1 byte), the sizes of the rest with and without
compression (4 bytes each, the first counts these 9 bytes too, little endian), then the data: LZ4, ZSTD or as it is. The
checksum is CityHash128 in version 1.0.2, which ClickHouse froze. Refuses blocks that are cut, wrong or too large.
"""

import struct

import lz4.block  # type: ignore[import-untyped]  # lz4 ships no types
import pyarrow as pa
from clickhouse_cityhash.cityhash import CityHash128  # type: ignore[import-untyped]  # it ships no types

from leakstream.serve.encodings import EncodingError

_BLOCK_BYTES = 2**20
"""The size that ClickHouse cuts at (max_compress_block_size)."""
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90
_HEAD = struct.Struct("<BII")
_CHECKSUM = struct.Struct("<QQ")
_HALF = 2**64


class BlockPacker:
    """Writes a result in blocks as it comes."""

    def pack(self, data: bytes) -> bytes:
        """Give the blocks of some data."""
        return write_blocks(data)

    def finish(self) -> bytes:
        """There is no foot."""
        return b""


def write_blocks(data: bytes) -> bytes:
    """Compress a result; nothing gives nothing."""
    return b"".join(_write_block(data[start : start + _BLOCK_BYTES]) for start in range(0, len(data), _BLOCK_BYTES))


def read_blocks(data: bytes, most: int) -> bytes:
    """Give what stands in blocks, or more than `most` bytes of it when it is longer; raises EncodingError."""
    found = bytearray()
    at = 0
    while at < len(data) and len(found) <= most:
        checked = data[at + _CHECKSUM.size :]
        if len(checked) < _HEAD.size:
            raise EncodingError("a block is cut")
        method, packed_size, size = _HEAD.unpack_from(checked)
        block = checked[:packed_size]
        if len(block) < packed_size or packed_size < _HEAD.size or checksum(block) != data[at : at + _CHECKSUM.size]:
            raise EncodingError("a block is cut, or its checksum is wrong")
        if size > most + 1:
            raise EncodingError(f"a block of {size} bytes is over the limit of {most} bytes")
        found += _read_block(method, block[_HEAD.size :], size)
        at += _CHECKSUM.size + packed_size
    return bytes(found)


def _read_block(method: int, packed: bytes, size: int) -> bytes:
    """Unpack the data of one block."""
    try:
        if method == _LZ4:
            return bytes(lz4.block.decompress(packed, uncompressed_size=size))
        if method == _ZSTD:
            return bytes(pa.decompress(packed, decompressed_size=size, codec="zstd"))
    except (lz4.block.LZ4BlockError, OSError, pa.ArrowException) as error:
        raise EncodingError(f"a block cannot be unpacked: {error}") from error
    if method != _NONE or len(packed) != size:
        raise EncodingError(f"a block is packed by an unknown method, 0x{method:02x}")
    return packed


def _write_block(data: bytes) -> bytes:
    """Compress one block."""
    packed: bytes = lz4.block.compress(data, store_size=False)
    block = _HEAD.pack(_LZ4, _HEAD.size + len(packed), len(data)) + packed
    return checksum(block) + block


def checksum(block: bytes) -> bytes:
    """Give the checksum as it stands before a block: the low half of the hash first."""
    low, high = divmod(CityHash128(block), _HALF)
    return _CHECKSUM.pack(low, high)
