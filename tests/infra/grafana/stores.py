"""The stores that dashboards are tried on: the story of tests/seed.py with environments and odd names, or nothing.

And how a person may look at them: times, and what is chosen of the variables.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded
from leakstream.migrate import migrate
from tests.infra.grafana.macros import Request
from tests.infra.grafana.variables import ALL, Chosen
from tests.seed import batches, fill
from tests.store_rows import START

ODD = 'o\'brien "x" (1, 2)'
_SERVICES = ("cart", "checkout", ODD, "search")
_STACK = "g1-00000000000000a1"
_LABELS = """INSERT INTO instances (service, instance, life, version, labels) VALUES
    ('cart', '10.0.1.1:6060', '2026-11-01 00:00:00', 'v7', {'env': 'it''s staging'}),
    ('checkout', '10.0.0.1:6060', '2026-11-01 02:00:00', 'v42', {'environment': 'prod', 'env': 'x'}),
    ('o''brien "x" (1, 2)', 'x:1', '2026-11-01 00:00:00', 'v1', {})"""

TIMES: Mapping[str, tuple[datetime, datetime, int]] = {
    "the story": (START, START + timedelta(hours=4), 15_000),
    "five minutes": (START + timedelta(hours=2), START + timedelta(hours=2, minutes=5), 500),
    "two days": (START - timedelta(days=1), START + timedelta(days=1), 120_000),
    "a quarter": (START - timedelta(days=80), START + timedelta(days=10), 10_800_000),
    "before everything": (START - timedelta(days=400), START - timedelta(days=399), 60_000),
}
"""Since, until, and the interval in milliseconds that a panel of its width would have."""

CHOICES: Mapping[str, Mapping[str, Chosen]] = {
    "all": {"environment": Chosen((ALL,), ("(none)", "prod")), "service": Chosen((ALL,), _SERVICES)},
    "one": {"environment": Chosen(("prod",)), "service": Chosen(("checkout",))},
    "several": {"environment": Chosen(("prod", "it's staging")), "service": Chosen(("cart", "checkout"))},
    "odd names": {"environment": Chosen(("it's staging", "(none)")), "service": Chosen((ODD, "cart"))},
    "nothing": {"environment": Chosen(""), "service": Chosen("")},
}
"""What many-valued variables hold. Where a dashboard takes one service it is the first of them."""


def look(time: str = "the story", choice: str = "one", *, many: bool = False, stack: str = _STACK) -> Request:
    """Give a look at a dashboard: with `many` it takes several services, as Fleet does."""
    since, until, interval_ms = TIMES[time]
    chosen = dict(CHOICES[choice])
    if not many:
        values = chosen["service"].resolve()
        chosen["service"] = Chosen(values if isinstance(values, str) else values[0])
        chosen["fingerprint"] = Chosen("" if choice == "nothing" else stack)
    return Request(since, until, interval_ms, chosen)


def look_at(service: str) -> Request:
    """Give a look at one service."""
    since, until, interval_ms = TIMES["the story"]
    return Request(since, until, interval_ms, {"service": Chosen(service)})


@contextmanager
def opened(path: Path, database: str, *, filled: bool) -> Iterator[ClickhouseStore]:
    """Open a store on a database of its own, with the story or without any row."""
    store = open_embedded(path, database)
    migrate(store, database, now=START)
    if filled:
        fill(store, list(batches()))
        store.execute(_LABELS)
    yield store
    store.close()
    last = open_embedded(path, database)
    last.execute(f"DROP DATABASE {database} SYNC")
    last.close()
