"""What a dump decides: a rise that growth alone leaves in doubt, and a group of which one stack is proven."""

from collections.abc import Callable

from processors.ask_evidence import AskPolicy
from processors.pipeline import Step, advance
from processors.take_evidence import remember
from schemas.evidence import EvidenceRequest, StackWeight, Summary, Taken, Waits
from schemas.model import Kind, LogPosition
from tests.processors.fleet import BEGIN, Fleet

ASKING = AskPolicy((Kind.TEXT,), cool_down_seconds=1800.0)
LEAK_FROM = 60
SLOTS = 150

Answer = Callable[[EvidenceRequest, int], Waits]


def count(slot: int) -> int:
    """Three goroutines in two slots: as many as doubt allows in eighteen slots."""
    return max(0, slot - LEAK_FROM) * 3 // 2


def stay(_request: EvidenceRequest, slot: int) -> Waits:
    """Give a dump in which all have waited since they came."""
    waited = sorted(slot - born for born in range(LEAK_FROM, slot) for _ in range(count(born + 1) - count(born)))
    return Waits(tuple((minutes, waited.count(minutes)) for minutes in sorted(set(waited))))


def go(_request: EvidenceRequest, slot: int) -> Waits:
    """Give a dump in which none is older than a minute."""
    young = ((0, count(slot)),)
    return Waits(young, aged=young, clock_minutes=slot)


def play(answer: Answer | None) -> tuple[list[tuple[int, str, str]], list[int]]:
    """Play a slow leak; give its story with reasons, and the slots in which a dump was asked for."""
    fleet, asked = Fleet(), []
    for slot in range(SLOTS):
        scraped = fleet.scrape(slot, {"main.work": 20, "main.leak": count(slot)})
        step = advance(fleet.memory, scraped, LogPosition(0, slot), fleet.policy, asking=ASKING if answer else None)
        assert isinstance(step, Step)
        fleet.steps.append(step)
        for request in step.requests:
            asked.append(slot)
            weight = StackWeight(request.fingerprint, count(slot), waits=answer(request, slot) if answer else None)
            taken = Taken(scraped.slot, request.instance, Kind.TEXT, request.fingerprint, Summary((weight,)))
            remember(fleet.memory, [taken])
    story = [
        (round((a.slot - BEGIN).total_seconds() / 60), a.state.value, a.reason.split(":")[0])
        for a in fleet.anomalies()
        if a.state is not a.previous
    ]
    return story, asked


def test_doubtful_rise_is_asked_about_and_fires_when_its_goroutines_stay() -> None:
    """Sooner than growth alone would have told, and without the holding time."""
    (story, asked), (alone, _) = play(stay), play(None)
    assert (story[0][1:], story[0][0] < alone[0][0], asked[0] <= story[0][0] + 1) == (
        ("firing", "it grows like a leak, and a dump shows that its goroutines stay"),
        True,
        True,
    )


def test_rise_whose_goroutines_go_never_fires() -> None:
    """A dump refuses what growth would call a leak, each time it is asked."""
    (story, asked), (alone, _) = play(go), play(None)
    assert ("firing" in [state for _, state, _ in alone], "firing" in [state for _, state, _ in story], len(asked)) == (
        True,
        False,
        2,
    )
