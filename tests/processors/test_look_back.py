"""Reading a partition from its end."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from leakstream.adapters.sqlite_log import SqliteLog
from processors.look_back import look_back
from schemas.ports import Message
from tests.doubles import SetClock


@given(st.integers(0, 70), st.integers(0, 30))
def test_looking_back_is_reading_backwards(kept: int, expired: int) -> None:
    """Every record that is left, newest first, also where retention took the oldest."""
    clock = SetClock()
    log = SqliteLog(Path(":memory:"), clock=clock, partitions=1, retention_seconds=60.0, retention_bytes=10**9)
    log.append("t", [Message(b"k", bytes([number])) for number in range(expired)])
    clock.pass_seconds(120)
    log.append("t", [Message(b"k", bytes([number])) for number in range(kept)])
    log.retain(clock.now())
    assert [record.value for record in look_back(log, "t", 0)] == [bytes([number]) for number in reversed(range(kept))]
    log.close()


def test_topic_that_is_not_there_has_no_records(tmp_path: Path) -> None:
    """Nor is it made."""
    log = SqliteLog(tmp_path / "l", clock=SetClock(), partitions=1, retention_seconds=60.0, retention_bytes=10**9)
    assert (list(look_back(log, "t", 0)), log.partitions("t")) == ([], 0)
    log.close()
