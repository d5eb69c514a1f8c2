"""What would change the verdict's mind: a sentence for each kind of evidence."""

from collections.abc import Mapping
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.change_mind import change_mind
from processors.evidence_kinds import DEMAND, DUMP, KIND_OF, KINDS, PROOF, SERVING
from processors.growth.questions import QUESTIONS
from schemas.model import Finding, State, Verdict

HELD = (SERVING, DEMAND)
ASKED = [question.name for question in QUESTIONS]


def findings(margins: Mapping[str, float], failed: str = "") -> list[Finding]:
    """Give findings that lie so many limits above their limit of ten; one of them fails."""
    return [Finding(name, name != failed, 10 * (1 + margin), 10.0) for name, margin in margins.items()]


def test_kinds_are_the_questions_in_their_order_and_what_is_found_beyond_them() -> None:
    """A question that is added needs its endings, and every name stands once."""
    assert [kind.name for kind in KINDS] == [
        *ASKED,
        "entry",
        "sum",
        "group",
        "dump",
        "proof",
        "serving",
        "calling",
        "demand",
    ]
    assert set(KIND_OF) == {kind.name for kind in KINDS}


@pytest.mark.parametrize("name", [kind.name for kind in KINDS if kind.name not in HELD])
def test_what_is_refused_is_told_what_it_lacks(name: str) -> None:
    """Whatever else passes, the kind that refused it is named by its ending."""
    told = change_mind(State.FIRING, Verdict.PROBABLE, findings({"load": 1.0, name: 1.0}, failed=name))
    assert told == f"it speaks for a leak again: {KIND_OF[name].persuades}"


@pytest.mark.parametrize("name", [kind.name for kind in KINDS if kind.name not in (DUMP, PROOF, *HELD)])
def test_verdict_is_taken_back_by_what_it_passed_least(name: str) -> None:
    """The narrowest question comes first, and a dump while none was taken."""
    told = change_mind(
        State.FIRING, Verdict.PROBABLE, findings({name: 0.1} | ({"size": 3.0} if name != "size" else {}))
    )
    others = [KIND_OF["size"].retracts] if name != "size" else []
    ends = [KIND_OF[name].retracts, *others, KIND_OF[DUMP].retracts]
    assert told == f"taken back by {', by '.join(ends[:-1])} or by {ends[-1]}"


def test_dump_that_was_taken_is_not_asked_for_again() -> None:
    """Only what may still come can change a mind."""
    seen = [*findings({"load": 0.5}), Finding(DUMP, passed=True, value=0.8, limit=-inf)]
    assert change_mind(State.FIRING, Verdict.PROBABLE, seen) == "taken back by requests that grow as much as it does"


@pytest.mark.parametrize("name", HELD)
def test_suspect_that_may_be_demand_is_told_what_makes_it_more(name: str) -> None:
    """It is held, not refused: what is lacking stands beside what takes it back."""
    seen = [*findings({"load": 0.5}), Finding(name, passed=False, value=0.0, limit=-inf)]
    assert change_mind(State.PENDING, Verdict.SUSPECT, seen) == (
        f"it becomes more than a suspect by {KIND_OF[name].persuades}; taken back by {KIND_OF['load'].retracts}"
        f" or by {KIND_OF[DUMP].retracts}"
    )


def test_suspect_that_passed_everything_lacks_time() -> None:
    """Pending ends with the holding time."""
    told = change_mind(State.PENDING, Verdict.SUSPECT, findings({"load": 0.5}))
    assert told.startswith("it becomes more than a suspect by growth until the holding time is over; taken back")


def test_proof_is_not_taken_back() -> None:
    """The runtime's word stands until the goroutines are gone."""
    told = change_mind(State.FIRING, Verdict.PROVEN, findings({"load": 0.5}))
    assert told == "nothing takes the runtime's proof back: it ends when the goroutines are gone"


@given(
    st.sampled_from(State),
    st.sampled_from(Verdict),
    st.lists(st.builds(Finding, st.sampled_from([*KIND_OF, "?"]), st.booleans(), st.floats(), st.floats())),
)
def test_there_is_always_something_to_say(state: State, verdict: Verdict, found: list[Finding]) -> None:
    """Whatever was found, names of newer writers and numbers that are none included."""
    assert change_mind(state, verdict, found)
