"""Looking up many fingerprints at once gives what looking up each of them would."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from processors.growth.lookup import UNKNOWN, Lookup, order_of

VALUE = st.one_of(st.integers(0, 9), st.integers(2**64 - 9, 2**64 - 1), st.integers(0, 2**64 - 1))
VALUES = st.lists(VALUE, max_size=30)


def words(values: list[int]) -> NDArray[np.uint64]:
    """Give numbers as an array."""
    return np.array(values, dtype=np.uint64)


@given(st.lists(st.tuples(st.lists(VALUE, unique=True, max_size=20), VALUES), max_size=4))
def test_place_is_that_of_the_dict(rounds: list[tuple[list[int], list[int]]]) -> None:
    """Whatever was added in between, and in whatever order it is asked for."""
    known: dict[int, None] = {}
    lookup = Lookup()
    for added, asked in rounds:
        known |= dict.fromkeys(added)
        expected = [list(known).index(value) if value in known else UNKNOWN for value in asked]
        assert lookup.find(known, words(asked)).tolist() == expected


@given(st.lists(st.tuples(VALUE, st.one_of(st.integers(0, 3), VALUE)), max_size=30))
def test_fingerprints_are_met_by_goroutines_then_by_value(items: list[tuple[int, int]]) -> None:
    """The most goroutines first."""
    order = order_of(words([value for value, _ in items]), words([count for _, count in items])).tolist()
    assert [items[at] for at in order] == sorted(items, key=lambda item: (-item[1], item[0]))
