"""ClickHouse's own compression of a result, for clients that ask with `compress=1` (the Java drivers by default). Pure.

A result is cut into blocks. Each is a checksum (16 bytes), then a method (1 byte), the sizes of the rest with and
without compression (4 bytes each, the first counts these 9 bytes too, little endian), then LZ4 data. The checksum is
CityHash128 in version 1.0.2, which ClickHouse froze.
"""

import struct

import lz4.block  # type: ignore[import-untyped]  # lz4 ships no types
from clickhouse_cityhash.cityhash import CityHash128  # type: ignore[import-untyped]  # it ships no types

_BLOCK_BYTES = 2**20
"""The size that ClickHouse cuts at (max_compress_block_size)."""
_LZ4 = 0x82
_HEAD = struct.Struct("<BII")
_CHECKSUM = struct.Struct("<QQ")
_HALF = 2**64


def write_blocks(data: bytes) -> bytes:
    """Compress a result; nothing gives nothing."""
    return b"".join(_write_block(data[start : start + _BLOCK_BYTES]) for start in range(0, len(data), _BLOCK_BYTES))


def _write_block(data: bytes) -> bytes:
    """Compress one block."""
    packed: bytes = lz4.block.compress(data, store_size=False)
    block = _HEAD.pack(_LZ4, _HEAD.size + len(packed), len(data)) + packed
    return checksum(block) + block


def checksum(block: bytes) -> bytes:
    """Give the checksum as it stands before a block: the low half of the hash first."""
    low, high = divmod(CityHash128(block), _HALF)
    return _CHECKSUM.pack(low, high)
