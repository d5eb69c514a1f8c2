"""A dump leaves the collector without labels, and what is no dump does not leave it."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.take_dump import strip_dump, take_dump
from collectors.taken import Failed, Limits, Taken
from schemas.model import FailureReason

LIMITS = Limits(1_000, 1_000)
BODY = b"main.work(0x1, {0x2, 0x3})\n\t/src/main.go:20 +0x44\n"


@pytest.mark.parametrize(
    ("header", "stripped"),
    [
        (b"goroutine 7 [select, 3 minutes] {user: alice}:", b"goroutine 7 [select, 3 minutes]:"),
        (b'goroutine 7 [chan receive (nil chan)] {"a b": "x\\"y]", k: v}:', b"goroutine 7 [chan receive (nil chan)]:"),
        (b"goroutine 7 gp=0xc0 m=nil mp=0x0 [sleep] {user: alice}:", b"goroutine 7 gp=0xc0 m=nil mp=0x0 [sleep]:"),
        (b'goroutine 7 [select, "user":"alice"]:', b"goroutine 7 [select]:"),
        (b'goroutine 7 [select labels:{"user":"alice"}]:', b"goroutine 7 [select]:"),
    ],
)
def test_labels_go_out_of_headers_in_every_form_go_writes(header: bytes, stripped: bytes) -> None:
    """Of 1.27, quoted, of crashes, and of 1.26 with tracebacklabels."""
    assert strip_dump(header + b"\n" + BODY) == (stripped + b"\n" + BODY, 1)


def test_dump_without_labels_stays_as_it_is() -> None:
    """Braces of arguments are no labels."""
    dump = b"goroutine 1 [running]:\n" + BODY
    assert take_dump(dump, LIMITS) == Taken(gzip.compress(dump, 1, mtime=0), 0)


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        (b"", Failed(FailureReason.NOT_A_PROFILE, "the answer is no dump (debug=2): ''")),
        (b"<html>\nlog in", Failed(FailureReason.NOT_A_PROFILE, "the answer is no dump (debug=2): '<html>\\n'")),
        (
            b"goroutine {user: alice}",
            Failed(FailureReason.NOT_A_PROFILE, "the answer is no dump (debug=2): 'goroutine '"),
        ),
        (b"x" * 1_001, Failed(FailureReason.TOO_LARGE, "the dump is larger than 1000 bytes")),
    ],
)
def test_what_is_no_dump_is_refused_without_a_label_in_the_quote(body: bytes, failed: Failed) -> None:
    """A page, nothing, half a header, too much."""
    assert take_dump(body, LIMITS) == failed


WORDS = st.text('ab "\\:{}[],', max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["select", "chan send, 9 minutes"]), WORDS), min_size=1, max_size=5))
def test_no_word_of_a_label_is_left(goroutines: list[tuple[str, str]]) -> None:
    """Whatever a program wrote into it."""
    lines = [f"goroutine {n} [{state}] {{secret{word}: secret{word}}}:" for n, (state, word) in enumerate(goroutines)]
    stripped, removed = strip_dump("\n".join(lines).encode())
    assert (b"secret" in stripped, removed) == (False, len(lines))
    assert stripped.decode().split("\n") == [f"goroutine {n} [{state}]:" for n, (state, _) in enumerate(goroutines)]
