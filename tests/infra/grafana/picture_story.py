"""A service as services are, for pictures: a server, its pools and clients, and a deploy that leaks in two places."""

from collections.abc import Mapping
from datetime import timedelta

from schemas.ports import Store
from tests.store_rows import START, rows

SERVICE, INSTANCE = "orders", "10.0.4.1:6060"
_MOMENTS = (START, START + timedelta(hours=3))
_HANDLER = (
    "net/http.(*Server).Serve",
    "net/http.(*conn).serve",
    "net/http.serverHandler.ServeHTTP",
    "net/http.(*ServeMux).ServeHTTP",
)
_SQL = "database/sql.(*DB)"
_STACKS: tuple[tuple[tuple[str, ...], str, int, int], ...] = (
    ((*_HANDLER[:2], "net/http.(*connReader).backgroundRead"), "io wait", 118, 131),
    ((*_HANDLER[:2], "bufio.(*Reader).Peek", "net/http.(*connReader).Read", "net.(*conn).Read"), "io wait", 96, 104),
    (
        (*_HANDLER, "shop/orders.(*Server).create", "shop/orders.(*Store).insert", f"{_SQL}.ExecContext"),
        "io wait",
        9,
        12,
    ),
    (
        (*_HANDLER, "shop/orders.(*Server).create", "shop/stock.(*Client).reserve", "sync.(*Mutex).Lock"),
        "mutex lock",
        3,
        5,
    ),
    ((*_HANDLER, "shop/orders.(*Server).list", "shop/orders.(*Store).page", f"{_SQL}.QueryContext"), "io wait", 14, 11),
    (("shop/orders.(*Server).create.func1", "shop/mail.(*Sender).enqueue"), "chan send", 0, 412),
    (
        ("shop/orders.(*Server).list.func2", "shop/price.(*Quotes).watch", "shop/price.(*Quotes).poll"),
        "select",
        21,
        169,
    ),
    (("shop/pool.Start", "shop/pool.(*Worker).loop"), "chan receive", 64, 64),
    (("shop/stock.(*Client).keepalive", "time.Sleep"), "sleep", 8, 8),
    ((f"{_SQL}.connectionOpener",), "select", 2, 2),
    ((f"{_SQL}.startCleanerLocked", f"{_SQL}.connectionCleaner"), "select", 2, 2),
    (("net/http.(*Transport).dialConn", "net/http.(*persistConn).readLoop"), "select", 41, 46),
    (("net/http.(*Transport).dialConn", "net/http.(*persistConn).writeLoop"), "select", 41, 46),
    (("runtime.main", "main.main", "shop/orders.Run"), "select", 1, 1),
)
"""Frames from the root, what it waits on, goroutines before and three hours later."""


def fill(store: Store) -> None:
    """Write two profiles of one process, three hours apart."""
    common = {"service": SERVICE, "instance": INSTANCE}
    stacks: list[Mapping[str, object]] = []
    counts: list[Mapping[str, object]] = []
    for number, (path, operation, *held) in enumerate(_STACKS, 1):
        frames = list(reversed(path))
        named = {"operation": operation, "site": frames[0], "origin": frames[-1], "frames": frames}
        stacks.append({"service": SERVICE, "fingerprint": number, **named})
        counts += [
            {**common, "fingerprint": number, "slot": moment, "goroutines": goroutines}
            for moment, goroutines in zip(_MOMENTS, held, strict=True)
        ]
    scrapes = [{**common, "slot": moment, "interval_seconds": 300.0} for moment in _MOMENTS]
    for table, given in (("stacks", stacks), ("counts", counts), ("scrapes", scrapes)):
        store.insert(table, rows(table, *given), f"picture-{table}")
