"""What a fingerprint promises."""

from hypothesis import given
from hypothesis import strategies as st

from processors.count import count
from processors.fingerprint import fingerprint
from schemas.model import Count, Stack, format_fingerprint, parse_fingerprint

FRAMES = st.lists(st.text(alphabet="abc./()*", min_size=1, max_size=8), min_size=1, max_size=6).map(tuple)


def test_fingerprint_of_version_1_never_changes() -> None:
    """A golden vector: changing it breaks every stored history."""
    got = fingerprint(Stack(("main.leak", "main.main"), 1, "chan send"))
    assert (str(got), got.site, got.origin) == ("g1-cad5a6031f4a6e0e", "main.leak", "main.main")


@given(FRAMES, st.integers(0, 100), st.integers(0, 100))
def test_count_and_labels_are_not_identity(frames: tuple[str, ...], one: int, other: int) -> None:
    """Only operation and frames are."""
    assert fingerprint(Stack(frames, one, "select")) == fingerprint(Stack(frames, other, "select", {"user": "7"}))


@given(st.lists(st.tuples(st.sampled_from(["select", "sleep"]), FRAMES), unique=True, min_size=2, max_size=20))
def test_different_stacks_differ(stacks: list[tuple[str, tuple[str, ...]]]) -> None:
    """Another operation, frame, order or split of names gives another fingerprint."""
    values = {fingerprint(Stack(frames, 1, operation)).value for operation, frames in stacks}
    assert len(values) == len(stacks)


@given(st.integers(0, 2**64 - 1))
def test_text_form_reads_back(value: int) -> None:
    """What people see is the number."""
    assert parse_fingerprint(format_fingerprint(value)) == value


def test_counting_adds_up_and_orders() -> None:
    """Samples of one stack are one count; the largest comes first."""
    one, other = (fingerprint(Stack((name,), 1, "select")) for name in ("a", "b"))
    assert count([(one, 2), (other, 9), (one, 3)]) == (Count(other, 9), Count(one, 5))
