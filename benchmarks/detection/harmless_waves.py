"""Harmless: what moves with the hours and with users."""

import math
from dataclasses import replace

from benchmarks.detection import frames as go
from benchmarks.detection.base import add_base, add_pool
from benchmarks.detection.draft import Draft
from benchmarks.detection.fleet import add_life, end_life, living, start_fleet
from benchmarks.detection.parts import Requests, Sessions
from benchmarks.detection.world import DAY, HOUR, MINUTE, Curve


def stationary_noise(draft: Draft) -> None:
    """Nothing happens, noisily."""
    start_fleet(draft)
    add_base(draft)


def daily_waves(draft: Draft) -> None:
    """Traffic rises and falls with the day."""
    start_fleet(draft)
    add_base(draft)
    add_pool(draft, 200, 0.6)


def weekly_waves(draft: Draft) -> None:
    """Traffic rises and falls with the week too; looked at every five minutes."""
    draft.scrape_every(300.0)
    draft.traffic = replace(draft.traffic, weekly=draft.draw("weekly"))
    start_fleet(draft)
    add_base(draft)


def pools_follow_traffic(draft: Draft) -> None:
    """Bounded pools and database connections are as large as traffic needs."""
    start_fleet(draft)
    add_base(draft)
    add_pool(draft, round(draft.draw("pool")), 0.9)
    watchers = draft.add_stack(go.MYSQL_WATCHER)
    most = round(draft.draw("pool"))
    stay = draft.rng.uniform(5, 60) * MINUTE
    draft.parts.append(Sessions((watchers,), most * draft.rng.uniform(0.3, 0.8), stay, most=most))


def spike_and_recovery(draft: Draft) -> None:
    """Traffic leaps for minutes and comes back."""
    spikes = tuple(
        (draft.moment(1, 1), draft.draw("spike_minutes") * MINUTE, draft.draw("spike_factor"))
        for _ in range(draft.draw_whole("spikes"))
    )
    draft.curve(Curve(spikes=spikes))
    start_fleet(draft)
    add_base(draft)


def traffic_growth(draft: Draft) -> None:
    """Traffic grows over days: a product that does well."""
    draft.scrape_every(300.0 if draft.chance(0.6) else 60.0)
    draft.curve(Curve(ramps=((draft.moment(0, 40), draft.seconds(), draft.draw("growth_factor")),)))
    start_fleet(draft)
    add_base(draft)


def endpoint_growth(draft: Draft) -> None:
    """One endpoint alone is called more and more, in hours; its connections and workers with it."""
    start_fleet(draft)
    add_base(draft)
    begin = draft.moment(2.6, 4)
    end = begin + draft.draw("growth_hours") * HOUR
    curve = Curve(ramps=((begin, end, draft.draw("growth_factor")),))
    name = draft.verb()
    frames = draft.handler_frames(name)
    stack = draft.add_stack((*go.ROUND_TRIP, *frames, *go.SERVE))
    mean = draft.rng.uniform(2, 25)
    draft.parts.append(Requests(stack, mean, 0.1 * mean, twins=(draft.background,), curve=curve))
    if draft.chance(0.5):
        child = draft.add_stack((*go.RECEIVE, draft.own(f"(*Store).{name}.func1")))
        draft.parts.append(Requests(child, mean * draft.rng.uniform(0.5, 2), curve=curve))


def websockets(draft: Draft) -> None:
    """Users hold connections: each is a reader and a writer, the connected follow the day."""
    start_fleet(draft)
    add_base(draft)
    hub = draft.own("(*Client)", "ws")
    reader = (*go.READ, "bufio.(*Reader).Peek", "github.com/gorilla/websocket.(*Conn).NextReader", f"{hub}.readPump")
    writer = (*go.SELECT, f"{hub}.writePump")
    stacks = [draft.add_stack((*reader, *go.SERVE)), draft.add_stack(writer)]
    if draft.chance(0.5):
        stacks.append(draft.add_stack((*go.RECEIVE, f"{hub}.subscribe.func1")))
    mean, stay = draft.draw("session_mean"), draft.draw("session_minutes") * MINUTE
    draft.parts.append(Sessions(tuple(stacks), mean, stay, spread=1.3, rush=0.7))


def autoscaling(draft: Draft) -> None:
    """Places are added when traffic rises and taken away when it falls; each serves about the same."""
    most = draft.places
    draft.traffic = replace(draft.traffic, phase_seconds=DAY * draft.rng.random())
    start_fleet(draft)
    add_base(draft)
    low, high = max(most // 2, 1), most + 4
    now = len(living(draft, 0.0))
    for moment in range(int(draft.hours * 6)):
        at = moment * 10 * MINUTE
        wave = draft.traffic.daily * _sine(at + draft.traffic.phase_seconds)
        wanted = min(max(round(most * (1 + wave) + 0.3 * draft.rng.standard_normal()), low), high)
        if wanted > now:
            used = {life.place for life in living(draft, at)}
            free = next(place for place in range(high + 1) if place not in used)
            add_life(draft, free, 0, at + 60 * draft.rng.random())
            now += 1
        elif wanted < now and moment % 3 == 0:
            oldest = living(draft, at)[-1]
            end_life(draft, oldest, at + 60 * draft.rng.random() + MINUTE)
            now -= 1


def _sine(seconds: float) -> float:
    """Give the wave of the day at a moment."""
    return math.sin(2 * math.pi * seconds / DAY)
