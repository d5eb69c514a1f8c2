"""One task for each target, each with its own rhythm, at most one scrape of a target in flight.

A target that leaves the list, or comes back with other labels, ends its scrape first: its successor waits for it. What
was under way when everything stopped leaves a record like every other attempt.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp

from collectors.find import Assignment, Key
from collectors.schedule import Due, catch_up, due_after, next_due
from collectors.scrape import Attempt, interrupt, miss, scrape, skip
from collectors.waiting import pause
from schemas.ports import Clock


@dataclass(frozen=True, slots=True)
class Desk:
    """What every scrape needs. `keep` takes each attempt; `in_flight` bounds how many there are at a time."""

    session: aiohttp.ClientSession
    clock: Clock
    keep: Callable[[Attempt], None]
    in_flight: asyncio.Semaphore


@dataclass(slots=True)
class _Follower:
    """One target that is followed, until told to leave."""

    assignment: Assignment
    leave: asyncio.Event
    task: asyncio.Task[None]


@dataclass(slots=True)
class Crew:
    """The followers of all targets."""

    desk: Desk
    _present: dict[Key, _Follower] = field(default_factory=dict)
    _leaving: dict[Key, asyncio.Task[None]] = field(default_factory=dict)

    def assign(self, wanted: Mapping[Key, Assignment]) -> None:
        """Follow these targets and no others; those that stay as they are notice nothing."""
        changed = [key for key, follower in self._present.items() if wanted.get(key) != follower.assignment]
        for key in changed:
            follower = self._present.pop(key)
            follower.leave.set()
            self._leaving[key] = follower.task
        for key in wanted.keys() - self._present.keys():
            leave = asyncio.Event()
            body = _follow(wanted[key], self.desk, leave, self._leaving.pop(key, None))
            self._present[key] = _Follower(wanted[key], leave, asyncio.create_task(body))

    def find(self, key: Key) -> Assignment | None:
        """Give a target that is followed now, None when it is none of ours."""
        follower = self._present.get(key)
        return follower.assignment if follower else None

    def check(self) -> None:
        """Forget who has left; raise what ended a follower by mistake."""
        for task in (*self._leaving.values(), *(follower.task for follower in self._present.values())):
            if task.done():
                task.result()
        self._leaving = {key: task for key, task in self._leaving.items() if not task.done()}

    async def disband(self, grace_seconds: float) -> None:
        """Begin no scrape any more; let those in flight end for so long, then interrupt them."""
        for follower in self._present.values():
            follower.leave.set()
        tasks = [*self._leaving.values(), *(follower.task for follower in self._present.values())]
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


async def _follow(
    assignment: Assignment, desk: Desk, leave: asyncio.Event, predecessor: asyncio.Task[None] | None
) -> None:
    """Scrape one target in each of its slots until told to leave."""
    target, _ = assignment
    if predecessor is not None:
        await asyncio.wait([predecessor])
    due = next_due(target, desk.clock.now())
    while not leave.is_set():
        now = desk.clock.now()
        due, lost = catch_up(target, due, now)
        for missed in lost:
            desk.keep(Attempt(miss(target, missed, now)))
        if now < due.at:
            await pause((due.at - now).total_seconds(), leave)
            continue
        async with desk.in_flight:
            if leave.is_set():
                return
            await _attempt(assignment, due, desk)
        now = desk.clock.now()
        due, passed = due_after(target, due, now)
        for skipped in passed:
            desk.keep(Attempt(skip(target, skipped, now)))


async def _attempt(assignment: Assignment, due: Due, desk: Desk) -> None:
    """Scrape once, and keep what came of it, also when interrupted."""
    target, limits = assignment
    started = desk.clock.now()
    try:
        attempt = await scrape(desk.session, target, due, limits, desk.clock)
    except asyncio.CancelledError:
        desk.keep(Attempt(interrupt(target, due, (started, desk.clock.now()))))
        raise
    desk.keep(attempt)
