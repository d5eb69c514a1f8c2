"""When to stop: enough in a row, or too large a share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.dead_letters import Limit, Weighing, explain_stop, recall
from schemas.outcomes import Reason

BAD, OLD = Reason.MALFORMED_RECORD, Reason.UNKNOWN_VERSION
LIMIT = Limit(consecutive=3, ratio=0.5, window_records=10)
REASONS = {"x": BAD, "v": OLD, "t": Reason.TOMBSTONE, ".": None}


def weigh(records: str, limit: Limit = LIMIT, weighing: Weighing | None = None) -> tuple[int, str]:
    """Observe records written `.` good, `x` and `v` bad, `t` tombstone; give where it stopped (-1: never), and why."""
    found = weighing or Weighing(limit)
    first = found.newest_offset + 1
    for index, letter in enumerate(records):
        if why := found.observe(first + index, REASONS[letter]):
            return index, why
    return -1, ""


@pytest.mark.parametrize(
    ("records", "stop", "why"),
    [
        ("", -1, ""),
        ("xxx.xxx.", -1, ""),
        ("xxxx", 3, "4 records in a row cannot be processed (malformed_record 4)"),
        ("..xvvv", 5, "4 records in a row cannot be processed (unknown_schema_version 3, malformed_record 1)"),
        ("xxtxx", 4, "4 records in a row cannot be processed (malformed_record 4)"),
        ("tttttttttttttt", -1, ""),
        ("x.x.x.x.x.x.x.x.x.x.", -1, ""),
        ("x.xx.x.xx.", -1, ""),
        ("x.xx.x.xx.x", 10, "6 of 10 records cannot be processed (malformed_record 6)"),
        ("xx.xx.xx.", -1, ""),
        ("xx.xx.xx.xx", 9, "7 of 10 records cannot be processed (malformed_record 7)"),
    ],
)
def test_limit_is_passed_by_a_run_or_by_a_share_of_a_full_window(records: str, stop: int, why: str) -> None:
    """A good record ends a run, a tombstone is neither, and a share is not judged before the window is full."""
    assert weigh(records) == (stop, why)


@given(st.text(alphabet="x.", max_size=60))
def test_limit_is_the_one_of_the_definition(records: str) -> None:
    """Counting anew at each record gives the same answer."""
    expected = -1
    for index in range(len(records)):
        seen = records[: index + 1]
        run = len(seen) - len(seen.rstrip("x"))
        window = seen[-10:]
        if run > 3 or (run and len(window) == 10 and window.count("x") > 5):
            expected = index
            break
    assert weigh(records)[0] == expected


def test_batch_that_is_tried_again_counts_once() -> None:
    """An offset that was seen before changes nothing."""
    weighing = Weighing(LIMIT)
    assert [weighing.observe(offset, BAD) for offset in (0, 1, 0, 1, 2)] == [""] * 5
    assert weighing.observe(3, BAD) != ""


@pytest.mark.parametrize(
    ("dead", "stop"),
    [([7, 8, 9], 0), ([5, 6, 7, 8, 9], 0), ([8, 9], 1), ([6, 7, 8], 3), ([10, 11], 3), ([], 3)],
)
def test_restart_goes_on_with_the_run_that_ends_where_it_begins(dead: list[int], stop: int) -> None:
    """At offset 10, so many more are let through as the letters before it leave."""
    weighing = recall(LIMIT, 10, [(offset, BAD) for offset in dead])
    assert weigh("xxxxxx", weighing=weighing)[0] == stop


def test_restart_with_good_records_goes_on() -> None:
    """What was mended is not held against anybody."""
    assert weigh(".xxx.", weighing=recall(LIMIT, 10, [(7, BAD), (8, BAD), (9, BAD)])) == (-1, "")


def test_way_out_is_in_the_message() -> None:
    """How much, of what, the last one, and what to do."""
    assert explain_stop("4 records in a row cannot be processed (x 4)", "t[2]", "t.dead", "t[2]@7: bad") == (
        "t[2]: 4 records in a row cannot be processed (x 4), so this stops rather than drain the topic into t.dead; "
        "the last: t[2]@7: bad. Look at them with `leakstream dead-letters list`, mend the cause and start again, "
        "or raise dead_letters.consecutive or dead_letters.ratio in the settings to pass over them"
    )
