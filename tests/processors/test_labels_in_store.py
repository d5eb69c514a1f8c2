"""Label counts in the store: every labelled goroutine once, whatever comes twice."""

from collections.abc import Sequence
from datetime import timedelta

from processors.count_labels import OTHER, LabelPolicy
from processors.pipeline import Step, advance
from processors.tabulate import tabulate
from schemas.model import LogPosition, ScrapedProfile
from schemas.outcomes import Dropped
from schemas.ports import Store
from tests.labelled_profile import make_labelled
from tests.processors.fleet import BEGIN, POLICY, Fleet

SLOTS = 3
KEPT = LabelPolicy(("tenant",), 2)
STACKS = [(("main.work", "main.main"), count) for count in (5, 4, 3, 2)]
LABELS = [{"tenant": "7"}, {"tenant": "8", "user": "alice"}, {"tenant": "9"}, {"user": "bob"}]


def take(instance: str, slot: int) -> ScrapedProfile:
    """Make a scrape of four labelled samples of one stack."""
    at = BEGIN + timedelta(minutes=slot)
    return ScrapedProfile("checkout", instance, at, at, 60.0, 0.01, {}, make_labelled(STACKS, LABELS))


def advance_all(labels: LabelPolicy | None) -> list[Step]:
    """Take two instances through some slots, each profile twice."""
    fleet = Fleet()
    scrapes = [take(instance, slot) for slot in range(SLOTS) for instance in ("a", "b") for _ in range(2)]
    found = [
        advance(fleet.memory, scraped, LogPosition(0, offset), POLICY, labels=labels)
        for offset, scraped in enumerate(scrapes)
    ]
    assert sum(isinstance(step, Dropped) for step in found) == len(scrapes) // 2
    return [step for step in found if isinstance(step, Step)]


def ask(store: Store, sql: str) -> Sequence[tuple[object, ...]]:
    """Give rows as tuples."""
    return [tuple(row.values()) for row in store.query(sql)]


def test_values_add_up_to_the_labelled_goroutines_whatever_comes_twice(store: Store) -> None:
    """A profile that is read again, and rows that are written again, count once; who has no label is not counted."""
    steps = advance_all(KEPT)
    for token in ("first", "again"):
        for name, table in tabulate(steps, "log").items():
            store.insert(name, table, f"{token}-{name}")
    sums = "SELECT instance, slot, sum(goroutines) AS n FROM label_counts FINAL GROUP BY instance, slot ORDER BY ALL"
    assert ask(store, sums) == [
        (instance, BEGIN + timedelta(minutes=slot), 12) for instance in ("a", "b") for slot in range(SLOTS)
    ]
    values = "SELECT key, value, goroutines, count() AS n FROM label_counts FINAL GROUP BY ALL ORDER BY ALL"
    assert ask(store, values) == [("tenant", OTHER, 3, 6), ("tenant", "7", 5, 6), ("tenant", "8", 4, 6)]
    assert ask(store, "SELECT uniqExact(fingerprint), sum(goroutines) FROM counts FINAL") == [(1, 14 * 6)]


def test_nobody_looks_for_labels_when_none_are_kept() -> None:
    """There is no table to write then."""
    steps = advance_all(None)
    assert ({step.counted.labels for step in steps}, "label_counts" in tabulate(steps, "log")) == ({()}, False)
