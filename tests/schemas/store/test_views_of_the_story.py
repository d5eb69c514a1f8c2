"""Every view over a whole story: the same rows, however often and in which order its batches were written."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate
from schemas.ports import Store
from tests.seed import LEAK, SLOW, at, batches, fill
from tests.store_rows import START

_LEAK, _SLOW = f"g1-{LEAK:016x}", f"g1-{SLOW:016x}"
_SPAN = "since = '2026-10-01 00:00:00', until = '2026-11-01 03:30:00'"
VIEWS = {
    "leaks_now": "leaks_now",
    "top_growing": "top_growing",
    "fingerprint_history": "(SELECT * FROM fingerprint_history ORDER BY ALL)",
    "fingerprint_series": f"fingerprint_series(service = 'checkout', fingerprint = '{_LEAK}', {_SPAN})",
    "fingerprint_trend": f"fingerprint_trend(service = 'checkout', fingerprint = '{_LEAK}', {_SPAN})",
    "scrape_health": "scrape_health",
    "flamegraph": "flamegraph",
    "growth_flamegraph": "growth_flamegraph",
    "deploys": "deploys",
    "heap_readings": "heap_readings",
    "tickets_now": "tickets_now",
    "runbook": f"runbook(service = 'checkout', fingerprint = '{_LEAK}')",
}
Answers = Mapping[str, Sequence[Mapping[str, object]]]


def ask(store: Store) -> Answers:
    """Give everything that every view says."""
    return {name: store.query(f"SELECT * FROM {view}") for name, view in VIEWS.items()}  # noqa: S608 ours


def test_every_view_is_among_them(store: Store) -> None:
    """A new view has to stand its duplicates."""
    found = store.query("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'View'")
    assert {str(row["name"]) for row in found} == VIEWS.keys()


@pytest.fixture(scope="module")
def answers(store_path: Path) -> Mapping[str, Answers]:
    """What every view says of the story written once, and written twice in two orders without a merge in between."""
    written = list(batches())
    orders = {
        "once": written,
        "each twice at once": [batch for batch in written for _ in "12"],
        "all again backwards": [*written, *reversed(written)],
    }
    found = {}
    for number, (order, given) in enumerate(orders.items()):
        store = open_embedded(store_path, f"story_{number}")
        migrate(store, f"story_{number}", now=START)
        for row in store.query(_TABLES):
            store.execute(f"SYSTEM STOP MERGES {row['name']}")
        fill(store, given)
        found[order] = ask(store)
        store.execute(f"DROP DATABASE story_{number} SYNC")
        store.close()
    return found


_TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("order", ["each twice at once", "all again backwards"])
def test_duplicates_change_no_view(view: str, order: str, answers: Mapping[str, Answers]) -> None:
    """Every batch written twice, in two orders: the whole answer is the same, and there is one."""
    assert answers[order][view] == answers["once"][view]
    assert answers[order][view] != ()


def test_a_series_is_the_total_of_a_stack_by_slot(store: ClickhouseStore) -> None:
    """From since, which is inside, to until, which is not."""
    fill(store, list(batches()))
    span = f"since = '{at(25):%F %T}', until = '{at(27):%F %T}'"
    view = f"fingerprint_series(service = 'checkout', fingerprint = '{_LEAK}', {span})"
    assert store.query(f"SELECT * FROM {view}") == (  # noqa: S608 ours
        {"slot": at(25), "goroutines": 4, "instances": 2},
        {"slot": at(26), "goroutines": 8, "instances": 2},
    )


def test_a_trend_goes_on_where_the_rollup_ends(store: ClickhouseStore) -> None:
    """Hours that were rolled up, and those that are too young, from the counts themselves."""
    fill(store, list(batches()))
    columns = "hour, lowest, highest, last, instances"
    sql = f"SELECT {columns} FROM fingerprint_trend(service = 'checkout', fingerprint = '{_LEAK}', {_SPAN})"  # noqa: S608
    rolled = store.query(sql.replace("03:30", "04:00"))
    assert rolled == (
        {"hour": at(24), "lowest": 0, "highest": 44, "last": 44, "instances": 2},
        {"hour": at(36), "lowest": 48, "highest": 92, "last": 92, "instances": 2},
    )
    store.execute("ALTER TABLE counts_hourly DELETE WHERE hour >= '2026-11-01 03:00:00' SETTINGS mutations_sync = 1")
    assert store.query(sql.replace("03:30", "04:00")) == rolled


def test_deploys_say_what_came_with_a_version(store: ClickhouseStore) -> None:
    """The version before, its processes, its new stacks, and the leaks among them."""
    fill(store, list(batches()))
    newest = store.query("SELECT * FROM deploys WHERE service = 'checkout'")
    common = {"service": "checkout", "processes": 2, "instances": 2}
    v42 = {"version": "v42", "since": at(24), "until": at(24), "previous": "v41", "new_stacks": 1, "open_leaks": 1}
    v41 = {"version": "v41", "since": at(0), "until": at(0), "previous": "", "new_stacks": 2, "open_leaks": 0}
    assert newest == ({**common, **v42}, {**common, **v41})


def test_a_runbook_says_what_is_known_and_what_to_do(store: ClickhouseStore) -> None:
    """One line for each topic, in order, also where nothing is known of it."""
    fill(store, list(batches()))
    cart, handle = "shop/checkout.(*Cart).notify", "shop/checkout.(*Server).handle"
    taken = "10.0.0.1:6060 at 2026-11-01 02:30:00"
    assert [(row["topic"], row["text"]) for row in store.query(f"SELECT * FROM {VIEWS['runbook']}")] == [  # noqa: S608
        ("stack", f"goroutines wait on chan send in {cart}; they begin in {handle}"),
        ("state", "firing, probable, since 2026-11-01 02:25:00: it held"),
        ("growth", "92 goroutines, 48 an hour (40 to 55) on 2 of 2 instances; fastest on 10.0.0.1:6060"),
        ("origin", "first seen 2026-11-01 02:00:00 in version v42 on 10.0.0.1:6060"),
        ("evidence", f"goroutine-text of {taken}: kept; goroutineleak of {taken}: not_found"),
        ("tickets", "file: firing, delivered, tickets/checkout.md; webhook: firing, intended"),
        ("people", "nobody said anything"),
        ("look at", "who receives: it returned early, or its context was cancelled"),
        ("run", f"leakstream explain {_LEAK} --service checkout"),
        ("run", f"leakstream evidence {_LEAK} --service checkout"),
    ]
    assert store.query(f"SELECT * FROM runbook(service = 'checkout', fingerprint = '{_SLOW}')")[0]["step"] == 2  # noqa: S608
