"""Load of many moments and without many stacks at once is that of one after the other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors.growth.load import weighted_medians

NUMBER = st.floats(0, 1e6)


def take_median(values: list[float], weights: list[float]) -> float:
    """Take it the plain way: the first value, rising, up to which half of the weight lies."""
    total, reached = float(np.sum(weights)), 0.0
    if not total > 0:
        return 1.0
    for value, weight in sorted(zip(values, weights, strict=True), key=lambda pair: pair[0]):
        reached += weight
        if reached * 2 >= total:
            return value
    raise AssertionError("the whole is never less than a half")


@given(st.lists(st.tuples(NUMBER, st.integers(0, 9)), min_size=1, max_size=20, unique_by=lambda pair: pair[0]))
def test_each_line_of_weights_has_its_own_median(pairs: list[tuple[float, int]]) -> None:
    """One line is all weights, each other leaves one out."""
    values, weights = (list(map(float, part)) for part in zip(*pairs, strict=True))
    lines = [weights, *([*weights[:at], 0.0, *weights[at + 1 :]] for at in range(len(weights)))]
    found = weighted_medians(np.array(values), np.array(lines))
    assert found.tolist() == [take_median(values, line) for line in lines]
