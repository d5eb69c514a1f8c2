"""The views, on the engine: right figures, with every row inserted twice."""

from datetime import timedelta

import pytest

from schemas.ports import Store
from tests.store_rows import EPOCH, START, minute, rows

_VIEWS = ("leaks_now", "top_growing", "fingerprint_history", "scrape_health", "flamegraph", "growth_flamegraph")


def _insert_twice(store: Store, table: str, *given: dict[str, object]) -> None:
    """Insert the rows under two tokens: two parts that nobody has folded yet."""
    for token in ("first", "again"):
        store.insert(table, rows(table, *given), f"{table}-{token}")


@pytest.mark.parametrize("view", _VIEWS)
def test_views_answer_on_an_empty_store_and_read_only(store: Store, view: str) -> None:
    """A new store has no rows, and a reader without any right to write can ask."""
    sql = "SELECT * FROM {view:Identifier} SETTINGS readonly = 1"
    assert store.query(sql, {"view": view}) == ()


def test_leaks_now_is_the_newest_state_with_the_newest_figures(store: Store) -> None:
    """State from the newest transition, figures from the newest evaluation, names from the stack."""
    _insert_twice(store, "stacks", {})
    _insert_twice(store, "anomalies", {"state": "pending", "reason": "it rises"}, {"slot": minute(5)})
    _insert_twice(store, "growth", {"goroutines": 10}, {"slot": minute(9), "goroutines": 70, "growth_per_hour": 60.0})
    assert store.query("SELECT * FROM leaks_now") == (
        {
            "service": "checkout",
            "fingerprint": "g1-00000000000000ff",
            "state": "firing",
            "verdict": "probable",
            "site": "main.leak",
            "operation": "chan send",
            "goroutines": 70,
            "growth_per_hour": 60.0,
            "growth_low": 5.0,
            "growth_high": 7.0,
            "since": START,
            "first_version": "v1",
            "instances": 2,
            "growing_instances": 1,
            "worst_instance": "a:1",
            "reason": "it held",
            "slot": minute(9),
        },
    )


def test_leaks_now_stands_without_evaluation_and_stack(store: Store) -> None:
    """A transition alone shows its own figures."""
    _insert_twice(store, "anomalies", {"goroutines": 33, "slot": minute(5)})
    assert store.query("SELECT goroutines, site, slot FROM leaks_now") == (
        {"goroutines": 33, "site": "", "slot": minute(5)},
    )


@pytest.mark.parametrize("state", ["resolved", "inactive"])
def test_what_ended_is_no_leak_now(store: Store, state: str) -> None:
    """A leak that resolved or was called off is gone from the view."""
    _insert_twice(store, "anomalies", {}, {"slot": minute(5), "state": state})
    assert store.query("SELECT fingerprint FROM leaks_now") == ()


def test_the_same_stack_in_two_services_is_two_leaks(store: Store) -> None:
    """Services do not share anomalies; the firing one comes first."""
    _insert_twice(store, "anomalies", {"service": "a", "state": "pending"}, {"service": "b"})
    assert store.query("SELECT service, state FROM leaks_now") == (
        {"service": "b", "state": "firing"},
        {"service": "a", "state": "pending"},
    )


def test_top_growing_is_one_row_a_stack_worst_first(store: Store) -> None:
    """The newest evaluation counts; what grows for certain comes before what may; older than a day is gone."""
    _insert_twice(store, "stacks", {"fingerprint": 1}, {"fingerprint": 2, "site": "main.noise"})
    _insert_twice(
        store,
        "growth",
        {"fingerprint": 1, "growth_low": 900.0},
        {"fingerprint": 1, "slot": minute(1), "growth_low": 50.0},
        {"fingerprint": 2, "slot": minute(1), "growth_per_hour": 500.0, "growth_low": -900.0},
        {"fingerprint": 3, "slot": minute(1), "growth_low": 60.0},
        {"fingerprint": 4, "slot": minute(-24 * 60), "growth_low": 5000.0},
    )
    assert store.query("SELECT fingerprint, site, frames, growth_low FROM top_growing") == (
        {"fingerprint": "g1-0000000000000003", "site": "", "frames": [], "growth_low": 60.0},
        {
            "fingerprint": "g1-0000000000000001",
            "site": "main.leak",
            "frames": ["main.leak", "main.main"],
            "growth_low": 50.0,
        },
        {
            "fingerprint": "g1-0000000000000002",
            "site": "main.noise",
            "frames": ["main.leak", "main.main"],
            "growth_low": -900.0,
        },
    )


def test_fingerprint_history_counts_nothing_twice(store: Store) -> None:
    """A count is there once, the largest fingerprint keeps its digits."""
    _insert_twice(store, "counts", {"fingerprint": 2**64 - 1}, {"slot": minute(1), "goroutines": 0})
    assert store.query("SELECT * FROM fingerprint_history ORDER BY slot") == (
        {
            "service": "checkout",
            "fingerprint": "g1-ffffffffffffffff",
            "instance": "a:1",
            "slot": START,
            "goroutines": 1,
            "fingerprint_key": 2**64 - 1,
        },
        {
            "service": "checkout",
            "fingerprint": "g1-00000000000000ff",
            "instance": "a:1",
            "slot": minute(1),
            "goroutines": 0,
            "fingerprint_key": 255,
        },
    )


def test_scrape_health_says_how_every_instance_does(store: Store) -> None:
    """Newest attempt, newest success, how many attempts failed; never a success is 1970."""
    failed = {"ok": False, "reason": "timeout", "error": "no answer in 10s", "goroutines": 0}
    _insert_twice(
        store,
        "scrapes",
        {},
        {"slot": minute(1), **failed},
        {"instance": "b:1", **failed},
        {"instance": "gone:1", "slot": minute(-24 * 60)},
    )
    common = {"service": "checkout", "last_reason": "timeout", "last_error": "no answer in 10s", "version": "v1"}
    healthy = {
        "instance": "a:1",
        "last_slot": minute(1),
        "last_ok": START,
        "scrapes": 2,
        "failures": 1,
        "goroutines": 10,
    }
    never = {"instance": "b:1", "last_slot": START, "last_ok": EPOCH, "scrapes": 1, "failures": 1, "goroutines": 0}
    assert store.query("SELECT * FROM scrape_health") == ({**common, **healthy}, {**common, **never})


def _insert_fleet(store: Store) -> None:
    """Two live instances and a dead one; stack 1 grows by 8 over both live ones, stack 2 shrinks."""
    _insert_twice(store, "stacks", {"fingerprint": 1}, {"fingerprint": 2, "operation": "", "frames": ["main.main"]})
    slots = (("a:1", 0), ("a:1", 9), ("b:1", 1), ("b:1", 10), ("dead:1", 2))
    _insert_twice(store, "scrapes", *({"instance": name, "slot": minute(at)} for name, at in slots))
    counts = (
        ("a:1", 0, 1, 1), ("a:1", 9, 1, 6), ("a:1", 0, 2, 9), ("a:1", 9, 2, 3),
        ("b:1", 1, 1, 0), ("b:1", 10, 1, 3), ("dead:1", 2, 1, 100),
    )  # fmt: skip
    _insert_twice(
        store,
        "counts",
        *(
            {"instance": name, "slot": minute(at), "fingerprint": fingerprint, "goroutines": goroutines}
            for name, at, fingerprint, goroutines in counts
        ),
    )


def test_flamegraph_is_all_live_instances_at_their_newest_scrape(store: Store) -> None:
    """Depth first, one root, parents hold their children, an instance that fell silent is left out."""
    _insert_fleet(store)
    graph = store.query("SELECT level, label, value, self FROM flamegraph WHERE service = 'checkout'")
    assert graph == (
        {"level": 0, "label": "checkout", "value": 12, "self": 0},
        {"level": 1, "label": "main.main", "value": 12, "self": 3},
        {"level": 2, "label": "main.leak", "value": 9, "self": 0},
        {"level": 3, "label": "[chan send]", "value": 9, "self": 9},
    )


def test_growth_flamegraph_is_what_live_processes_gained(store: Store) -> None:
    """Only gains, per stack over all live instances, between first and newest scrape of the same life."""
    _insert_fleet(store)
    graph = store.query("SELECT level, label, value, self FROM growth_flamegraph WHERE service = 'checkout'")
    assert graph == (
        {"level": 0, "label": "checkout", "value": 8, "self": 0},
        {"level": 1, "label": "main.main", "value": 8, "self": 0},
        {"level": 2, "label": "main.leak", "value": 8, "self": 0},
        {"level": 3, "label": "[chan send]", "value": 8, "self": 8},
    )


def test_growth_flamegraph_does_not_look_over_a_restart(store: Store) -> None:
    """A process that starts anew gained nothing against the one before."""
    _insert_twice(store, "scrapes", {}, {"slot": minute(1), "life": minute(1)})
    _insert_twice(store, "counts", {}, {"slot": minute(1), "goroutines": 50})
    assert store.query("SELECT label FROM growth_flamegraph") == ()


def test_a_very_deep_stack_keeps_both_ends(store: Store) -> None:
    """A recursion of 300 frames is drawn with its first and last 50."""
    frames = [f"main.f{depth}" for depth in range(300)]
    _insert_twice(store, "stacks", {"frames": frames})
    _insert_twice(store, "scrapes", {})
    _insert_twice(store, "counts", {})
    labels = [row["label"] for row in store.query("SELECT label FROM flamegraph")]
    assert labels == ["checkout", *frames[:249:-1], "…", *frames[49::-1], "[chan send]"]


def test_services_have_graphs_of_their_own(store: Store) -> None:
    """Each service is one root, whatever its neighbours are scraped at."""
    late = START + timedelta(minutes=30)
    _insert_twice(store, "scrapes", {"service": "a"}, {"service": "b", "slot": late})
    _insert_twice(store, "counts", {"service": "a"}, {"service": "b", "slot": late, "goroutines": 2})
    assert store.query("SELECT service, label, value FROM flamegraph WHERE level = 0") == (
        {"service": "a", "label": "a", "value": 1},
        {"service": "b", "label": "b", "value": 2},
    )
