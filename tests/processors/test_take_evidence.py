"""Evidence in the memory of a service: what it says, and that it is no scrape."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from processors.fold_evidence import fold_evidence, keep_newest
from processors.memory import ServiceMemory
from processors.pipeline import WEIGHER, advance
from processors.remember_evidence import read_taken
from processors.replay import Replay, Totals
from processors.summary_text import read_summary, write_summary
from processors.take_evidence import MOST_STACKS, EvidenceStep, remember, take_evidence
from schemas.evidence import StackWeight, Summary, Taken, Waits, Weighed
from schemas.heap import HeapReading, MemStats
from schemas.model import FailureReason, Kind, LogPosition, ScrapedProfile
from tests.processors.evidence import name_dumped, read, write_heap
from tests.processors.fleet import POLICY, Fleet
from tests.store_rows import START, minute

LEAK = name_dumped("chan send", "main.send.func1").value
PLACE = LogPosition(0, 7)
WAITS = Waits(((3, 7),), clock_minutes=3)


def scraped(kind: Kind, profile: bytes | None, at: datetime = START, **more: Any) -> ScrapedProfile:
    """Give one piece of evidence."""
    return ScrapedProfile("checkout", "a:1", START, at, 60.0, 0.1, {}, profile, kind=kind, asked_for=LEAK, **more)


def taken(
    kind: Kind, number: int, stacks: tuple[StackWeight, ...], instance: str = "a:1", *, whole: bool = True
) -> Taken:
    """Give a weighed profile of minute `number`."""
    return Taken(minute(number), instance, kind, 1, Summary(stacks, whole=whole))


def test_evidence_is_no_scrape() -> None:
    """It opens and closes no slot, begins no life, meets no stack, counts nothing."""
    memory = ServiceMemory("checkout")
    step = advance(memory, scraped(Kind.LEAK, read("go1.27.3.leaked.pb.gz")), PLACE, POLICY)
    assert isinstance(step, EvidenceStep)
    assert (memory.first_slot, memory.pending, memory.places, memory.stacks) == (None, {}, {}, {})
    assert memory.evidence == {LEAK: Weighed(7, None, START, "a:1")}


def test_same_evidence_again_changes_nothing() -> None:
    """A replay after a crash."""
    memory = ServiceMemory("checkout")
    first = take_evidence(memory, scraped(Kind.LEAK, read("go1.27.3.leaked.pb.gz")), PLACE, WEIGHER)
    once = dict(memory.evidence)
    again = take_evidence(memory, scraped(Kind.LEAK, read("go1.27.3.leaked.pb.gz")), PLACE, WEIGHER)
    assert (first, once, len(memory.taken)) == (again, memory.evidence, 1)


def test_failed_attempt_and_unreadable_profile_say_nothing_and_are_kept() -> None:
    """The first with its own reason, the second with ours and its bytes."""
    memory = ServiceMemory("checkout")
    away = scraped(Kind.TEXT, None, failure=FailureReason.TIMEOUT, error="late")
    assert take_evidence(memory, away, PLACE, WEIGHER) == EvidenceStep(away, PLACE, Summary(), b"")
    step = take_evidence(memory, scraped(Kind.TEXT, b"<html>"), PLACE, WEIGHER)
    assert (step.scraped.failure, step.scraped.error, step.profile, memory.evidence) == (
        FailureReason.MALFORMED,
        "byte 0: not a dump: no goroutine in it: b'<html>'",
        b"<html>",
        {},
    )


def test_stack_that_was_asked_for_is_kept_however_small() -> None:
    """Of the others those with the most goroutines."""
    blocks = [
        f"goroutine {number} [select]:\nmain.f{number}()\n\t/m.go:1 +0x1\n\n" * (1 if number == 999 else 2)
        for number in [*range(1, MOST_STACKS + 2), 999]
    ]
    wanted = name_dumped("select", "main.f999").value
    memory = ServiceMemory("checkout")
    found = scraped(Kind.TEXT, "".join(blocks).encode())
    step = take_evidence(memory, ScrapedProfile(**{**_fields(found), "asked_for": wanted}), PLACE, WEIGHER)
    kept = [weight.fingerprint for weight in step.summary.stacks]
    assert (len(kept), kept[-1], memory.evidence[wanted].waits) == (MOST_STACKS + 1, wanted, Waits(((0, 1),)))


def _fields(noun: ScrapedProfile) -> dict[str, Any]:
    """Give the fields of a profile."""
    return {name: getattr(noun, name) for name in ScrapedProfile.__slots__}


def test_dump_gives_waits_and_leak_profile_proof() -> None:
    """Both stand together; what the profile does not name on its instance is not proven there."""
    dump = taken(Kind.TEXT, 0, (StackWeight(1, 9, waits=WAITS), StackWeight(2, 9, waits=WAITS)))
    leaks = taken(Kind.LEAK, 1, (StackWeight(2, 5, leaked=5), StackWeight(3, 4, leaked=4)))
    assert fold_evidence([dump, leaks]) == {
        1: Weighed(0, WAITS, minute(1), "a:1"),
        2: Weighed(5, WAITS, minute(1), "a:1"),
        3: Weighed(4, None, minute(1), "a:1"),
    }


def test_reading_of_memory_says_nothing_of_waits_or_proof() -> None:
    """What a dump and the runtime said stands."""
    dump = taken(Kind.TEXT, 0, (StackWeight(1, 9, waits=WAITS),))
    assert fold_evidence([dump, taken(Kind.HEAP, 1, ())]) == fold_evidence([dump])


def test_reading_of_memory_stands_beside_its_process() -> None:
    """With the goroutines of the newest scrape, and how long before goroutineleak was begun."""
    fleet, places = Fleet(), LogPosition(0, 9)
    stack = fleet.scrape(0, {"main.a": 7, "main.b": 2}, instance="a:1")
    fleet.feed(stack)
    value = next(v for v, known in fleet.memory.stacks.items() if known.fingerprint.site == "main.a")
    body = write_heap(2**20, 2**15)
    for at in (20, 59):
        leaks = replace(scraped(Kind.LEAK, read("go1.27.3.leaked.pb.gz")), scraped_at=START + timedelta(seconds=at))
        take_evidence(fleet.memory, leaks, places, WEIGHER)
    heap = replace(scraped(Kind.HEAP, body), scraped_at=START + timedelta(seconds=61), asked_for=value)
    step = take_evidence(fleet.memory, heap, places, WEIGHER)
    stats = MemStats(2**20, 2**20, 2**15, 2**40, 2**21, 2**21, 3)
    assert step.summary == Summary(heap=HeapReading(stats, 9, 7, None, 2.0))
    late = replace(heap, scraped_at=START + timedelta(seconds=121))
    later = take_evidence(fleet.memory, late, places, WEIGHER).summary.heap
    assert later == HeapReading(stats, 9, 7)


def test_profile_that_is_not_whole_clears_nothing() -> None:
    """What could not be read may have been the proof."""
    dump = taken(Kind.TEXT, 0, (StackWeight(1, 9, waits=WAITS),))
    assert fold_evidence([dump, taken(Kind.LEAK, 1, (), whole=False)]) == {1: Weighed(None, WAITS, minute(0), "a:1")}


def test_proof_of_one_instance_outlives_the_silence_of_another() -> None:
    """On its own instance the newest word counts."""
    proof = taken(Kind.LEAK, 0, (StackWeight(1, 5, leaked=5),))
    assert fold_evidence([proof, taken(Kind.LEAK, 1, (), "b:1")])[1] == Weighed(5, None, minute(0), "a:1")
    assert fold_evidence([proof, taken(Kind.LEAK, 1, ())])[1] == Weighed(0, None, minute(1), "a:1")


def test_dump_after_a_leak_profile_repeats_the_runtimes_word() -> None:
    """Its header says `(leaked)`."""
    dump = taken(Kind.TEXT, 0, (StackWeight(1, 9, leaked=6, waits=WAITS),))
    assert fold_evidence([dump]) == {1: Weighed(6, WAITS, minute(0), "a:1")}


def test_evidence_of_yesterday_is_let_go() -> None:
    """A day before the newest, as the query that restores it does."""
    old, new = taken(Kind.TEXT, 0, ()), taken(Kind.TEXT, 24 * 60, ())
    assert keep_newest([new, old, new]) == [new]


def test_replay_weighs_what_was_recorded_beside_scrapes() -> None:
    """By the same code, counted apart; what cannot be read is a failed attempt."""
    fleet, replay = Fleet(), Replay(lambda _: POLICY)
    found = [scraped(Kind.LEAK, read("go1.27.3.leaked.pb.gz")), scraped(Kind.TEXT, b"<html>")]
    found.append(scraped(Kind.HEAP, write_heap(2**20, 2**15), minute(2)))
    attempts = [fleet.scrape(0, {"main.a": 1}), *found, fleet.scrape(1, {"main.a": 1})]
    assert list(replay.run(enumerate(attempts))) == []
    assert replay.totals == Totals(profiles=2, failed=1, evidence=2)
    assert replay.services["checkout"].evidence == {LEAK: Weighed(7, None, START, "a:1")}


MINUTES = st.dictionaries(st.integers(0, 3000), st.integers(1, 100), max_size=4).map(lambda d: tuple(sorted(d.items())))
WEIGHTS = st.builds(
    StackWeight,
    st.integers(0, 2**64 - 1),
    st.integers(1, 1000),
    st.integers(0, 9),
    st.none() | st.builds(Waits, MINUTES, st.integers(0, 9), MINUTES, st.integers(0, 99)),
    st.dictionaries(st.text(max_size=5), st.integers(1, 9), max_size=3).map(lambda d: tuple(d.items())),
)
NUMBERS = st.integers(0, 2**62)
STATS = st.builds(MemStats, *[NUMBERS] * 9)
HEAPS = st.builds(
    HeapReading,
    STATS,
    st.integers(0, 10**6),
    st.none() | st.integers(0, 10**6),
    st.none() | st.integers(0, 99).map(minute),
    st.none() | st.floats(0, 60),
)
SUMMARIES = st.builds(
    Summary,
    st.lists(WEIGHTS, max_size=4, unique_by=lambda weight: weight.fingerprint).map(tuple),
    st.dictionaries(st.text(max_size=5), st.integers(1, 9), max_size=2),
    st.integers(0, 3),
    st.booleans(),
    st.none() | HEAPS,
)
TAKEN = st.lists(
    st.builds(
        Taken,
        st.integers(0, 3000).map(minute),
        st.sampled_from(["a:1", "b:1"]),
        st.sampled_from([Kind.TEXT, Kind.LEAK, Kind.HEAP]),
        st.integers(1, 3),
        SUMMARIES,
    ),
    max_size=8,
    unique_by=lambda one: (one.at, one.instance, one.kind),
)


@given(SUMMARIES)
def test_summary_outlives_its_json(summary: Summary) -> None:
    """What is written is read."""
    assert read_summary(write_summary(summary)) == summary


@given(TAKEN)
def test_memory_restored_from_the_store_says_the_same(all_taken: list[Taken]) -> None:
    """However it came: one by one, or as rows of the last day."""
    live, restored = ServiceMemory("checkout"), ServiceMemory("checkout")
    for one in all_taken:
        remember(live, [one])
    rows = [
        {
            "instance": one.instance,
            "kind": one.kind.value,
            "fingerprint": one.asked_for,
            "taken_at": one.at,
            "summary": write_summary(one.summary),
        }
        for one in all_taken
    ]
    remember(restored, [read_taken(row) for row in rows])
    assert (live.taken, live.evidence) == (restored.taken, restored.evidence)
