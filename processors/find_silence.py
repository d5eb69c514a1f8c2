"""growth of a stack -> why people want no alarm of it, None when they do.

Rule 1: a service that is off silences all; then the word on the very stack counts, then lists, then rules on patterns.
Rule 2: what a person called a leak is silenced by nothing but its service.
Rule 3: harmless is harmless up to so many goroutines and until a day, by the slot; past either it is judged as usual.
"""

from collections.abc import Iterable
from datetime import datetime

from processors.judge import Policy
from processors.match_stack import match_glob, match_stack
from processors.policy_for import find_stack_rule
from schemas.model import Growth
from schemas.say import BenignEntry, Opinion, PersonalVerdict, Silence, Source


def find_silence(
    growth: Growth,
    rise: float | None,
    policy: Policy,
    verdict: PersonalVerdict | None = None,
    listed: Iterable[BenignEntry] = (),
) -> Silence | None:
    """Say who wants no alarm of a stack, and why.

    `rise` is by how many goroutines a candidate that is not reported yet rose, None for all others: what is reported is
    not taken back because it grows less. `verdict` is the newest on this stack, `listed` what the table of benign
    growth holds.
    """
    if policy.off:
        return Silence(Source.SERVICE_OFF, f"judgement is off for this service ({policy.off})")
    if verdict is not None:
        if verdict.opinion is Opinion.LEAK:
            return None
        if _covers(verdict.expires, verdict.up_to, growth):
            return Silence(Source.VERDICT, _say(verdict.by, verdict.reason, verdict.up_to, verdict.expires))
    for entry in (*policy.benign, *listed):
        if _means(entry, growth) and _covers(entry.expires, entry.up_to, growth):
            return Silence(entry.source, _say(entry.owner, entry.reason, entry.up_to, entry.expires))
    return _find_rule(growth, rise, policy)


def _find_rule(growth: Growth, rise: float | None, policy: Policy) -> Silence | None:
    """Say whether the rule on the stack silences it."""
    rule = find_stack_rule(policy, growth.fingerprint)
    if rule is None:
        return None
    if not rule.enabled:
        return Silence(Source.PATTERN, f"stacks of this pattern are not reported ({rule.place})")
    if rule.minimum_growth is not None and rise is not None and rise < rule.minimum_growth:
        return Silence(Source.PATTERN, f"less than {rule.minimum_growth:g} goroutines of growth ({rule.place})")
    return None


def _means(entry: BenignEntry, growth: Growth) -> bool:
    return match_glob(entry.service, growth.service) and match_stack(entry.pattern, growth.fingerprint)


def _covers(expires: datetime | None, up_to: int, growth: Growth) -> bool:
    """Say whether what is known as harmless holds in this slot, for so many goroutines."""
    return (expires is None or growth.slot < expires) and growth.goroutines <= up_to


def _say(who: str, reason: str, up_to: int, expires: datetime | None) -> str:
    """Put an exemption into words."""
    until = f" until {expires:%Y-%m-%d}" if expires else ""
    return f"harmless up to {up_to} goroutines{until}, says {who}: {reason}"
