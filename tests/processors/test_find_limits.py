"""How much one process may hold, as far as anybody said."""

import pytest
from pydantic import ValidationError

from processors.find_limits import GOROUTINES_LABEL, MEMORY_LABEL, Limits, find_limits
from schemas.settings_ceilings import CeilingSettings
from schemas.settings_load import load_settings

RULES = (CeilingSettings(service="check*", goroutines=1000), CeilingSettings(memory_bytes=2**30))


@pytest.mark.parametrize(
    ("service", "labels", "expected"),
    [
        ("checkout", {}, Limits(1000, None, "detection.limits", "")),
        ("cart", {}, Limits(None, 2**30, "", "detection.limits")),
        (
            "checkout",
            {GOROUTINES_LABEL: "50", MEMORY_LABEL: "512MiB"},
            Limits(50, 2**29, f"label {GOROUTINES_LABEL}", f"label {MEMORY_LABEL}"),
        ),
        ("cart", {MEMORY_LABEL: "lots", GOROUTINES_LABEL: "0"}, Limits(None, 2**30, "", "detection.limits")),
    ],
)
def test_label_wins_over_the_first_rule_that_matches(service: str, labels: dict[str, str], expected: Limits) -> None:
    """What is no number above zero says nothing."""
    assert find_limits(service, labels, RULES) == expected


def test_nobody_said_anything() -> None:
    """Then no limit is known."""
    assert find_limits("checkout", {}) == Limits()


def test_rules_stand_in_the_settings() -> None:
    """Sizes are written as everywhere."""
    text = "detection: {limits: [{service: 'check*', goroutines: 1000}, {memory_bytes: 1GiB}]}"
    assert load_settings(text, "f").detection.limits == RULES


def test_rule_that_says_nothing_is_refused() -> None:
    """It would hide the rules after it."""
    with pytest.raises(ValidationError, match="name goroutines, memory_bytes or both"):
        CeilingSettings(service="a")
