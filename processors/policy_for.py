"""settings -> how one service, and one stack of it, is judged: the first rule that matches wins."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from processors.judge import Policy, policy_of
from processors.match_stack import match_glob, match_stack
from schemas.model import Fingerprint
from schemas.say import BenignEntry, StackRule
from schemas.settings_detection import DetectionSettings, PatternRuleSettings, ServiceRuleSettings

PolicyFor: TypeAlias = Callable[[str], Policy]
"""The name of a service -> its policy."""

_OF_SERVICE = (
    *("learning_slots", "hold_slots", "quiet_slots", "minimum_growth", "lateness_slots"),
    *("serving_minutes", "demand_minutes"),
)
_OF_STACK = ("learning_slots", "hold_slots", "quiet_slots", "serving_minutes", "demand_minutes")
_REMEMBERED = 10_000


def policy_for(settings: DetectionSettings, service: str, benign: Sequence[BenignEntry] = ()) -> Policy:
    """Give the policy of a service; `benign` is what was read of the file that the settings name."""
    index, rule = _find_service_rule(settings, service)
    given = {} if rule is None else {key: value for key in _OF_SERVICE if (value := getattr(rule, key)) is not None}
    return replace(
        policy_of(settings),
        **given,
        off="" if rule is None or rule.enabled else f"detection.services[{index}]",
        rules=tuple(found for found in make_stack_rules(settings) if match_glob(found.service, service)),
        benign=tuple(entry for entry in benign if match_glob(entry.service, service)),
    )


def remember_policies(settings: DetectionSettings, benign: Sequence[BenignEntry] = ()) -> PolicyFor:
    """Give policy_for of these settings, which works out the policy of a service once."""
    return lru_cache(maxsize=_REMEMBERED)(lambda service: policy_for(settings, service, benign))


def policy_for_stack(policy: Policy, name: Fingerprint) -> Policy:
    """Give the policy of one stack: the numbers of the first rule that means it, else those of the service."""
    rule = find_stack_rule(policy, name)
    if rule is None:
        return policy
    return replace(policy, **{key: value for key in _OF_STACK if (value := getattr(rule, key)) is not None})


def find_stack_rule(policy: Policy, name: Fingerprint) -> StackRule | None:
    """Give the first rule that means a stack."""
    return next((rule for rule in policy.rules if match_stack(rule.pattern, name)), None)


def make_stack_rules(settings: DetectionSettings) -> tuple[StackRule, ...]:
    """Read the rules on stacks, in order."""
    return tuple(_make_stack_rule(index, pattern) for index, pattern in enumerate(settings.patterns))


def _make_stack_rule(index: int, rule: PatternRuleSettings) -> StackRule:
    return StackRule(
        place=f"detection.patterns[{index}]",
        pattern=rule.pattern(),
        service=rule.service,
        enabled=rule.enabled,
        minimum_growth=rule.minimum_growth,
        **{key: getattr(rule, key) for key in _OF_STACK},
    )


def _find_service_rule(settings: DetectionSettings, service: str) -> tuple[int, ServiceRuleSettings | None]:
    """Give the first rule that matches a service, with its place."""
    found = ((index, rule) for index, rule in enumerate(settings.services) if match_glob(rule.service, service))
    return next(found, (-1, None))
