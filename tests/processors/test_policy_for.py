"""How the policy of a service and of a stack comes out of the settings."""

from dataclasses import replace

from processors.judge import policy_of
from processors.policy_for import policy_for, policy_for_stack
from schemas.model import Fingerprint
from schemas.settings_detection import DetectionSettings

SETTINGS = DetectionSettings.model_validate(
    {
        "hold_slots": 3,
        "services": [
            {"service": "pay-canary", "enabled": True},
            {"service": "pay-*", "hold_slots": 9, "minimum_growth": 20.0},
            {"service": "batch*", "enabled": False},
        ],
        "patterns": [
            {"site": "main.flush", "service": "pay*", "hold_slots": 30, "minimum_growth": 100.0},
            {"site": "main.*", "enabled": False},
        ],
    }
)
FLUSH = Fingerprint(1, "select", "main.flush", "main.run", ("main.flush", "main.run"))


def test_first_rule_that_matches_a_service_wins() -> None:
    """Keys that it does not name are as in the section."""
    of = {name: policy_for(SETTINGS, name) for name in ("pay-canary", "pay-eu", "cart")}
    assert {name: (policy.hold_slots, policy.minimum_growth, policy.off) for name, policy in of.items()} == {
        "pay-canary": (3, 8.0, ""),
        "pay-eu": (9, 20.0, ""),
        "cart": (3, 8.0, ""),
    }


def test_policy_says_which_rule_switched_it_off() -> None:
    """The place in the settings is what people are told."""
    assert policy_for(SETTINGS, "batch-7").off == "detection.services[2]"


def test_first_rule_that_means_a_stack_gives_its_numbers() -> None:
    """Rules of other services do not count."""
    pay, cart = policy_for(SETTINGS, "pay-eu"), policy_for(SETTINGS, "cart")
    assert (policy_for_stack(pay, FLUSH), [rule.place for rule in cart.rules]) == (
        replace(pay, hold_slots=30),
        ["detection.patterns[1]"],
    )


def test_without_rules_there_is_one_policy() -> None:
    """The numbers of the section hold for every service and stack."""
    plain = DetectionSettings()
    assert policy_for_stack(policy_for(plain, "any"), FLUSH) == policy_of(plain)
