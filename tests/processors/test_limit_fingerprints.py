"""The guard of cardinality: how many fingerprints a service may have, and that nothing is lost beyond."""

from hypothesis import given
from hypothesis import strategies as st

from leakstream.adapters.clickhouse import ClickhouseStore
from processors.fingerprint import fingerprint
from processors.limit_fingerprints import OVERFLOW, Limited, limit_fingerprints
from processors.memory import ServiceMemory
from processors.pipeline import Step, advance
from processors.tabulate import tabulate
from schemas.model import Count, Fingerprint, LabelCount, LogPosition, Stack
from tests.processors.fleet import POLICY, Fleet


def _name(number: int) -> Fingerprint:
    """Make a fingerprint by its number."""
    return Fingerprint(number, "", f"main.f{number}", "main.main", (f"main.f{number}", "main.main"))


def _counts(goroutines: dict[int, int]) -> tuple[Count, ...]:
    """Make the counts of a profile, largest first."""
    found = [Count(_name(number), held) for number, held in goroutines.items()]
    return tuple(sorted(found, key=lambda item: (-item.goroutines, item.fingerprint.value)))


def test_within_the_limit_nothing_changes() -> None:
    """What fits is handed on as it is."""
    counts = _counts({1: 5, 2: 3})
    assert limit_fingerprints(counts, (), {2}, 2) == Limited(counts, (), 0)


def test_beyond_it_the_largest_new_ones_are_let_in() -> None:
    """Known ones always are; of the new ones as many as there is room for; the rest is one count in its place."""
    limited = limit_fingerprints(_counts({1: 1, 2: 9, 3: 8, 4: 2}), (), {1, 99}, 3)
    assert [(str(item.fingerprint), item.goroutines) for item in limited.counts] == [
        (str(OVERFLOW), 10),
        (str(_name(2)), 9),
        (str(_name(1)), 1),
    ]
    assert limited.folded == 2


def test_the_overflow_has_a_name_that_no_stack_has() -> None:
    """It is a fingerprint like any other, found by its own words."""
    assert (str(OVERFLOW), OVERFLOW.site, OVERFLOW.frames) == ("g1-ea668e88cdb9a84b", "(overflow)", ("(overflow)",))


def test_the_overflow_takes_no_room() -> None:
    """A service that has one may have as many others as one that has none."""
    counts = _counts({1: 2, 2: 1})
    assert limit_fingerprints(counts, (), {1, OVERFLOW.value}, 2).folded == 0
    assert limit_fingerprints(counts, (), {1, OVERFLOW.value}, 1).folded == 1


def test_labels_follow_their_stacks() -> None:
    """Who holds folded stacks is still known, summed by key and value."""
    labels = tuple(LabelCount(_name(number), "tenant", "a", held) for number, held in ((1, 1), (2, 9), (3, 8)))
    limited = limit_fingerprints(_counts({1: 1, 2: 9, 3: 8}), labels, {1}, 1)
    assert limited.labels == (labels[0], LabelCount(OVERFLOW, "tenant", "a", 17))


@given(
    goroutines=st.dictionaries(st.integers(1, 30), st.integers(1, 1000), max_size=20),
    known=st.sets(st.integers(1, 60), max_size=30),
    limit=st.integers(1, 40),
)
def test_no_goroutine_is_lost(goroutines: dict[int, int], known: set[int], limit: int) -> None:
    """The sum of a profile is what it was, and a service never has more than its limit but for what it had."""
    limited = limit_fingerprints(_counts(goroutines), (), known, limit)
    assert sum(item.goroutines for item in limited.counts) == sum(goroutines.values())
    shown = {item.fingerprint.value for item in limited.counts} - {OVERFLOW.value}
    assert len(shown | known) <= max(limit, len(known))
    assert known & goroutines.keys() <= shown


@given(
    profiles=st.lists(st.dictionaries(st.integers(1, 12), st.integers(1, 50), max_size=8), max_size=6),
    restarts=st.sets(st.integers(0, 5)),
)
def test_a_restart_changes_nobody_who_was_let_in(profiles: list[dict[int, int]], restarts: set[int]) -> None:
    """What the store holds of a profile is enough to decide as before: also when the profile is processed again."""
    undisturbed: set[int] = set()
    disturbed: set[int] = set()
    for number, goroutines in enumerate(profiles):
        counts = _counts(goroutines)
        once = limit_fingerprints(counts, (), undisturbed, 5)
        undisturbed |= {item.fingerprint.value for item in once.counts}
        again = limit_fingerprints(counts, (), disturbed, 5)
        disturbed |= {item.fingerprint.value for item in again.counts}
        if number in restarts:  # stacks were stored, offsets not committed
            again = limit_fingerprints(counts, (), frozenset(disturbed), 5)
        assert again.counts == once.counts


def test_the_tables_show_the_overflow(store: ClickhouseStore) -> None:
    """A row among the stacks, a count under its name, and the profile's own numbers."""
    scraped = Fleet().scrape(0, {"main.a": 1, "main.b": 2, "main.c": 3})
    step = advance(ServiceMemory("checkout"), scraped, LogPosition(0, 0), POLICY, fingerprints=1)
    assert isinstance(step, Step)
    for table, rows in tabulate([step], "log").items():
        store.insert(table, rows, table)
    assert store.query("SELECT site, first_instance FROM stacks FINAL ORDER BY site") == (
        {"site": "(overflow)", "first_instance": "a"},
        {"site": "main.c", "first_instance": "a"},
    )
    assert store.query("SELECT fingerprint, goroutines FROM counts FINAL ORDER BY goroutines, fingerprint") == tuple(
        sorted(
            [{"fingerprint": OVERFLOW.value, "goroutines": 3}, {"fingerprint": _site("main.c"), "goroutines": 3}],
            key=lambda row: row["fingerprint"],
        )
    )
    assert store.query("SELECT goroutines, stacks FROM scrapes FINAL") == ({"goroutines": 6, "stacks": 3},)


def _site(name: str) -> int:
    """Name the stack that the fleet makes of a function."""
    return fingerprint(Stack((name, "main.main"), 0, "chan send")).value
