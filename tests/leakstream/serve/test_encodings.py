"""The encodings of HTTP bodies and ClickHouse's blocks: what is packed comes back, and nothing unpacks without end."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakstream.serve.blocks import read_blocks, write_blocks
from leakstream.serve.encodings import ENCODINGS, EncodingError, choose_encoding, make_packer, unpack

MOST = 100_000


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(parts=st.lists(st.binary(max_size=2_000), max_size=5))
def test_what_is_packed_comes_back(encoding: str, parts: list[bytes]) -> None:
    """In however many parts it went in."""
    packer = make_packer(encoding)
    packed = b"".join([*map(packer.pack, parts), packer.finish()])
    assert unpack(packed, encoding, MOST) == b"".join(parts)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_unpacking_stops_at_the_limit(encoding: str) -> None:
    """One byte past it, and no further, whatever is in there."""
    packer = make_packer(encoding)
    packed = packer.pack(bytes(50 * 2**20)) + packer.finish()
    assert (len(packed) < 2**20, len(unpack(packed, encoding, 1_000))) == (True, 1_001)


@pytest.mark.parametrize("encoding", [*ENCODINGS, "compress", "rot13"])
def test_what_is_not_in_its_encoding_is_an_error(encoding: str) -> None:
    """Plain text, and names that nobody knows."""
    with pytest.raises(EncodingError):
        unpack(b"SELECT 1 and some more", encoding, MOST)


def test_deflate_is_read_in_both_of_its_forms() -> None:
    """With zlib's head, and as some clients send it in gzip's."""
    assert [unpack(pack(b"SELECT 1"), "deflate", MOST) for pack in (zlib.compress, gzip.compress)] == [b"SELECT 1"] * 2


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("gzip;q=0, deflate", "deflate"),
        ("deflate;q=0.5, zstd", "zstd"),
        ("lz4,zstd,gzip,deflate", "lz4"),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", "br"),
        ("*", "gzip"),
        ("GZIP ; q=0.3", "gzip"),
        ("gzip;q=0.0", ""),
        ("gzip;q=nonsense", ""),
        ("xz, snappy", ""),
    ],
)
def test_client_gets_the_encoding_it_wants_most(header: str, chosen: str) -> None:
    """The first of equals; none where none fits."""
    assert choose_encoding(header) == chosen


@given(data=st.binary(max_size=5_000))
def test_blocks_come_back(data: bytes) -> None:
    """What ClickHouse's compression wrote is read."""
    assert read_blocks(write_blocks(data), MOST) == data


@given(data=st.binary(min_size=1, max_size=200), at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_damaged_block_is_an_error(data: bytes, at: int, bit: int) -> None:
    """The checksum sees any bit that changed, and a block that is cut is none."""
    written = bytearray(write_blocks(data))
    written[at % len(written)] ^= 1 << bit
    for damaged in (bytes(written), write_blocks(data)[:-1]):
        with pytest.raises(EncodingError):
            read_blocks(damaged, MOST)


def test_block_that_is_too_large_is_an_error() -> None:
    """Its size is looked at before it is unpacked."""
    with pytest.raises(EncodingError, match="over the limit of 1000 bytes"):
        read_blocks(write_blocks(bytes(2**20)), 1_000)
