"""Tickets under seeded schedules of everything that can go wrong, and when there are far too many."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from processors.tickets.hide import Quiet, Window
from schemas.model import State
from tests.processors.tickets.schedules import Schedule
from tests.ticket_maker import NOW, make_anomaly, renamed


@pytest.mark.parametrize("seed", range(1, 25))
def test_tracker_shows_what_is_true_whatever_went_wrong(seed: int) -> None:
    """Never two open tickets for a leak, none lost, none open for a leak that is gone; nothing said twice."""
    assert Schedule(seed).run().wrong == []


def many(schedule: Schedule, leaks: int, state: State = State.FIRING, services: int = 50) -> None:
    """Let so many leaks fire, or be resolved, in one minute."""
    previous = State.PENDING if state is State.FIRING else State.FIRING
    schedule.clock.pass_(minutes=1)
    for number in range(leaks):
        fingerprint = replace(renamed(f"main.leak{number}"), value=number)
        made = make_anomaly(state, previous, service=f"service-{number % services}", fingerprint=fingerprint)
        grown = replace(made.growth, goroutines=100 + number)
        schedule.tape.append(replace(made, slot=schedule.clock.now(), growth=grown))


def work(schedule: Schedule, rounds: int) -> None:
    """Let the notifier work, a minute a round."""
    for _ in range(rounds):
        schedule.clock.pass_(minutes=1)
        schedule.work()


def test_ten_thousand_leaks_at_once_keep_the_budget_and_one_roll_up() -> None:
    """Twenty a service and two hundred in all have a ticket; one ticket stands for the others until there is room."""
    schedule = Schedule(1, quiet=Quiet(per_service=20, overall=200)).start()
    many(schedule, 10_000)
    work(schedule, 102)
    tracker = schedule.tracker
    assert len(tracker.open_issues()) == 201
    assert [issue.marker for issue in tracker.issues if "g1-" not in issue.marker] == ["roll-up"]
    assert max(Counter(marker.split("/")[0] for marker in tracker.open_issues()).values()) <= 20
    assert (schedule.members[0].deliverer.open, schedule.tape.committed_offset) == ([], 10_000)
    many(schedule, 10_000, State.RESOLVED)
    work(schedule, 102)
    schedule.clock.pass_(hours=30)
    schedule.store.scraped = schedule.clock.now()
    work(schedule, 4)
    assert tracker.open_issues() == []


def test_leak_without_room_gets_its_ticket_when_there_is_some() -> None:
    """The one that leaks most first."""
    schedule = Schedule(1, quiet=Quiet(per_service=1, overall=10)).start()
    many(schedule, 3, services=1)
    work(schedule, 2)
    assert schedule.tracker.open_issues() == ["roll-up", "service-0/g1-0000000000000000"]
    first = next(issue for issue in schedule.tracker.issues if issue.marker != "roll-up")
    schedule.tracker.act(first, is_open=False)
    work(schedule, 12)
    assert "service-0/g1-0000000000000002" in schedule.tracker.open_issues()


def test_leak_that_stays_is_told_after_the_maintenance() -> None:
    """And one that is gone by then never is."""
    window = Window("service-*", NOW, NOW + timedelta(hours=2), "moving house")
    schedule = Schedule(1, quiet=Quiet(windows=(window,))).start()
    many(schedule, 2, services=2)
    work(schedule, 3)
    assert schedule.tracker.issues == []
    gone = make_anomaly(
        State.RESOLVED, State.FIRING, service="service-1", fingerprint=replace(renamed("main.leak1"), value=1)
    )
    schedule.tape.append(replace(gone, slot=schedule.clock.now()))
    work(schedule, 2)
    schedule.clock.pass_(hours=3)
    work(schedule, 2)
    assert schedule.tracker.open_issues() == ["service-0/g1-0000000000000000"]
