"""What is a profile by its bytes, and what is said of everything else."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.content import Failure, quote, read_content
from schemas.model import FailureReason
from tests.pprof_maker import make_profile

_LIMIT = 1 << 20
_STACKS = [(("runtime.gopark", "main.work"), 7)]
_GOOD = make_profile(_STACKS)
_HINT = "the answer is text (debug=1 or 2): set params {debug: ['0']}: "


def check_content(body: bytes, limit: int) -> Failure | None:
    """Give what is wrong, None when the bytes could be read."""
    read = read_content(body, limit)
    return None if isinstance(read, bytes) else read


@pytest.mark.parametrize("body", [_GOOD, make_profile(_STACKS, compress=False), make_profile([])])
def test_profile_passes(body: bytes) -> None:
    """With and without gzip, with and without goroutines; what is inside comes back."""
    assert read_content(body, _LIMIT) == (gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<!DOCTYPE html>\n<html>", "the answer is a web page and no profile: '<!DOCTYPE html>\\n<html>'"),
        (b"\n  <html>", "the answer is a web page and no profile: '\\n  <html>'"),
        (b'{"error": 1}', "the answer is JSON and no profile: '{\"error\": 1}'"),
        (b"goroutine profile: total 3\n", _HINT + "'goroutine profile: total 3\\n'"),
        (b"goroutine 1 [running] {user: alice}:\n", _HINT + "'goroutine 1 [running] '"),
        (b"goroutine profile: total 3\n# labels: {", _HINT + "'goroutine profile: total 3\\n'"),
        (b"goroutine 1 [running]:\n", _HINT + "'goroutine 1 [running]:\\n'"),
        (b"please log in", "the answer is text and no profile: 'please log in'"),
        (b"\x89PNG\r\n\x1a\n", "the answer is no profile: '\\\\x89PNG\\r\\n\\x1a\\n'"),
        (zlib.compress(b"x"), "the answer is no profile: " + quote(zlib.compress(b"x"))),
        (gzip.compress(b"<html>", mtime=0), "the answer is a web page and no profile: '<html>'"),
        (gzip.compress(_GOOD, mtime=0), "the profile is compressed twice: switch off compression for this path"),
    ],
)
def test_what_is_no_profile_is_named(body: bytes, sentence: str) -> None:
    """The sentence says what came instead, inside gzip as well."""
    assert check_content(body, _LIMIT) == (FailureReason.NOT_A_PROFILE, sentence)


def test_quote_is_short_and_tame() -> None:
    """Sixty bytes at most, no control, bidi or escape characters."""
    assert quote(b"\x1b[31m\n" + "\u202e".encode()) == "'\\x1b[31m\\n\\u202e'"
    assert quote(b"x" * 1000) == repr("x" * 60)


@pytest.mark.parametrize("body", [b"", gzip.compress(b"", mtime=0)])
def test_nothing_is_empty(body: bytes) -> None:
    """No bytes, or a gzip stream of none."""
    failure = check_content(body, _LIMIT)
    assert failure is not None
    assert failure[0] is FailureReason.EMPTY


@given(st.integers(2, len(_GOOD) - 1))
def test_cut_stream_is_truncated(length: int) -> None:
    """Wherever it is cut."""
    assert check_content(_GOOD[:length], _LIMIT) == (FailureReason.TRUNCATED, "the gzip stream is cut off")


@pytest.mark.parametrize("members", [1, 3])
def test_bomb_stops_at_the_limit(members: int) -> None:
    """Over all members together, however well they are compressed."""
    bomb = gzip.compress(b"\x0a" + bytes(_LIMIT // members), mtime=0) * members
    assert len(bomb) < 4096
    expected = (FailureReason.TOO_LARGE, f"the profile inflates to more than {_LIMIT} bytes")
    assert check_content(bomb, _LIMIT) == expected


def test_limit_itself_is_allowed() -> None:
    """A profile of exactly the limit passes, with and without gzip; one byte less does not."""
    raw = make_profile(_STACKS, compress=False)
    assert (check_content(raw, len(raw)), check_content(gzip.compress(raw, mtime=0), len(raw))) == (None, None)
    small = [check_content(body, len(raw) - 1) for body in (raw, gzip.compress(raw, mtime=0))]
    assert [failure[0] for failure in small if failure] == [FailureReason.TOO_LARGE] * 2


def test_several_members_are_one_stream() -> None:
    """As gzip defines it; what is incompressible and larger than one piece passes too."""
    raw = make_profile(_STACKS, compress=False)
    assert check_content(gzip.compress(raw[:5], mtime=0) + gzip.compress(raw[5:], mtime=0), _LIMIT) is None
    noise = b"\x0a\x04\x08\x01\x10\x02" + bytes((index * 2654435761 >> 13) % 256 for index in range(300_000))
    assert check_content(gzip.compress(noise, mtime=0), _LIMIT) is None


@pytest.mark.parametrize("body", [_GOOD + b"more", gzip.compress(b"\x0a", mtime=0) * 65, _GOOD[:10] + b"\x07" * 40])
def test_broken_stream_is_malformed(body: bytes) -> None:
    """Bytes after the end, members without end, bytes that are no deflate."""
    failure = check_content(body, _LIMIT)
    assert failure is not None
    assert failure[0] is FailureReason.MALFORMED


@given(st.binary(max_size=2000), st.booleans())
def test_judging_never_raises(body: bytes, compressed: bool) -> None:  # noqa: FBT001 drawn by name
    """Whatever the bytes."""
    check_content(gzip.compress(body, mtime=0) if compressed else b"\x1f\x8b" + body, 1000)
    check_content(body, 1000)
