"""Counting what a parser would make, against what it makes."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.wire.count_parts import count_parts

ENOUGH = 1000
VALUES = st.integers(0, 2**64 - 1)
OTHERS = st.sampled_from([1, 3, 4, 5, 6, 13, 100, 5000])


def varint(value: int) -> bytes:
    """Write a number."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def of_bytes(number: int, value: bytes) -> bytes:
    """Write a field that has a length."""
    return varint(number << 3 | 2) + varint(len(value)) + value


SCALARS = st.one_of(
    st.builds(lambda number, value: varint(number << 3) + varint(value), OTHERS, VALUES),
    st.builds(lambda number: varint(number << 3 | 1) + b"12345678", OTHERS),
    st.builds(lambda number: varint(number << 3 | 5) + b"1234", OTHERS),
    st.builds(of_bytes, OTHERS, st.binary(max_size=200)),
)
SAMPLE_FIELDS = st.lists(SCALARS | st.builds(of_bytes, st.just(2), st.binary(max_size=9)), max_size=5)
FIELDS = st.lists(
    SCALARS.map(lambda field: (1, field))
    | SAMPLE_FIELDS.map(lambda fields: (1 + len(fields), of_bytes(2, b"".join(fields)))),
    max_size=20,
)


@given(FIELDS)
def test_fields_of_the_profile_and_of_its_samples_are_counted(fields: list[tuple[int, bytes]]) -> None:
    """Whatever their numbers, types and lengths; what is in other fields is nobody's object."""
    assert count_parts(b"".join(field for _, field in fields), ENOUGH) == sum(parts for parts, _ in fields)


def test_counting_ends_above_the_limit() -> None:
    """The rest is not looked at."""
    assert count_parts(b"\x12\x00" * 500 + b"\xff", 7) == 8


def test_group_is_too_much() -> None:
    """Bytes in it may look like a sample whose length leads over all that follows."""
    assert count_parts(b"\x0b\x12\x05\x0a\xff\xff\xff\x1f\x0c" + b"\x12\x00" * 5, 3) == 4


@given(st.binary(max_size=100))
def test_any_bytes_are_counted(raw: bytes) -> None:
    """What is no protobuf too."""
    assert 0 <= count_parts(raw, ENOUGH) <= ENOUGH + 1
