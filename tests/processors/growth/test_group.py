"""Which stacks are one leak."""

import numpy as np

from processors.fingerprint import fingerprint
from processors.growth.answer import Answer
from processors.growth.group import Candidate, find_leaders
from processors.growth.roster import Roster
from schemas.model import Fingerprint, Stack


def name(*frames: str, operation: str = "select") -> Fingerprint:
    """Name a stack."""
    return fingerprint(Stack(frames, 1, operation))


def rise(scale: int, *steps: float) -> Answer:
    """Make an answer with these rises, newest first."""
    return Answer(scale, "", (), 9.0, sum(steps), steps[0], 1.0, steps[0], 1.0, 1, ((0, sum(steps)),), steps)


def lead(*stacks: tuple[Fingerprint, tuple[Answer, ...]], opened: int = 0) -> dict[str, str]:
    """Give the site of the leader of each stack by its own; the first `opened` are told already."""
    roster = Roster()
    names = {one.value: one for one, _ in stacks}
    numbers, _ = roster.meet(
        np.array([one.value for one, _ in stacks], np.uint64), np.ones(len(stacks), np.uint64), names.__getitem__
    )
    answers = {
        int(number): {answer.scale: answer for answer in found}
        for number, (_, found) in zip(numbers, stacks, strict=True)
    }
    candidates = [
        Candidate(int(number), one, answers[int(number)]) for number, (one, _) in zip(numbers, stacks, strict=True)
    ]
    leaders = find_leaders(candidates, roster, numbers.tolist()[:opened], answers)
    site = {int(number): one.site for number, (one, _) in zip(numbers, stacks, strict=True)}
    return {site[at]: site[leader] for at, leader in leaders.items()}


FEED = name("example.com/app.(*Feed).run")
SYNC = name("example.com/app.(*Sync).run")


def test_stacks_that_rise_alike_are_one_leak() -> None:
    """The same in every window."""
    assert lead((FEED, (rise(1, 20, 31, 8, 22, 15),)), (SYNC, (rise(1, 20, 30, 8, 22, 15),))) == {
        "example.com/app.(*Feed).run": "example.com/app.(*Feed).run",
        "example.com/app.(*Sync).run": "example.com/app.(*Feed).run",
    }


def test_chance_in_short_windows_does_not_join_what_long_ones_tell_apart() -> None:
    """Two leaks rise alike for some minutes, and not over hours."""
    first = (rise(0, 4, 5, 6, 4, 5), rise(3, 60, 20, 70, 10, 50))
    second = (rise(0, 4, 5, 6, 4, 5), rise(3, 20, 70, 10, 60, 50))
    assert set(lead((FEED, first), (SYNC, second)).values()) == {FEED.site, SYNC.site}


def test_what_grows_many_times_as_fast_is_another_leak() -> None:
    """In step or not."""
    assert set(lead((FEED, (rise(1, 50, 50, 50, 50, 50),)), (SYNC, (rise(1, 10, 10, 10, 10, 10),))).values()) == {
        FEED.site,
        SYNC.site,
    }


def test_client_leads_the_server_of_its_own_process() -> None:
    """The accepted end waits for the other: who dials can mend it."""
    accepted = name("internal/poll.(*FD).Read", "bufio.(*Reader).Peek", "net/http.(*conn).serve", operation="io wait")
    dialled = name("net/http.(*persistConn).readLoop", operation="select")
    steps = (rise(1, 20, 31, 8, 22, 15),)
    assert set(lead((accepted, steps), (dialled, steps)).values()) == {"net/http.(*persistConn).readLoop"}
