"""When the memory of a process is read, and what that makes of a leak."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from processors.ask_evidence import Asked, AskPolicy, NotAsked
from processors.ask_heap import FiringLeak, Turns, ask_heap, is_grown
from processors.find_cost import find_cost
from processors.memory import ServiceMemory
from processors.pipeline import Step, advance
from processors.remember_evidence import read_taken, remember_requests
from processors.summary_text import write_summary
from processors.take_evidence import EvidenceStep, remember
from schemas.evidence import EvidenceRequest, Summary, Taken
from schemas.heap import GoroutineCost, HeapReading, MemStats
from schemas.model import Kind, LogPosition, State
from tests.processors.evidence import write_heap
from tests.processors.fleet import BEGIN, Fleet
from tests.store_rows import START, minute

POLICY = AskPolicy((Kind.TEXT, Kind.LEAK, Kind.HEAP), 1800)
LEAK = FiringLeak("checkout", 255, START, "a:1", 1_000, 600, minute(-90))
REQUEST = EvidenceRequest("checkout", "a:1", 255, (Kind.HEAP,), START, 1_000, minute(-90))
READ = HeapReading(MemStats(1, 1, 1, 1, 1, 1, 1), goroutines=700, of_stack=300, life=minute(-90))
OTHERS = EvidenceRequest("checkout", "a:1", 255, (Kind.TEXT, Kind.LEAK), START, 1_000, minute(-90), 7)


def asked(*slots: datetime, fingerprint: int = 255, instance: str = "a:1") -> Asked:
    """Give a memory of requests."""
    memory = Asked()
    for slot in slots:
        memory.note(fingerprint, instance, slot)
    return memory


@pytest.mark.parametrize("read", [None, READ])
def test_leak_that_fires_is_read_at_once_and_again_when_it_has_grown(read: HeapReading | None) -> None:
    """By half, here from 300 to 600."""
    assert ask_heap(replace(LEAK, read=read), Turns(Asked(), Asked()), POLICY, START) == REQUEST


def test_reading_comes_last_in_a_request_for_other_evidence() -> None:
    """One request of a process in a slot; that it was just asked for the other kinds does not matter."""
    leak, turns = replace(LEAK, beside=OTHERS, settles=True), Turns(Asked(), asked(START))
    assert ask_heap(leak, turns, POLICY, START) == replace(OTHERS, kinds=(Kind.TEXT, Kind.LEAK, Kind.HEAP))


@pytest.mark.parametrize(
    ("leak", "turns", "policy", "reason"),
    [
        (LEAK, Turns(Asked(), Asked()), AskPolicy((Kind.TEXT,), 1800), NotAsked.NOTHING_TO_TAKE),
        (replace(LEAK, instance=""), Turns(Asked(), Asked()), POLICY, NotAsked.NO_INSTANCE),
        (replace(LEAK, read=replace(READ, of_stack=450)), Turns(Asked(), Asked()), POLICY, NotAsked.NOT_GROWN),
        (replace(LEAK, settles=True), Turns(Asked(), Asked()), POLICY, NotAsked.SETTLES_LATER),
        (LEAK, Turns(Asked(), asked(minute(-29), fingerprint=7)), POLICY, NotAsked.INSTANCE_RESTS),
        (LEAK, Turns(asked(minute(-29), fingerprint=7), Asked()), POLICY, NotAsked.INSTANCE_RESTS),
        (LEAK, Turns(asked(START, instance="b:1"), Asked()), POLICY, NotAsked.SUSPECT_RESTS),
        (
            replace(LEAK, since=minute(-99)),
            Turns(asked(minute(-90), minute(-40)), Asked()),
            POLICY,
            NotAsked.SUSPECT_RESTS,
        ),
    ],
)
def test_nothing_is_read_without_a_reason_why_not(
    leak: FiringLeak, turns: Turns, policy: AskPolicy, reason: NotAsked
) -> None:
    """Each refusal has its word; the third reading waits for an hour."""
    assert ask_heap(leak, turns, policy, START) is reason


@pytest.mark.parametrize(
    ("before", "now", "grown"),
    [(0, 99, False), (0, 100, True), (300, 449, False), (300, 450, True), (9_000, 9_999, False), (9_000, 10_000, True)],
)
def test_growth_by_half_or_by_a_thousand_is_worth_a_reading(before: int, now: int, *, grown: bool) -> None:
    """And by a hundred at least."""
    assert is_grown(before, now) is grown


LEAK_FROM, SLOTS, PER_SLOT = 60, 240, 10
POOL = 30


def play() -> tuple[Fleet, list[tuple[int, EvidenceRequest]], list[EvidenceStep]]:
    """Play a leak of ten goroutines a minute that hold 16 KiB each; what is asked for its memory is answered."""
    fleet, requests, steps = Fleet(), [], []
    for slot in range(SLOTS):
        leaked = PER_SLOT * max(0, slot - LEAK_FROM)
        scraped = fleet.scrape(slot, {"main.work": POOL, "main.leak": leaked})
        step = advance(fleet.memory, scraped, LogPosition(0, slot), fleet.policy, asking=POLICY)
        assert isinstance(step, Step)
        fleet.steps.append(step)
        for request in step.requests:
            requests.append((slot, request))
            if Kind.HEAP not in request.kinds:
                continue
            body = write_heap(2**20 + 16_384 * leaked, 4_096 * (leaked + POOL), collections=slot)
            taken = replace(scraped, profile=body, kind=Kind.HEAP, asked_for=request.fingerprint)
            answered = advance(fleet.memory, taken, LogPosition(0, slot), fleet.policy)
            assert isinstance(answered, EvidenceStep)
            steps.append(answered)
    return fleet, requests, steps


def test_memory_is_read_of_what_fires_and_twice_tells_what_a_goroutine_costs() -> None:
    """Dumps of the suspect come as before; every reading is of the same process, further apart each time."""
    fleet, requests, steps = play()
    story = [(slot, state) for slot, site, state in fleet.story() if site == "main.leak"]
    fires = next(slot for slot, state in story if state == State.FIRING.value)
    first, *later = [slot for slot, request in requests if Kind.HEAP in request.kinds]
    assert fires <= first <= fires + 31
    assert all(gap >= 30 for gap in (after - before for before, after in zip([first, *later], later, strict=False)))
    others = [slot for slot, request in requests if Kind.TEXT in request.kinds]
    assert others[0] < first
    value = requests[0][1].fingerprint
    cost = find_cost(fleet.memory.taken, value)
    assert cost is not None
    assert (len(steps) >= 2, cost.measured, cost.low_bytes < 20_480 < cost.high_bytes) == (True, True, True)
    assert [step.summary.heap.of_stack for step in steps if step.summary.heap] == [
        PER_SLOT * (slot - LEAK_FROM) for slot in [first, *later]
    ]
    assert {step.summary.heap.life for step in steps if step.summary.heap} == {BEGIN}


def test_restored_memory_asks_and_costs_the_same() -> None:
    """From rows of the store, as the queries give them."""
    fleet, requests, steps = play()
    restored, live = ServiceMemory("checkout"), fleet.memory
    remember_requests(
        restored,
        [
            {
                "fingerprint": request.fingerprint,
                "instance": request.instance,
                "slot": request.slot,
                "kinds": [kind.value for kind in request.kinds],
            }
            for _, request in requests
        ],
    )
    rows = [
        {
            "instance": step.scraped.instance,
            "kind": step.scraped.kind.value,
            "fingerprint": step.scraped.asked_for,
            "taken_at": step.scraped.scraped_at,
            "summary": write_summary(step.summary),
        }
        for step in steps
    ]
    remember(restored, [read_taken(row) for row in rows])
    assert (restored.asked, restored.asked_heap, restored.taken) == (live.asked, live.asked_heap, live.taken)


def test_change_of_state_carries_the_cost() -> None:
    """So that a ticket says it."""
    fleet, _, _ = play()
    memory = fleet.memory
    for slot in range(SLOTS, SLOTS + 200):
        fleet.feed(fleet.scrape(slot, {"main.work": POOL}))
    resolved = next(one for one in fleet.anomalies() if one.state is State.RESOLVED)
    assert resolved.cost == find_cost(memory.taken, resolved.fingerprint.value)
    assert isinstance(resolved.cost, GoroutineCost)
    assert resolved.slot > BEGIN + timedelta(minutes=SLOTS)


def test_reading_waits_for_goroutineleak_where_the_process_has_it() -> None:
    """Not once the leak is proven: then nothing else is asked of it."""
    fleet, leaks = Fleet(), []
    for slot in range(SLOTS):
        scraped = fleet.scrape(slot, {"main.work": POOL, "main.leak": PER_SLOT * max(0, slot - LEAK_FROM)})
        step = advance(fleet.memory, scraped, LogPosition(0, slot), fleet.policy, asking=POLICY)
        assert isinstance(step, Step)
        for request in step.requests:
            leaks.append(request.kinds)
            summary = Summary(whole=True)
            remember(fleet.memory, [Taken(scraped.slot, request.instance, Kind.LEAK, request.fingerprint, summary)])
    assert leaks[:2] == [POLICY.kinds[:2], POLICY.kinds]
    assert (Kind.HEAP,) not in leaks
