"""A replay in several processes: the same lines as in one, or an error."""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakstream.replay_parts import Part, divide, may_split, replay_parts
from processors.replay import END, Replay, Told, Totals
from schemas.model import Anomaly, ScrapedProfile
from schemas.recording import RecordingError
from tests.processors.fleet import POLICY, Fleet

SERVICES = ("auth", "checkout", "search")
SLOTS = 100

pytestmark = pytest.mark.skipif(not may_split(), reason="only Linux goes on in a copy of a process")


def attempts() -> Iterator[tuple[int, ScrapedProfile]]:
    """Scrape three services in turn, each with a leak of its own rate."""
    fleet = Fleet()
    return enumerate(
        replace(fleet.scrape(slot, {f"{name}.leak": 1 + (2 + number) * slot, "main.work": 30}), service=name)
        for slot in range(SLOTS)
        for number, name in enumerate(SERVICES)
    )


def run(part: Part) -> tuple[Iterator[Told], Replay]:
    """Replay the services of a part."""
    replay = Replay(lambda _: POLICY)
    return replay.run((number, scraped) for number, scraped in attempts() if scraped.service in part), replay


def test_parts_tell_what_one_process_would() -> None:
    """The same changes in the same order, the end's by service, and the same totals."""
    whole, replay = run(frozenset(SERVICES))
    expected = list(whole)
    totals = Totals()
    found = list(replay_parts(run, divide(dict.fromkeys(SERVICES, SLOTS), 2), totals))
    assert found == expected
    assert {service for (_, service), _ in found} == set(SERVICES)
    assert totals == replay.totals == Totals(profiles=3 * SLOTS)


def kill_itself(part: Part) -> tuple[Iterator[Told], Replay]:
    """Replay, and die before the last change is told."""
    told, replay = run(part)

    def until_death() -> Iterator[Told]:
        yield next(told)
        os.kill(os.getpid(), signal.SIGKILL)

    return (until_death() if "search" in part else told), replay


def test_dead_process_ends_the_replay() -> None:
    """What the others told is not taken for the whole."""
    parts = [frozenset({"auth"}), frozenset({"search"})]
    with pytest.raises(RecordingError, match="a process that replayed a part ended with -9"):
        list(replay_parts(kill_itself, parts, Totals()))


def cannot_read(_part: Part) -> tuple[Iterator[Told], Replay]:
    """Find the recording gone."""
    raise RecordingError("neither a folder nor a .tar")


def test_error_of_a_part_is_the_error_of_the_replay() -> None:
    """In its own words."""
    with pytest.raises(RecordingError, match=r"^neither a folder nor a \.tar$"):
        list(replay_parts(cannot_read, [frozenset({"a"}), frozenset({"b"})], Totals()))


def test_reader_that_stops_leaves_no_process_behind() -> None:
    """A person interrupts, or pipes into `head`."""
    told = replay_parts(run, divide(dict.fromkeys(SERVICES, SLOTS), 3), Totals())
    assert isinstance(next(told)[1], Anomaly)
    told.close()  # type: ignore[attr-defined]  # it is a generator
    assert multiprocessing.active_children() == []


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 99), max_size=9), st.integers(1, 12))
def test_every_service_stands_in_one_part(profiles: Mapping[str, int], parts: int) -> None:
    """No part is empty, and the fullest has at most one service more than is fair."""
    found = divide(profiles, parts)
    assert sorted(chain.from_iterable(found)) == sorted(profiles)
    assert all(found)
    assert len(found) == min(parts, len(profiles))
    sizes = [sum(profiles[name] for name in part) for part in found]
    assert max(sizes, default=0) <= sum(sizes) / max(1, len(found)) + max(profiles.values(), default=0) + len(profiles)


def test_end_comes_after_every_attempt() -> None:
    """By number."""
    assert max(number for number, _ in attempts()) < END
