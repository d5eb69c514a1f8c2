"""A heap profile leaves the collector as it came, and what is none does not leave it."""

import gzip
from pathlib import Path

import pytest

from collectors.take_heap import take_heap
from collectors.taken import Failed, Limits, Taken
from schemas.model import FailureReason

LIMITS = Limits(100_000, 100_000)
BODY = gzip.decompress((Path(__file__).parents[1] / "golden/heaps/go1.27.3.heap.txt.gz").read_bytes())


def test_heap_profile_is_kept_whole() -> None:
    """With its records: people read them."""
    assert take_heap(BODY, LIMITS) == Taken(gzip.compress(BODY, 1, mtime=0), 0)


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        (b"", Failed(FailureReason.NOT_A_PROFILE, "the answer is no heap profile (debug=1): ''")),
        (b"<html>", Failed(FailureReason.NOT_A_PROFILE, "the answer is no heap profile (debug=1): '<html>'")),
        (BODY[:-1], Failed(FailureReason.TRUNCATED, "the heap profile ends before runtime.MemStats does")),
        (BODY[:900], Failed(FailureReason.TRUNCATED, "the heap profile ends before runtime.MemStats does")),
        (
            BODY + b"#" * 100_000,
            Failed(FailureReason.TOO_LARGE, "the heap profile is larger than 100000 bytes"),
        ),
    ],
)
def test_what_is_no_heap_profile_is_refused(body: bytes, failed: Failed) -> None:
    """With a short quote."""
    assert take_heap(body, LIMITS) == failed
