"""What undoing gzip promises."""

import contextlib
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.inflate import InflateError, inflate

TEXT = bytes(range(256)) * 40
PACKED = gzip.compress(TEXT, mtime=0)


@given(st.binary(max_size=5_000), st.integers(0, 9))
def test_what_was_packed_comes_back(data: bytes, level: int) -> None:
    """Stored, weakly and strongly packed members all come back as they were."""
    assert inflate(gzip.compress(data, level, mtime=0), len(data)) == data


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=8))
def test_members_are_one_stream(parts: list[bytes]) -> None:
    """Several members give their contents one after the other."""
    packed = b"".join(gzip.compress(part, mtime=0) for part in parts)
    assert inflate(packed, 3_000) == b"".join(parts)


def refusal(data: bytes, maximum_bytes: int = 20_000) -> str:
    """Give the sentence with which these bytes are refused."""
    with pytest.raises(InflateError) as caught:
        inflate(data, maximum_bytes)
    return str(caught.value)


@pytest.mark.parametrize("kept", [2, 9, 10, 30, len(PACKED) - 8, len(PACKED) - 1])
def test_stream_cut_anywhere_is_refused(kept: int) -> None:
    """In its head, its body or its sums."""
    assert refusal(PACKED[:kept]) == "the gzip stream is cut off"


@pytest.mark.parametrize("place", [-1, -5, 20])
def test_damage_is_refused(place: int) -> None:
    """Size, sum and body are checked."""
    damaged = bytearray(PACKED)
    damaged[place] ^= 0xFF
    assert refusal(bytes(damaged)).startswith("the gzip stream is broken (")


def test_bound_holds_over_all_members() -> None:
    """The bound itself is allowed, one byte more is not, whichever member brings it."""
    assert inflate(PACKED, len(TEXT)) == TEXT
    assert refusal(PACKED, len(TEXT) - 1) == f"the profile inflates to more than {len(TEXT) - 1} bytes"
    assert refusal(PACKED + PACKED, 2 * len(TEXT) - 1) == f"the profile inflates to more than {2 * len(TEXT) - 1} bytes"


def test_bomb_is_refused() -> None:
    """A thousandfold inflation stops at the bound."""
    bomb = gzip.compress(bytes(50_000_000), mtime=0)
    assert refusal(bomb, 1_000_000) == "the profile inflates to more than 1000000 bytes"


def test_members_without_end_are_refused() -> None:
    """Empty members make no bytes, so that their number has a bound of its own."""
    empty = gzip.compress(b"", mtime=0)
    assert refusal(empty * 100_000) == f"{len(empty) * 99_936} bytes follow 64 members of the gzip stream"


def test_what_follows_is_refused() -> None:
    """Bytes behind the stream are no part of a profile."""
    assert refusal(PACKED + b"tail") == "4 bytes follow the gzip stream"


@given(st.binary(max_size=200))
def test_random_bytes_inflate_or_are_refused(noise: bytes) -> None:
    """Never another exception."""
    for data in (noise, b"\x1f\x8b\x08" + noise, zlib.compress(noise)):
        with contextlib.suppress(InflateError):
            assert len(inflate(data, 1_000)) <= 1_000
