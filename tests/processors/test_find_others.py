"""What is found of a stack beyond the questions of growth."""

from math import inf

import pytest

from processors.find_others import find_others
from processors.fuse_evidence import Fused
from processors.judge import Hold
from schemas.evidence import Stay
from schemas.model import Finding
from tests.processors.fleet import Fleet


@pytest.mark.parametrize(
    ("refused", "fused", "hold", "expected"),
    [
        ("", Fused(), Hold.NO, ()),
        ("load", Fused(), Hold.NO, ()),
        ("entry", Fused(), Hold.NO, (Finding("entry", passed=False, value=0.0, limit=-inf),)),
        ("sum", Fused(), Hold.NO, (Finding("sum", passed=False, value=0.0, limit=-inf),)),
        ("group", Fused(), Hold.NO, (Finding("group", passed=False, value=0.0, limit=-inf),)),
        ("", Fused(0, Stay.STUCK, "s", 0.8), Hold.NO, (Finding("dump", passed=True, value=0.8, limit=-inf),)),
        ("", Fused(0, Stay.LOOPING, "s", 0.5), Hold.NO, (Finding("dump", passed=True, value=0.5, limit=-inf),)),
        (
            "dump",
            Fused(0, Stay.TURNING_OVER, "s", 1.0),
            Hold.NO,
            (Finding("dump", passed=False, value=1.0, limit=-inf),),
        ),
        ("", Fused(7), Hold.NO, (Finding("proof", passed=True, value=7.0, limit=1.0),)),
        ("", Fused(), Hold.SERVING, (Finding("serving", passed=False, value=0.0, limit=-inf),)),
        ("", Fused(), Hold.DEMAND, (Finding("demand", passed=False, value=0.0, limit=-inf),)),
    ],
)
def test_each_kind_is_found_by_its_name(refused: str, fused: Fused, hold: Hold, expected: tuple[Finding, ...]) -> None:
    """Nothing is found where nothing was said."""
    assert find_others(refused, fused, hold) == expected


def test_change_of_state_carries_every_question_with_its_answer() -> None:
    """What fires has passed all of them, in the order in which they are asked."""
    fleet = Fleet()
    fleet.play({"main.work": [30] * 90, "main.leak": [2 * slot for slot in range(90)]})
    [fired] = [one for one in fleet.anomalies() if (one.previous.value, one.state.value) == ("pending", "firing")]
    names = "size load waves crest turnover noise steps halves load_half persistence starting regrowth birth"
    assert [(one.name, one.passed) for one in fired.growth.findings] == [(name, True) for name in names.split()]
