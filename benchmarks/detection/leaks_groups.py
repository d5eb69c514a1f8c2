"""Leaks that show in several stacks: one origin in many places, connections, locks, pairs, two at once."""

from benchmarks.detection import frames as go
from benchmarks.detection.base import add_base
from benchmarks.detection.draft import Draft
from benchmarks.detection.events import Leak
from benchmarks.detection.fleet import start_fleet
from benchmarks.detection.leak_kinds import add_leak, draw_begin, draw_look, fit_hours, noise_of
from benchmarks.detection.world import HOUR, MINUTE


def leak_spread(draft: Draft) -> None:
    """One origin, two to six stacks: the leaked are stuck at different places of one function."""
    begin, per_hour = _begin(draft)
    start_fleet(draft)
    add_base(draft)
    name = draft.verb()
    entry, step = draft.own(f"(*{name}er).run"), draft.own(f"(*{name}er).step", "steps")
    operations = (go.SEND, go.RECEIVE, go.SELECT, go.mutex(draft.go_minors[0]), go.RANGE, go.COND)
    split = draft.draw_whole("split")
    stacks = [draft.add_stack((*operation, f"{step}{n}", entry)) for n, operation in enumerate(operations[:split])]
    weights = draft.rng.dirichlet([3.0] * split)
    groups = tuple((stack,) for stack in stacks)
    add_leak(draft, Leak(0, groups, tuple(weights.tolist()), per_hour, begin, provable=draft.chance(0.5)), "spread")


def leak_connections(draft: Draft) -> None:
    """Accepted connections that nobody closes: idle in IO wait, more and more, while traffic is flat."""
    begin, per_hour = _begin(draft)
    fit_hours(draft, begin, per_hour * draft.places, noise_of(40, draft.places, 0.1))
    start_fleet(draft)
    add_base(draft)
    if draft.chance(0.6):
        stacks: tuple[int, ...] = (draft.idle_connection,)
    elif draft.chance(0.5):
        stacks = tuple(draft.add_stack(frames) for frames in go.GRPC_SERVER)
    else:
        stacks = tuple(draft.add_stack(frames) for frames in go.http2_server(draft.go_minors[0]))
    add_leak(draft, Leak(0, (stacks,), (1.0,), per_hour, begin, wake_seconds=5 * MINUTE), "connections")


def leak_lock(draft: Draft) -> None:
    """Someone holds a lock for ever: the requests of three handlers pile up on it, each with its background read."""
    begin, per_hour = _begin(draft)
    start_fleet(draft)
    add_base(draft)
    lock, store = go.mutex(draft.go_minors[0]), draft.own("(*Store).update", "state")
    handlers = [
        draft.add_stack((*lock, store, f"{draft.module}/internal/httpapi.(*Server).handle{draft.verb()}", *go.SERVE))
        for _ in range(3)
    ]
    groups = tuple((handler, draft.background) for handler in handlers)
    weights = draft.rng.dirichlet([4.0] * 3)
    leak = Leak(0, groups, tuple(weights.tolist()), per_hour, begin, follows=1.0, provable=draft.chance(0.3))
    add_leak(draft, leak, "one lock")


def leak_lockstep(draft: Draft) -> None:
    """Client connections: each leaked one is a reader and a writer (bodies not closed, clients made for each call)."""
    begin, per_hour = _begin(draft)
    fit_hours(draft, begin, per_hour * draft.places, noise_of(30, draft.places, 0.2))
    start_fleet(draft)
    add_base(draft)
    looks = ((go.CLIENT_READ_BUSY, go.CLIENT_WRITE), (go.CLIENT_READ, go.CLIENT_WRITE), go.GRPC_CLIENT)
    number = int(draft.rng.integers(len(looks)))
    stacks = tuple(draft.add_stack(frames) for frames in looks[number])
    leak = Leak(0, (stacks,), (1.0,), per_hour, begin, provable=number == 0 and draft.chance(0.4))
    add_leak(draft, leak, "pairs")


def leak_two(draft: Draft) -> None:
    """Two leaks that have nothing to do with each other; the second begins within three hours of the first."""
    begin, per_hour = _begin(draft)
    second = begin + 3 * HOUR * draft.rng.random()
    other = 60 * draft.draw("per_minute")
    fit_hours(draft, second, other * draft.places)
    start_fleet(draft)
    add_base(draft)
    for index, (at, rate) in enumerate(((begin, per_hour), (second, other))):
        look = draw_look(draft)
        while any(truth.stacks & {stack for group in look.groups for stack in group} for truth in draft.truths):
            look = draw_look(draft)
        leak = Leak(index, look.groups, (1.0,), rate, at, provable=look.provable, follows=float(draft.chance(0.4)))
        add_leak(draft, leak, f"number {index + 1}")


def _begin(draft: Draft) -> tuple[float, float]:
    """Draw when a leak begins (seconds) and its rate an hour on one instance; fit the recording to it."""
    begin, per_hour = draw_begin(draft), 60 * draft.draw("per_minute")
    fit_hours(draft, begin, per_hour * draft.places)
    return begin, per_hour
