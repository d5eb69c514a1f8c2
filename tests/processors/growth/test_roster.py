"""Fingerprints get dense numbers, and what came in through one function gets one more for its sum."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from processors.growth.roster import Roster
from processors.growth.service import Growing
from schemas.model import Fingerprint


def name_of(value: int) -> Fingerprint:
    """Name a stack; those with the same rest after division by four share their entry, of one rest there is none."""
    own = None if value % 4 == 3 else 0
    return Fingerprint(value, "select", f"main.f{value}", "main.main", (f"main.f{value}", f"main.e{value % 4}"), own)


PROFILES = st.lists(st.dictionaries(st.integers(1, 40), st.integers(1, 2**33), max_size=12), min_size=1, max_size=6)


def meet(growing: Growing, profile: dict[int, int]) -> dict[int, int]:
    """Meet a profile, and give the counts of the roster's numbers that are not zero, as they reach the series."""
    values, goroutines = (np.array(list(part), dtype=np.uint64) for part in (profile.keys(), profile.values()))
    numbers = growing.meet(values, goroutines, name_of)
    counts = growing._spread_out([numbers], [goroutines])[0]  # noqa: SLF001 what single counts and sums are made of
    assert numbers.tolist() == [growing.roster.ids[value] for value in profile]
    return {number: count for number, count in enumerate(counts.tolist()) if count}


def expect(roster: Roster, profile: dict[int, int]) -> dict[int, int]:
    """Add up the plain way."""
    counts: dict[int, int] = {}
    for value, goroutines in profile.items():
        number = roster.ids[value]
        counts[number] = min(goroutines, 2**32 - 2)
        entry = int(roster.entry_of[number])
        if entry >= 0:
            counts[entry] = (counts.get(entry, 0) + counts[number]) % 2**32
    return {number: count for number, count in counts.items() if count}


@given(PROFILES)
def test_counts_and_sums_are_those_of_the_plain_way(profiles: list[dict[int, int]]) -> None:
    """Whatever is met in whatever order."""
    growing = Growing()
    for profile in profiles:
        assert meet(growing, profile) == expect(growing.roster, profile)


@given(st.dictionaries(st.integers(1, 40), st.integers(1, 9), min_size=1, max_size=20), st.randoms())
def test_order_within_a_profile_changes_nothing(profile: dict[int, int], chance: Random) -> None:
    """Numbers follow the goroutines and the fingerprint."""
    items = list(profile.items())
    chance.shuffle(items)
    one, other = Growing(), Growing()
    meet(one, profile)
    meet(other, dict(items))
    assert (one.roster.ids, one.roster.entries) == (other.roster.ids, other.roster.entries)
