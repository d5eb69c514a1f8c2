"""judged stack -> a change of state as people are told of it."""

from processors.find_cost import find_cost
from processors.judge import TRANSITIONS, Event, verdict_of
from processors.judge_stacks import Judged
from processors.memory import ServiceMemory
from schemas.model import Anomaly, State


def tell(memory: ServiceMemory, judged: Judged) -> Anomaly:
    """Say what changed, with the growth that carried it."""
    growth, before, event = judged.growth, judged.before, judged.event
    known = memory.stacks[growth.fingerprint.value]
    state = TRANSITIONS[before.state][event] if event else before.state
    sentence = event.value if event else ""
    return Anomaly(
        service=memory.name,
        fingerprint=growth.fingerprint,
        slot=growth.slot,
        state=state,
        previous=before.state,
        verdict=verdict_of(
            before.state if state is State.RESOLVED else state, proven=before.proven or judged.watch.proven
        ),
        reason=f"{sentence}: {growth.reason}" if growth.candidate or event is Event.SILENCED else sentence,
        since=before.since or growth.slot,
        growth=growth,
        first_version=known.first_version,
        first_seen=known.first_seen,
        cost=find_cost(memory.taken, growth.fingerprint.value),
    )
