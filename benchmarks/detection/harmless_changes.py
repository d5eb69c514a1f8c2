"""Harmless: what people change. Deploys, caches, configuration, refactors, labels."""

from benchmarks.detection import frames as go
from benchmarks.detection.base import add_base, add_pool
from benchmarks.detection.draft import Draft
from benchmarks.detection.events import Steps
from benchmarks.detection.fleet import end_life, living, roll_out, start_fleet
from benchmarks.detection.parts import Pool, Requests, Sessions, Warmup
from benchmarks.detection.world import HOUR, MINUTE


def deploy_ramp(draft: Draft) -> None:
    """A roll-out in waves; each new process warms up for a while."""
    start_fleet(draft)
    add_base(draft)
    tau = draft.draw("tau_minutes") * MINUTE
    shard = draft.add_stack((*go.SELECT, draft.own(f"(*{draft.verb()}Shard).loop", "cache")))
    draft.parts.append(Warmup(shard, round(draft.draw("warm_goroutines")), tau))
    if draft.chance(0.5):
        feeder = draft.add_stack((*go.RECEIVE, draft.own(f"(*{draft.verb()}Feed).consume.func1")))
        draft.parts.append(Warmup(feeder, round(draft.draw("warm_goroutines") / 4), tau * draft.rng.uniform(0.5, 1.5)))
    for _ in range(int(draft.rng.integers(1, 4))):
        roll_out(draft, draft.moment(2.6, 2), draft.draw("wave_minutes") * MINUTE)


def cache_warmup(draft: Draft) -> None:
    """Some processes began shortly before the recording, some begin in it; a cache fills, one goroutine a shard."""
    start_fleet(draft, youngest_hours=0.2 if draft.chance(0.5) else 3.0)
    add_base(draft)
    shard = draft.add_stack((*go.RECEIVE, draft.own(f"(*{draft.verb()}Entry).refresh", "cache")))
    draft.parts.append(Warmup(shard, round(draft.draw("warm_goroutines")), draft.draw("tau_minutes") * MINUTE))
    roll_out(draft, draft.moment(2.6, 4), draft.rng.uniform(1, 20) * MINUTE)


def one_step(draft: Draft) -> None:
    """A feature is switched on: so many goroutines more, once."""
    start_fleet(draft)
    add_base(draft)
    _add_steps(draft, ((draft.moment(2.6, 2), round(draft.draw("step"))),), draft.draw("staggered_minutes"))


def several_steps(draft: Draft) -> None:
    """Tenants are added one after another, each with its goroutines."""
    start_fleet(draft)
    add_base(draft)
    steps = sorted(draft.moment(2.6, 1.5) for _ in range(draft.draw_whole("steps")))
    _add_steps(draft, tuple((moment, round(draft.draw("step"))) for moment in steps), 1.0)


def staggered_config(draft: Draft) -> None:
    """One step on every instance, each at its own time within hours."""
    start_fleet(draft)
    add_base(draft)
    moment = draft.moment(2.6, 5)
    _add_steps(draft, ((moment, round(draft.draw("step"))),), draft.draw("staggered_minutes"))


def pool_resize(draft: Draft) -> None:
    """A pool of workers is made larger, and sometimes smaller again."""
    start_fleet(draft)
    add_base(draft)
    moment, size = draft.moment(2.6, 3), round(draft.draw("step"))
    steps = [(moment, size)]
    if draft.chance(0.5):
        steps.append((moment + draft.rng.uniform(1, 3) * HOUR, -size // 2))
    idle, _busy = add_pool(draft, int(draft.rng.integers(8, 40)), 0.3)
    within = draft.rng.uniform(1, 20) * MINUTE if draft.chance(0.3) else 5.0
    draft.parts.append(Steps(idle, tuple(steps), staggered_seconds=60, within_seconds=within))


def _add_steps(draft: Draft, steps: tuple[tuple[float, int], ...], staggered_minutes: float) -> None:
    """Add goroutines that are started by a change and stay."""
    stack = draft.add_stack((*go.SELECT, draft.own(f"(*{draft.verb()}Consumer).run"), draft.own("Start.func1", "app")))
    before = int(draft.rng.integers(0, 30))
    draft.parts.append(Steps(stack, steps, before, staggered_seconds=staggered_minutes * MINUTE))


def refactor(draft: Draft) -> None:
    """A deploy moves goroutines to functions with other names; some of them grow a little by load as well."""
    start_fleet(draft)
    add_base(draft)
    old = draft.own(f"(*{draft.verb()}).serve", "legacy")
    new = draft.own(f"(*{draft.verb()}).serve", "core")
    moves: dict[int, int] = {}
    for operation in (go.SELECT, go.RECEIVE, go.READ)[: int(draft.rng.integers(1, 4))]:
        before, after = draft.add_stack((*operation, old)), draft.add_stack((*operation, new))
        moves[before] = after
        stay = draft.rng.uniform(2, 60) * MINUTE
        draft.parts.append(Sessions((before,), draft.draw("moved"), stay, rush=draft.rng.uniform(0, 0.9)))
    _rename_by_deploy(draft, moves)


def go_upgrade(draft: Draft) -> None:
    """A deploy brings another Go: Mutex and HTTP/2 have other frames, closures other names."""
    old, new = [(23, 24), (26, 27), (23, 27)][int(draft.rng.integers(3))]
    draft.go_minors = [old, new]
    start_fleet(draft)
    add_base(draft)
    handler = draft.handler_frames(draft.verb())
    closure = draft.own(f"(*Hub).{draft.verb()}")
    pairs = [((*go.mutex(minor), *handler, *go.SERVE), *go.http2_server(minor)) for minor in (old, new)]
    moves = {draft.add_stack(before): draft.add_stack(after) for before, after in zip(*pairs, strict=True)}
    moves[draft.add_stack((*go.RECEIVE, f"{closure}.run.func3.1"))] = draft.add_stack(
        (*go.RECEIVE, f"{closure}.run.func1.1" if new == go.GO_NEW_HTTP2 else f"{closure}.run.func3.1")
    )
    lock, loop, reader, closures = moves
    draft.parts.append(Requests(lock, 2.0, 0.5, twins=(draft.background,)))
    stay = draft.rng.uniform(5, 60) * MINUTE
    draft.parts.append(Sessions((loop, reader), draft.draw("moved"), stay, rush=0.8))
    draft.parts.append(Sessions((closures,), draft.draw("moved"), stay, rush=0.9))
    _rename_by_deploy(draft, {before: after for before, after in moves.items() if before != after})


def _rename_by_deploy(draft: Draft, moves: dict[int, int]) -> None:
    """Roll out a release that shows stacks under other names; sometimes it is taken back and comes again."""
    draft.renames = {1: moves, 2: {}, 3: moves}
    moment = draft.moment(2.6, 5)
    roll_out(draft, moment, draft.rng.uniform(1, 90) * MINUTE)
    if draft.chance(0.3):
        for hours in (2.0, 3.0):
            roll_out(draft, moment + hours * HOUR, 5 * MINUTE)


def label_explosion(draft: Draft) -> None:
    """A deploy puts a pprof label with many values on every request: more samples, the same stacks."""
    start_fleet(draft)
    add_base(draft)
    draft.label_values = draft.draw_whole("label_values")
    stack = draft.add_stack((*go.SELECT, *draft.handler_frames(draft.verb()), *go.SERVE))
    draft.parts.append(Requests(stack, draft.rng.uniform(5, 60), 2.0, twins=(draft.background,)))
    roll_out(draft, draft.moment(2.6, 4), 10 * MINUTE)


def vanishing_instances(draft: Draft) -> None:
    """Instances go and none comes in their place: the rest carries their load."""
    start_fleet(draft)
    add_base(draft)
    add_pool(draft, 150, 0.5)
    for _ in range(int(draft.rng.integers(1, max(draft.places - 1, 2)))):
        moment = draft.moment(2.6, 2)
        alive = living(draft, moment)
        if len(alive) > 1:
            end_life(draft, alive[int(draft.rng.integers(len(alive)))], moment)
    idle, busy = (
        draft.add_stack((*go.SELECT, draft.own("(*Fan).idle", "fan"))),
        draft.add_stack((*go.SEND, draft.own("(*Fan).deliver", "fan"))),
    )
    draft.parts.append(Pool(idle, busy, 120, 30))
