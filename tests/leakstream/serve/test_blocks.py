"""The checksum against the engine's own: it writes the same blocks to its data files."""

import struct
from pathlib import Path

import lz4.block  # type: ignore[import-untyped]  # lz4 ships no types
import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.serve.blocks import checksum, write_blocks

SIZES = (1, 2, 6, 7, 14, 15, 16, 23, 24, 31, 32, 40, 100, 135, 136, 150, 167, 200, 263, 264, 300, 1000, 5000, 70_000)


def test_checksum_is_the_engines(bare_store: tuple[ClickhouseStore, str]) -> None:
    """Every block in the engine's files carries the checksum that we compute, at every length of the algorithm."""
    store, database = bare_store
    kept = "SETTINGS min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0"
    for size in SIZES:
        table = f"{database}.of_{size}"
        store.execute(f"CREATE TABLE {table} (s String CODEC(NONE)) ENGINE = MergeTree ORDER BY tuple() {kept}")
        store.execute(f"INSERT INTO {table} SELECT randomPrintableASCII({size})")
    parts = store.query("SELECT path FROM system.parts WHERE database = {d:String} AND active", {"d": database})
    stored = [block for part in parts for file in Path(str(part["path"])).glob("*.bin") for block in blocks(file)]
    assert len(stored) >= len(SIZES)
    assert [checksum(data) for _, data in stored] == [said for said, _ in stored]


def blocks(file: Path) -> list[tuple[bytes, bytes]]:
    """Give the blocks of a data file: the checksum, and what it is of."""
    data, found, at = file.read_bytes(), [], 0
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 17)[0]
        found.append((data[at : at + 16], data[at + 16 : at + 16 + size]))
        at += 16 + size
    return found


@pytest.mark.parametrize("size", [0, 1, 7, 100, 2**20, 2**20 + 1, 3 * 2**20])
def test_blocks_hold_the_result(size: int) -> None:
    """Unpacked one after the other they are what was written, and each checksum is right."""
    result = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    written, at, unpacked = write_blocks(result), 0, b""
    while at < len(written):
        method, packed_size, size_before = struct.unpack_from("<BII", written, at + 16)
        block = written[at + 16 : at + 16 + packed_size]
        assert (method, checksum(block)) == (0x82, written[at : at + 16])
        unpacked += lz4.block.decompress(block[9:], uncompressed_size=size_before)
        at += 16 + packed_size
    assert unpacked == result
