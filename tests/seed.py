"""A store with a small story in it, for tests of views and of the questions in docs/queries.md.

Four hours in slots of five minutes from START. `checkout` deploys v42 after two hours, and from then on leaks on both
instances; `cart` leaks slowly in one stack, is restarted, and grows in another; of `search` one instance falls silent
and one never answers. The ten days before are in the daily rollup alone.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count

from leakstream.migrate import read_query
from processors.roll_up import ROLLUPS, roll_up
from schemas.ports import Store
from tests.store_rows import EPOCH, START, rows

SLOTS, DEPLOY, RESTART, SILENT = 48, 24, 21, 40
LEAK, POOL, LOAD, SLOW, BUSY, NEW = 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6
CHECKOUT, CART, SEARCH = ("10.0.0.1:6060", "10.0.0.2:6060"), ("10.0.1.1:6060",), ("10.0.2.1:6060", "10.0.2.2:6060")
Row = Mapping[str, object]
_TOKENS = count()
_EVERY = {"interval_seconds": 300.0}
_STACKS = {
    LEAK: ("chan send", "shop/checkout.(*Cart).notify", "shop/checkout.(*Server).handle", DEPLOY, "v42"),
    POOL: ("chan receive", "shop/pool.(*Worker).loop", "shop/pool.Start", 0, "v41"),
    LOAD: ("io wait", "net/http.(*conn).serve", "net/http.(*Server).Serve", 0, "v41"),
    SLOW: ("select", "shop/cart.watch", "shop/cart.Open", 0, "v7"),
    BUSY: ("mutex lock", "shop/search.(*Index).get", "shop/search.query", 0, "v3"),
    NEW: ("sleep", "shop/cart.retry", "shop/cart.retry", 36, "v7"),
}


def at(slot: int) -> datetime:
    """Give the time of a slot."""
    return START + timedelta(minutes=5 * slot)


def batches() -> Iterator[tuple[str, list[Row]]]:
    """Give every batch, in the order in which it is written: stacks first, scrapes after their counts."""
    yield "stacks", list(_stacks())
    yield "instances", list(_instances())
    for first in range(0, SLOTS, 8):
        slots = range(first, first + 8)
        yield "counts", [row for slot in slots for row in _counts(slot)]
        yield "scrapes", [row for slot in slots for row in _scrapes(slot)]
        yield "growth", [row for slot in slots for row in _growth(slot)]
    yield "rollup_hours", [
        {"service": service, "hour": START + timedelta(hours=hour), **_EVERY}
        for service in ("cart", "checkout", "search") for hour in range(4)
    ]  # fmt: skip
    yield (
        "label_counts",
        [
            {"fingerprint": LEAK, "instance": CHECKOUT[0], "slot": at(SLOTS - 1), "value": tenant, "goroutines": held}
            for tenant, held in (("acme", 60), ("globex", 12))
        ],
    )
    yield from _decisions()
    yield "counts_daily", [_day(number) for number in range(1, 11)]


def fill(store: Store, written: list[tuple[str, list[Row]]]) -> None:
    """Write batches in the given order, each under a token of its own, and roll up what is due."""
    for table, given in written:
        store.insert(table, rows(table, *given), f"seed-{next(_TOKENS)}")
    roll_up(store, {name: read_query(name) for name in ROLLUPS}, 0, 1_000)


def _stacks() -> Iterator[Row]:
    """Give each stack once, the pool of `cart` too: the same code in another service."""
    for fingerprint, (operation, site, origin, slot, version) in _STACKS.items():
        service = {SLOW: "cart", NEW: "cart", BUSY: "search"}.get(fingerprint, "checkout")
        names = {"operation": operation, "site": site, "origin": origin, "frames": [site, origin]}
        seen = {"first_seen": at(slot), "first_version": version, "first_instance": _FIRST[service]}
        yield {"service": service, "fingerprint": fingerprint, **names, **seen}
        if fingerprint == POOL:
            yield {"service": "cart", "fingerprint": POOL, **names, **seen, "first_version": "v7"}


_FIRST = {"checkout": CHECKOUT[0], "cart": CART[0], "search": SEARCH[0]}


def _instances() -> Iterator[Row]:
    """Give each process."""
    for instance in CHECKOUT:
        yield {"instance": instance, "life": at(0), "version": "v41"}
        yield {"instance": instance, "life": at(DEPLOY), "version": "v42", "began": "version"}
    for slot, began in ((0, "first_seen"), (RESTART, "process_start")):
        yield {"service": "cart", "instance": CART[0], "life": at(slot), "version": "v7", "began": began}
    yield {"service": "search", "instance": SEARCH[0], "life": at(0), "version": "v3"}


def _counts(slot: int) -> Iterator[Row]:
    """Give what every live process shows in a slot."""
    for number, instance in enumerate(CHECKOUT):
        held = {POOL: 20, LOAD: 5 + slot % 3}
        if slot >= DEPLOY:
            held[LEAK] = (3 - 2 * number) * (slot - DEPLOY)
        yield from _of("checkout", instance, slot, held)
    slow = 4 * slot if slot < RESTART else 0
    cart = {POOL: 10} | ({SLOW: slow} if slot <= RESTART else {}) | ({NEW: slot - 30} if slot >= 36 else {})
    yield from _of("cart", CART[0], slot, cart)
    if slot < SILENT:
        yield from _of("search", SEARCH[0], slot, {BUSY: 7})


def _of(service: str, instance: str, slot: int, held: Mapping[int, int]) -> Iterator[Row]:
    """Give the counts of one process in one slot."""
    for fingerprint, goroutines in held.items():
        yield {
            "service": service, "instance": instance, "slot": at(slot), "fingerprint": fingerprint,
            "goroutines": goroutines,
        }  # fmt: skip


def _scrapes(slot: int) -> Iterator[Row]:
    """Give the attempts of a slot."""
    version, life = ("v42", DEPLOY) if slot >= DEPLOY else ("v41", 0)
    for instance in CHECKOUT:
        held = sum(int(str(row["goroutines"])) for row in _counts(slot) if row["instance"] == instance)
        yield _attempt("checkout", instance, slot, version=version, life=at(life), goroutines=held, stacks=3)
    yield _attempt("cart", CART[0], slot, version="v7", life=at(RESTART if slot >= RESTART else 0), goroutines=50)
    silent = {"ok": False, "reason": "timeout", "error": "no answer in 10s", "goroutines": 0}
    yield _attempt(
        "search", SEARCH[0], slot, version="v3", life=at(0), **(silent if slot >= SILENT else {"goroutines": 7})
    )
    refused = {"ok": False, "reason": "connection_refused", "error": "connection refused", "goroutines": 0}
    yield _attempt("search", SEARCH[1], slot, version="v3", life=at(slot), **refused)


def _attempt(service: str, instance: str, slot: int, **columns: object) -> Row:
    """Give one attempt."""
    return {"service": service, "instance": instance, "slot": at(slot), "scraped_at": at(slot), **_EVERY, **columns}


def _growth(slot: int) -> Iterator[Row]:
    """Give the evaluations at the end of a slot, every half hour."""
    if slot % 6 != 5:
        return
    common = {"slot": at(slot), "instances": 2}
    if slot > DEPLOY:
        held = 4 * (slot - DEPLOY)
        rate = {"growth_per_hour": 48.0, "growth_low": 40.0, "growth_high": 55.0, "growing_instances": 2}
        state = "firing" if slot >= 35 else "pending"
        yield {
            **common, "fingerprint": LEAK, "goroutines": held, "floor": held, "worst_instance": CHECKOUT[0], **rate,
            "state": state, "since": at(29),
        }  # fmt: skip
    quiet = {
        "growth_per_hour": 0.5,
        "growth_low": -1.0,
        "growth_high": 2.0,
        "growing_instances": 0,
        "state": "inactive",
    }
    yield {
        **common,
        "fingerprint": LOAD,
        "goroutines": 12,
        "candidate": False,
        "reason": "no rise",
        "since": EPOCH,
        **quiet,
    }
    cart = {**common, "service": "cart", "instances": 1, "growing_instances": 1, "worst_instance": CART[0]}
    if slot < RESTART:
        rate = {"growth_per_hour": 48.0, "growth_low": 47.0, "growth_high": 49.0}
        yield {**cart, "fingerprint": SLOW, "goroutines": 4 * slot, "state": "firing", "since": at(5), **rate}
    if slot > 40:
        rate = {"growth_per_hour": 12.0, "growth_low": 11.0, "growth_high": 13.0}
        yield {**cart, "fingerprint": NEW, "goroutines": slot - 30, "state": "pending", "since": at(41), **rate}


def _decisions() -> Iterator[tuple[str, list[Row]]]:
    """Give changes of state, tickets, evidence and what people said."""
    slow = {"service": "cart", "fingerprint": SLOW, "worst_instance": CART[0], "instances": 1, "first_version": "v7"}
    leak = {"fingerprint": LEAK, "worst_instance": CHECKOUT[0], "first_version": "v42", "first_seen": at(DEPLOY)}
    new = {
        "service": "cart",
        "fingerprint": NEW,
        "worst_instance": CART[0],
        "first_version": "v7",
        "first_seen": at(36),
    }
    yield (
        "anomalies",
        [
            {
                **slow,
                "slot": at(5),
                "since": at(5),
                "state": "pending",
                "previous": "inactive",
                "goroutines": 20,
                "reason": "it rises",
            },
            {**slow, "slot": at(11), "since": at(5), "goroutines": 44},
            {
                **slow,
                "slot": at(33),
                "since": at(5),
                "state": "resolved",
                "previous": "firing",
                "goroutines": 0,
                "reason": "it is gone",
            },
            {**leak, "slot": at(29), "since": at(29), "state": "pending", "previous": "inactive", "verdict": "suspect"},
            {**leak, "slot": at(35), "since": at(29), "goroutines": 44, "growth_per_hour": 48.0},
            {**new, "slot": at(41), "since": at(41), "state": "pending", "previous": "inactive", "verdict": "suspect"},
        ],
    )
    told = {"ticket_key": "checkout-a1", "fingerprint": LEAK, "slot": at(35)}
    done = {"ticket_key": "cart-d4", "service": "cart", "fingerprint": SLOW, "status": "delivered", "detail": "cart.md"}
    yield (
        "tickets",
        [
            {**told, "status": "delivered", "detail": "tickets/checkout.md", "updated_at": at(36)},
            {**told, "sink": "webhook", "status": "intended", "updated_at": at(36)},
            {**done, "slot": at(11), "updated_at": at(11)},
            {**done, "slot": at(33), "intent": "resolved", "updated_at": at(33)},
        ],
    )
    cart = {"ticket_key": "cart-d4", "service": "cart", "fingerprint": SLOW, "opened_at": at(11)}
    gone_again = {"number": 2, "state": "recovered", "act": "comment", "at": at(33), "changed_at": at(33)}
    yield (
        "ticket_moves",
        [
            {"ticket_key": "checkout-a1", "fingerprint": LEAK, "at": at(35), "opened_at": at(35), "changed_at": at(35)},
            {**cart, "at": at(11), "changed_at": at(11)},
            {**cart, **gone_again},
        ],
    )
    asked = {"fingerprint": LEAK, "instance": CHECKOUT[0], "slot": at(29)}
    yield "evidence_requests", [asked]
    dump = {"kind": "goroutine-text", "taken_at": at(30), "goroutines": 40, "version": "v42"}
    gone = {"taken_at": at(30), "ok": False, "reason": "not_found", "error": "404", "goroutines": 0, "profile": b""}
    heap = {"heap_alloc": 9, "heap_inuse": 9, "stack_inuse": 7, "sys": 99, "total_alloc": 20, "next_gc": 18}
    memory = json.dumps({"heap": {**heap, "collections": 3, "goroutines": 60, "of_stack": 44}})
    slow_read = {"service": "cart", "fingerprint": SLOW, "instance": CART[0], "slot": at(12), "taken_at": at(12)}
    yield (
        "evidence",
        [{**asked, **dump}, {**asked, **gone}, {**slow_read, "kind": "heap", "goroutines": 60, "summary": memory}],
    )
    yield "verdicts", [{"fingerprint": POOL, "given_at": at(20)}]


def _day(number: int) -> Row:
    """Give the pool of checkout, so many days before."""
    held = {"lowest": 38, "average": 39.5 - number / 10, "highest": 40, "last": 40, "instances": 2}
    return {
        "fingerprint": POOL,
        "day": (START - timedelta(days=number)).date(),
        **held,
        "seconds": 86_400,
        "counted": 1152,
    }
