"""Scrapes of one slot that are taken in together leave the state of those that come one after the other."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors.growth.batch import Batch
from processors.growth.evaluate import Moment
from processors.growth.questions import Asking
from processors.growth.series import Life
from processors.growth.service import Growing
from schemas.model import Fingerprint

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
LIVES = 3

SLOT = st.lists(st.dictionaries(st.integers(1, 9), st.integers(1, 2**17), max_size=6), min_size=LIVES, max_size=LIVES)


def name_of(value: int) -> Fingerprint:
    """Name a stack; some serve, three share an entry."""
    origin = "net/http.(*conn).serve" if value % 2 else "main.run"
    return Fingerprint(value, "select", f"main.f{value}", origin, (f"main.f{value}", f"main.e{value // 3}"), 0)


def play(slots: list[list[dict[int, int]]], *, together: bool) -> tuple[list[object], dict[int, object]]:
    """Feed slots of all lives; give what is remembered, and the answers."""
    growing = Growing()
    batch = Batch(growing)
    for slot, profiles in enumerate(slots):
        arrays = [
            (np.array(list(profile), dtype=np.uint64), np.array(list(profile.values()), dtype=np.uint64))
            for profile in profiles
        ]
        numbered = [growing.meet(*pair, name_of) for pair in arrays]
        for life, (ids, (_, goroutines)) in enumerate(zip(numbered, arrays, strict=True)):
            if not slot:
                growing.begin(Life(f"i{life}", BEGIN, "", None, 1.0, 0), ids, goroutines)
                continue
            batch.add(life, ids, goroutines)
            if not together:
                batch.take_in()
        batch.take_in()
        growing.close(Moment(slot, 60.0), Asking(8.0))
    series, wide = growing.series, len(growing.roster)
    kept: list[object] = [
        getattr(series, name)[: series.rows].tolist() for name in ("ids", "places", "now", "low", "floors", "gaps")
    ]
    counts = [series.latest(life, wide).tolist() for life in range(LIVES)]
    load, waves = growing.load.total.tolist(), growing.waves.total.tolist()
    return [*kept, counts, load, growing.load.lives, waves, growing.waves.scrapes], dict(growing.answers)


@given(st.lists(SLOT, min_size=1, max_size=8))
def test_together_is_one_after_the_other(slots: list[list[dict[int, int]]]) -> None:
    """Whatever is new, absent, or too large for two bytes."""
    assert play(slots, together=True) == play(slots, together=False)
