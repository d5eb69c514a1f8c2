"""What is left out before all questions are asked would have had no answer."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.growth import evaluate
from processors.growth.answer import Answer
from processors.growth.evaluate import Moment
from processors.growth.questions import Asking
from processors.growth.series import Life
from processors.growth.service import Growing
from schemas.model import Fingerprint

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SLOTS = 72
LIVES = 3
STACKS = 4

STEPS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=STACKS, max_size=STACKS)
"""Of each stack how much it rises in a slot, and how much it fluctuates."""


def name_of(value: int) -> Fingerprint:
    """Name a stack; every second one serves requests, two came in through one function."""
    origin = "net/http.(*conn).serve" if value % 2 else "main.run"
    return Fingerprint(value, "select", f"main.f{value}", origin, (f"main.f{value}", f"main.e{value // 3}"), 0)


def play(steps: list[tuple[int, int]], seed: int) -> dict[int, dict[int, Answer]]:
    """Feed so many lives; give the answers in the end."""
    chance = np.random.default_rng(seed)
    growing = Growing()
    places: list[int] = []
    values = np.arange(1, STACKS + 1, dtype=np.uint64)
    for slot in range(SLOTS):
        for life in range(LIVES):
            counts = np.array([20 + rise * slot + chance.integers(noise + 1) for rise, noise in steps], dtype=np.uint64)
            numbers = growing.meet(values, counts, name_of)
            if slot:
                growing.observe(np.array([places[life]]), [numbers], [counts])
            else:
                places.append(growing.begin(Life(f"i{life}", BEGIN, "", None, 1.0, 0), numbers, counts))
        growing.close(Moment(slot, 60.0), Asking(8.0))
    return growing.answers


@given(STEPS, st.integers(0, 99))
def test_answers_are_those_of_asking_everything(steps: list[tuple[int, int]], seed: int) -> None:
    """Leaks, noise and what is between."""
    narrowed = play(steps, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "narrow", lambda _state, _span, rows, sums, _least: (rows, sums))
        assert play(steps, seed) == narrowed
