"""Leaks by how they grow and where."""

from benchmarks.detection import frames as go
from benchmarks.detection.base import add_base, add_tiny_base
from benchmarks.detection.draft import Draft
from benchmarks.detection.events import Leak
from benchmarks.detection.fleet import roll_out, start_fleet
from benchmarks.detection.leak_kinds import Look, add_background, add_leak, draw_begin, draw_look, fit_hours, noise_of
from benchmarks.detection.parts import Requests, Sessions
from benchmarks.detection.world import FOREVER, HOUR, MINUTE


def leak_linear(draft: Draft) -> None:
    """So many a minute on each instance, whatever the traffic."""
    begin, per_hour, look = _begin(draft)
    start_fleet(draft)
    add_base(draft)
    _leak(draft, look, per_hour, begin)


def leak_load(draft: Draft) -> None:
    """One request in so many leaks: the rate follows the traffic."""
    begin, per_hour, look = _begin(draft)
    start_fleet(draft)
    add_base(draft)
    leak = Leak(0, look.groups, (1.0,), per_hour, begin, follows=1.0, provable=look.provable)
    add_leak(draft, leak, "by load")


def leak_bursty(draft: Draft) -> None:
    """Each failure of something leaks many at once."""
    begin, per_hour, look = _begin(draft)
    batch = draft.draw("batch")
    fit_hours(draft, begin, per_hour * draft.places, noise=2.5 * batch)
    start_fleet(draft)
    add_base(draft)
    leak = Leak(0, look.groups, (1.0,), per_hour, begin, batch=batch, provable=look.provable)
    add_leak(draft, leak, "bursts")


def leak_exponential(draft: Draft) -> None:
    """What leaks makes more leaks: retries of retries."""
    begin, per_hour, look = _begin(draft)
    doubling = draft.draw("doubling_hours") * HOUR
    draft.hours = min(draft.hours, (begin + 7 * doubling) / HOUR)
    start_fleet(draft)
    add_base(draft)
    leak = Leak(0, look.groups, (1.0,), per_hour, begin, doubling_seconds=doubling, provable=look.provable)
    add_leak(draft, leak, "doubling")


def leak_midrun(draft: Draft) -> None:
    """A deploy in the middle of the recording brings the leak; sometimes another one ends it."""
    begin, per_hour, look = _begin(draft)
    fixed = FOREVER
    if draft.chance(0.3):
        fixed = draft.seconds()
        draft.hours += 3
    start_fleet(draft)
    add_base(draft)
    roll_out(draft, begin, draft.rng.uniform(1, 30) * MINUTE)
    if fixed < FOREVER:
        fixed = roll_out(draft, fixed, draft.rng.uniform(1, 10) * MINUTE)
    releases = frozenset({1})
    leak = Leak(0, look.groups, (1.0,), per_hour, begin, fixed, releases=releases, provable=look.provable)
    add_leak(draft, leak, "since the deploy")


def leak_canary(draft: Draft) -> None:
    """Only the canary leaks: one instance of many, or two."""
    begin, per_hour, look = _begin(draft, everywhere=False)
    canaries = frozenset(range(2 if draft.chance(0.3) else 1))
    start_fleet(draft)
    add_base(draft)
    roll_out(draft, begin, 60.0, places=canaries)
    leak = Leak(0, look.groups, (1.0,), per_hour, begin, releases=frozenset({1}), provable=look.provable)
    add_leak(draft, leak, "canary")


def leak_slow(draft: Draft) -> None:
    """Two an hour on each of many instances."""
    draft.scrape_every(300.0 if draft.chance(0.75) else 60.0)
    begin, per_hour, look = _begin(draft)
    start_fleet(draft)
    add_base(draft)
    leak = Leak(0, look.groups, (1.0,), per_hour, begin, follows=float(draft.chance(0.5)), provable=look.provable)
    add_leak(draft, leak, "slow")


def leak_noisy_peak(draft: Draft) -> None:
    """The leaking stack is a busy one: its healthy goroutines come and go by the dozen, with peaks."""
    begin, per_hour, look = _begin(draft)
    mean = draft.draw("noisy_mean")
    noise = noise_of(mean, draft.places, 0.35)
    fit_hours(draft, begin, per_hour * draft.places, noise)
    start_fleet(draft)
    add_base(draft)
    stack, *twins = look.groups[0]
    draft.parts.append(Requests(stack, mean, mean * 0.4, 1.5, twins=tuple(twins), wander=0.2))
    leak = Leak(0, look.groups, (1.0,), per_hour, begin, provable=look.provable)
    add_leak(draft, leak, "below a noisy peak")


def leak_restarts(draft: Draft) -> None:
    """Deploys cut it off, daily or every few hours; it comes back after each."""
    period = draft.draw("period_hours") * HOUR
    begin, per_hour, look = _begin(draft)
    per_hour = max(per_hour, 1.3 * 60 / (period / HOUR) / draft.places)
    draft.hours = max(draft.hours, (begin + 2.3 * period) / HOUR)
    start_fleet(draft)
    add_base(draft)
    at = begin + period * draft.rng.uniform(0.3, 1)
    while at < draft.seconds():
        roll_out(draft, at, draft.rng.uniform(1, 20) * MINUTE)
        at += period * draft.rng.uniform(0.85, 1.15)
    _leak(draft, look, per_hour, begin)


def leak_tiny(draft: Draft) -> None:
    """A service of fifty goroutines in all."""
    begin, per_hour, look = _begin(draft)
    start_fleet(draft)
    add_tiny_base(draft)
    _leak(draft, look, per_hour, begin)


def leak_huge(draft: Draft) -> None:
    """A service of 300,000 goroutines, nearly all of them users' connections."""
    begin, per_hour, look = _begin(draft)
    start_fleet(draft, youngest_hours=24)
    add_base(draft)
    crowd, client = draft.draw("crowd"), draft.own("(*Client)", "ws")
    reader = (*go.READ, "bufio.(*Reader).Peek", "github.com/gorilla/websocket.(*Conn).NextReader", f"{client}.readPump")
    stacks = (draft.add_stack((*reader, *go.SERVE)), draft.add_stack((*go.SELECT, f"{client}.writePump")))
    stay = draft.rng.uniform(0.3, 3) * HOUR
    draft.parts.append(Sessions(stacks, crowd / 2, stay, rush=0.8, follows=0.3))
    _leak(draft, look, per_hour, begin)


def leak_first_scrape(draft: Draft) -> None:
    """It leaks from before the first scrape on."""
    per_hour, look = 60 * draft.draw("per_minute"), draw_look(draft)
    fit_hours(draft, 3 * HOUR, per_hour * draft.places)
    start_fleet(draft)
    add_base(draft)
    leak = Leak(0, look.groups, (1.0,), per_hour, -200 * HOUR, provable=look.provable)
    add_leak(draft, leak, "from the first scrape")


def _begin(draft: Draft, *, everywhere: bool = True) -> tuple[float, float, Look]:
    """Draw when a leak begins (seconds), its rate an hour on one instance, and its look; fit the recording to it."""
    begin = draw_begin(draft)
    per_hour = 60 * draft.draw("per_minute")
    look = draw_look(draft)
    places = draft.places if everywhere else 1
    mean = 0.0 if draft.klass in {"leak_tiny", "leak_noisy_peak"} else add_background(draft, look)
    fit_hours(draft, begin, per_hour * places, noise_of(mean, places, 0.3))
    return begin, per_hour, look


def _leak(draft: Draft, look: Look, per_hour: float, begin: float) -> None:
    """Add a steady leak."""
    leak = Leak(0, look.groups, (1.0,), per_hour, begin, provable=look.provable, wake_seconds=look.wake_seconds)
    add_leak(draft, leak, "steady")
