"""Another order, duplicates, lateness within the allowance, a restarted processor: the same decisions."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

import pytest

from processors.memory import ServiceMemory
from processors.pipeline import Step, advance, finish
from processors.snapshot import pack, unpack
from schemas.model import Anomaly, LogPosition, ScrapedProfile
from tests.processors.fleet import BEGIN, POLICY, Fleet

SLOTS = 260
INSTANCES = ("a", "b", "c")


def record() -> list[ScrapedProfile]:
    """Three instances: a leak from slot 60 on, load beside it, one restart of one of them."""
    chance, fleet, held = Random(7), Fleet(), dict.fromkeys(INSTANCES, 0)  # noqa: S311 a recording, no secret
    found = []
    for slot in range(SLOTS):
        for instance in INSTANCES:
            restarted = instance == "b" and slot == 150
            held[instance] = 0 if restarted else held[instance] + (slot >= 60) * chance.choice((0, 1, 2))
            counts = {"main.leak": held[instance], "main.work": 20 + chance.randrange(9), "main.pool": 8}
            version = "v2" if instance == "b" and slot >= 150 else "v1"
            found.append(fleet.scrape(slot, counts, instance=instance, version=version))
    return found


def decide(records: Sequence[ScrapedProfile], restart: Callable[[int], bool] = lambda _: False) -> list[Anomaly]:
    """Take records through a processor that dies and comes back where it is told to."""
    memory = ServiceMemory("checkout")
    anomalies: list[Anomaly] = []
    for offset, scraped in enumerate(records):
        if restart(offset):
            memory = unpack("checkout", pack(memory), memory.stacks)
        step = advance(memory, scraped, LogPosition(0, offset), POLICY)
        anomalies += step.anomalies if isinstance(step, Step) else ()
    return [*anomalies, *finish(memory, POLICY)]


@pytest.fixture(scope="module")
def undisturbed() -> list[Anomaly]:
    """Give what an undisturbed processor decides."""
    return decide(record())


def test_leak_of_the_recording_fires(undisturbed: list[Anomaly]) -> None:
    """The recording is worth being disturbed: its leak is found, and nothing else."""
    assert {(found.fingerprint.site, found.state.value) for found in undisturbed} >= {("main.leak", "firing")}
    assert {found.fingerprint.site for found in undisturbed} == {"main.leak"}


@pytest.mark.parametrize("seed", range(3))
def test_order_within_a_slot_changes_nothing(undisturbed: list[Anomaly], seed: int) -> None:
    """Instances answer when they like."""
    chance, records = Random(seed), record()  # noqa: S311 an order, no secret
    for slot in range(SLOTS):
        part = records[slot * 3 : slot * 3 + 3]
        chance.shuffle(part)
        records[slot * 3 : slot * 3 + 3] = part
    assert decide(records) == undisturbed


def test_duplicates_change_nothing(undisturbed: list[Anomaly]) -> None:
    """A record may come again at once or much later."""
    records = [twice for scraped in record() for twice in (scraped, scraped)]
    assert decide([*records[:700], *records[:300], *records[700:]]) == undisturbed


def test_profile_that_is_late_within_the_allowance_changes_nothing(undisturbed: list[Anomaly]) -> None:
    """One instance is a slot behind the others throughout."""
    late = timedelta(minutes=POLICY.lateness_slots)
    records = sorted(record(), key=lambda item: (item.slot + late * (item.instance == "c"), item.instance))
    assert decide(records) == undisturbed


def test_profile_that_is_later_than_that_is_stored_and_not_judged() -> None:
    """It says so itself, and what was decided stays."""
    fleet = Fleet()
    for slot in (0, 1, 2, 3, 5):
        fleet.feed(fleet.scrape(slot, {"main.work": 3}))
    step = advance(fleet.memory, fleet.scrape(2, {"main.work": 3}, instance="b"), LogPosition(0, 9), POLICY)
    assert isinstance(step, Step)
    assert (step.late, list(step.stored.as_dict().values()), step.counted.scraped.slot) == (
        True,
        [3],
        BEGIN + timedelta(minutes=2),
    )


@pytest.mark.parametrize("every", [1, 7, 64])
def test_restart_changes_nothing(undisturbed: list[Anomaly], every: int) -> None:
    """Memory that went through the store decides as memory that did not."""
    assert decide(record(), lambda offset: offset % every == 0) == undisturbed
