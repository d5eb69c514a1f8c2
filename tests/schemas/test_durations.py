"""What durations and sizes promise."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.durations import format_duration, format_size, parse_duration, parse_size

_PIECES = st.sampled_from(
    ["0", "1", "15", "999999999999", "y", "w", "d", "h", "m", "s", "ms", "MiB", "KB", " ", "-", "."]
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("0s", 0.0), ("15s", 15.0), ("1h30m", 5400.0), ("500ms", 0.5), ("1d", 86_400.0), ("2w", 1_209_600.0)],
)
def test_duration_is_read_as_prometheus_reads_it(text: str, seconds: float) -> None:
    """The units of Prometheus, largest first, each at most once."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "1.5h", "-5s", "30m1h", "1s1s", "1 s", "1S", "٣s", "5s\n", "999999999999y"])
def test_text_that_is_no_duration_is_refused(text: str) -> None:
    """With a sentence that quotes it."""
    with pytest.raises(ValueError, match=r"^(not a duration|longer than 292 years): ") as refused:
        parse_duration(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("1000", 1000), ("16MiB", 16_777_216), ("16MB", 16_000_000), ("512KB", 512_000), ("512 KiB", 524_288)],
)
def test_size_is_read(text: str, size: int) -> None:
    """1000s without an i, 1024s with one, bytes without a unit."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MiB", "1.5GiB", "-1", "16mib", "1K", "1  KB", "1\nKB", "9999999999999TiB"])
def test_text_that_is_no_size_is_refused(text: str) -> None:
    """With a sentence that quotes it."""
    with pytest.raises(ValueError, match=r"^(not a size|larger than 8 EiB): ") as refused:
        parse_size(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("parse", [parse_duration, parse_size])
def test_long_text_is_quoted_in_part(parse: Callable[[str], float]) -> None:
    """An error stays readable."""
    with pytest.raises(ValueError, match=r"^not a ") as refused:
        parse("x" * 10_000)
    assert len(str(refused.value)) < 200


@given(st.integers(0, 2**53 // 1000))
def test_duration_reads_back(milliseconds: int) -> None:
    """To the millisecond."""
    assert parse_duration(format_duration(milliseconds / 1000)) == milliseconds / 1000


@given(st.integers(0, 2**63 - 1) | st.integers(0, 2**13).map(lambda number: number * 2**40))
def test_size_reads_back(size: int) -> None:
    """To the byte."""
    assert parse_size(format_size(size)) == size


@given(st.text(max_size=12) | st.lists(_PIECES, max_size=8).map("".join))
@example("9" * 5000 + "s")
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    """Never another error, and the text is quoted, its beginning at least."""
    for parse in (parse_duration, parse_size):
        try:
            said = repr(text[:100]) if parse(text) >= 0 else ""
        except ValueError as error:
            said = str(error)
        assert repr(text[:100]) in said
