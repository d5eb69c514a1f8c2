"""What a record in a spool file promises."""

import io
import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from collectors.spool_files import segment_path
from collectors.spool_records import Damage, Entry, decode, encode, read_entries
from schemas.outcomes import Reason
from schemas.ports import Message
from tests.collectors.spooling import Opener, drain, numbered

_messages = st.builds(
    Message, st.binary(), st.none() | st.binary(), st.dictionaries(st.text(max_size=9), st.binary(), max_size=4)
)


def read(raw: bytes, sequence: int = 0) -> list[Entry | Damage]:
    """Read all of some bytes."""
    return list(read_entries(io.BufferedReader(io.BytesIO(raw)), 0, len(raw), sequence))


@given(st.lists(_messages, max_size=5), st.integers(0, 2**62), st.integers(-(2**62), 2**62))
def test_what_is_written_is_read(messages: list[Message], first: int, at_ms: int) -> None:
    """Whatever the fields hold, and that there is no value."""
    raw = b"".join(encode(first + index, at_ms, message) for index, message in enumerate(messages))
    entries = read(raw, first)
    assert [decode(entry.body) for entry in entries if isinstance(entry, Entry)] == messages
    assert [(entry.sequence, entry.put_at_ms) for entry in entries if isinstance(entry, Entry)] == [
        (first + index, at_ms) for index in range(len(messages))
    ]


@given(st.binary(max_size=200))
def test_strange_bytes_are_damage(raw: bytes) -> None:
    """Reading them never raises, and gives one Damage at their beginning."""
    assert [type(found) for found in read(raw)] == [Damage] * bool(raw)


@given(st.binary(max_size=60) | st.builds(lambda n, rest: bytes([0, n]) + rest, st.integers(0, 5), st.binary()))
def test_strange_bodies_never_raise(body: bytes) -> None:
    """They are None, or what encoding would give again."""
    message = decode(body)
    assert message is None or encode(0, 0, message).endswith(body)


def test_record_in_a_wrong_place_is_damage() -> None:
    """Its number says that it belongs elsewhere."""
    raw = encode(7, 0, Message(b"s", None))
    assert read(raw, 3) == [Damage(0, 3, "this is record 7, not 3", repr(raw[:32]))]


def test_record_that_is_no_message_costs_itself_and_the_rest(tmp_path: Path, open_at: Opener) -> None:
    """Its checksum is right, its body is not ours: it is told like other damage."""
    good, strange = encode(0, 0, numbered(0, 1)[0]), encode(1, 0, Message(b"s", None, {"k": b"v"}))
    body = strange[24:].replace(b"k", b"\xff")
    segment_path(tmp_path, 0).write_bytes(good + _seal(1, body))
    spool = open_at(tmp_path)
    assert drain(spool) == numbered(0, 1)
    losses = spool.take_losses()
    assert (losses.dropped, [problem.what for problem in losses.problems]) == (
        {Reason.SPOOL_DAMAGED: 1},
        ["the record is no message"],
    )


def _seal(sequence: int, body: bytes) -> bytes:
    """Put a head with the right checksum before a body."""
    head = len(body).to_bytes(4, "big") + sequence.to_bytes(8, "big") + bytes(8)
    return zlib.crc32(body, zlib.crc32(head)).to_bytes(4, "big") + head + body
