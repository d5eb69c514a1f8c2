"""Harmless: what comes and goes. Jobs, wandering populations, stalls downstream, scrapes that do not arrive."""

from benchmarks.detection import frames as go
from benchmarks.detection.base import add_base
from benchmarks.detection.draft import Draft
from benchmarks.detection.events import Batch, PileUp
from benchmarks.detection.fleet import roll_out, start_fleet
from benchmarks.detection.parts import Sessions
from benchmarks.detection.world import HOUR, MINUTE, Outage


def slow_walk(draft: Draft) -> None:
    """A population whose members stay for hours wanders widely, and comes back."""
    start_fleet(draft, youngest_hours=12)
    add_base(draft)
    for _ in range(int(draft.rng.integers(1, 4))):
        stack = draft.add_stack((*go.RECEIVE, draft.own(f"(*{draft.verb()}Lease).hold")))
        wander = draft.rng.uniform(0, 0.3)
        stay = draft.draw("walk_hours") * HOUR
        draft.parts.append(Sessions((stack,), draft.draw("walk_mean"), stay, 0.8, wander=wander, follows=0.0))


def batch_sawtooth(draft: Draft) -> None:
    """A job fills up for the most of its period and drains at once."""
    start_fleet(draft)
    add_base(draft)
    for _ in range(int(draft.rng.integers(1, 3))):
        stack = draft.add_stack((*go.SEND, draft.own(f"(*{draft.verb()}Job).emit.func1", "batch")))
        period = draft.draw("period_minutes") * MINUTE
        ramp = period * draft.rng.uniform(0.3, 0.95)
        draft.parts.append(
            Batch(
                stack,
                draft.draw("batch"),
                period,
                ramp,
                draft.rng.uniform(5, 120),
                unlike=draft.rng.uniform(0.02, 0.4),
                together=draft.chance(0.5),
                phase_seconds=period * draft.rng.random(),
            )
        )


def slow_downstream(draft: Draft) -> None:
    """A service below stalls for ten to forty minutes: handlers pile up, then all of them leave."""
    start_fleet(draft)
    add_base(draft)
    episodes = tuple(
        (draft.moment(2.6, 1.5), draft.draw("episode_minutes") * MINUTE) for _ in range(draft.draw_whole("episodes"))
    )
    affected = draft.handlers[: int(draft.rng.integers(1, 4))]
    timeout = draft.rng.uniform(5, 30) * MINUTE if draft.chance(0.4) else float("inf")
    for handler in affected:
        stacks = (handler, draft.background)
        rate = draft.draw("per_minute") / len(affected)
        drain = draft.rng.uniform(5, 300)
        draft.parts.append(PileUp(stacks, episodes, rate, drain, timeout))
    if draft.chance(0.5):
        child = draft.add_stack((*go.ROUND_TRIP, draft.own(f"(*{draft.verb()}Client).call.func1")))
        draft.parts.append(PileUp((child,), episodes, draft.draw("per_minute"), 60.0, timeout))


def scrape_outage(draft: Draft) -> None:
    """Scrapes fail or are not made at all for a while; the service lives on, and sometimes is deployed meanwhile."""
    start_fleet(draft)
    add_base(draft)
    for _ in range(int(draft.rng.integers(1, 4))):
        begin = draft.moment(1, 3)
        end = begin + draft.draw("outage_minutes") * MINUTE
        error = str(draft.rng.choice(["context deadline exceeded", "connection refused", ""]))
        some = frozenset({int(draft.rng.integers(draft.places))}) if draft.chance(0.3) else frozenset[int]()
        draft.outages.append(Outage(begin, end, error, some))
        if draft.chance(0.4):
            roll_out(draft, (begin + end) / 2, 5 * MINUTE)
