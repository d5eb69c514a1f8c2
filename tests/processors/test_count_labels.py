"""Goroutines per value of a kept label."""

from collections.abc import Mapping
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from processors.count_labels import OTHER, LabelPolicy, count_labels
from schemas.model import Fingerprint, LabelCount
from schemas.raw_stack import RawStack, make_frames

ONE, TWO = (Fingerprint(value, "select", "main.a", "main.a", ("main.a",)) for value in (1, 2))
STACKS = st.lists(
    st.tuples(
        st.sampled_from([ONE, TWO]),
        st.dictionaries(st.sampled_from(["tenant", "route", "user"]), st.text(max_size=2) | st.just("x" * 300)),
        st.integers(0, 100),
    )
)


def stack(labels: Mapping[str, str], count: int) -> RawStack:
    """Make a stack."""
    return RawStack(make_frames(["main.a"]), count, labels=labels)


def test_values_are_counted_by_stack_and_key() -> None:
    """Most goroutines first; who has not the label, and keys that are not kept, are left out."""
    items = [
        (TWO, stack({"tenant": "7", "user": "alice"}, 3)),
        (ONE, stack({"tenant": "7"}, 1)),
        (ONE, stack({"tenant": "8", "route": "/"}, 2)),
        (ONE, stack({"tenant": "7", "user": "bob"}, 4)),
        (ONE, stack({}, 50)),
    ]
    assert count_labels(items, LabelPolicy(("tenant", "route"), 10)) == (
        LabelCount(ONE, "route", "/", 2),
        LabelCount(ONE, "tenant", "7", 5),
        LabelCount(ONE, "tenant", "8", 2),
        LabelCount(TWO, "tenant", "7", 3),
    )


def test_too_many_values_are_one() -> None:
    """Those with the fewest goroutines, ties by value; a value that is too long is among them."""
    counts = {"a": 1, "b": 5, "c": 1, "d": 2, "e" * 257: 9}
    items = [(ONE, stack({"tenant": value}, count)) for value, count in counts.items()]
    assert count_labels(items, LabelPolicy(("tenant",), 3)) == (
        LabelCount(ONE, "tenant", "b", 5),
        LabelCount(ONE, "tenant", "d", 2),
        LabelCount(ONE, "tenant", "a", 1),
        LabelCount(ONE, "tenant", OTHER, 10),
    )


@given(STACKS, st.integers(1, 4))
def test_every_labelled_goroutine_is_counted_once(
    given_stacks: list[tuple[Fingerprint, dict[str, str], int]], most: int
) -> None:
    """The values of a key add up to the goroutines that carry it, and there are no more values than asked for."""
    policy = LabelPolicy(("tenant", "route"), most)
    counted = count_labels([(name, stack(labels, count)) for name, labels, count in given_stacks], policy)
    for name in (ONE, TWO):
        for key in policy.keep:
            own = [item for item in counted if (item.fingerprint, item.key) == (name, key)]
            carried = sum(count for found, labels, count in given_stacks if found == name and key in labels)
            assert sum(item.goroutines for item in own) == carried
            assert len({item.value for item in own} - {OTHER}) <= most
            assert len({item.value for item in own}) == len(own)


@given(STACKS, st.randoms(use_true_random=False))
def test_order_of_stacks_makes_no_difference(
    given_stacks: list[tuple[Fingerprint, dict[str, str], int]], chance: Random
) -> None:
    """A replay gives the very rows that are there already."""
    items = [(name, stack(labels, count)) for name, labels, count in given_stacks]
    shuffled = list(items)
    chance.shuffle(shuffled)
    policy = LabelPolicy(("tenant", "route"), 2)
    assert count_labels(shuffled, policy) == count_labels(items, policy)
