"""The settings of judgement: how patient it is, and what people say of services and of stacks.

Rule 1: of `services` and of `patterns` the first rule that matches wins, in the order of the file.
Rule 2: what a rule does not name is as for all others.
"""

from collections.abc import Iterator
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from schemas.model import parse_fingerprint
from schemas.say import StackPattern
from schemas.settings_ceilings import CeilingSettings
from schemas.settings_fields import SettingsModel

Place: TypeAlias = tuple[int | str, ...]
"""Where something stands, key by key and index by index, outermost first."""

_LONGEST = 1000
_STACK_KEYS = ("fingerprint", "site", "origin", "operation", "frame")


def _fingerprint(text: str) -> str:
    """Let a fingerprint through as people see it."""
    parse_fingerprint(text)
    return text


Glob: TypeAlias = Annotated[str, Field(min_length=1, max_length=_LONGEST)]
FingerprintText: TypeAlias = Annotated[str, AfterValidator(_fingerprint)]


class ServiceRuleSettings(SettingsModel):
    """How the services of a glob are judged; keys as in `detection`, which holds where a key is not named."""

    service: Glob = Field(description="A glob: * stands for any text.")
    enabled: bool = Field(default=True, strict=True, description="false: profiles are stored and nothing is judged.")
    learning_slots: int | None = Field(default=None, strict=True, ge=0, description="As in `detection`.")
    hold_slots: int | None = Field(default=None, strict=True, ge=0, description="As in `detection`.")
    quiet_slots: int | None = Field(default=None, strict=True, ge=1, description="As in `detection`.")
    minimum_growth: float | None = Field(default=None, strict=True, gt=0, description="As in `detection`.")
    lateness_slots: int | None = Field(default=None, strict=True, ge=0, le=60, description="As in `detection`.")
    serving_minutes: float | None = Field(default=None, strict=True, ge=0, description="As in `detection`.")
    demand_minutes: float | None = Field(default=None, strict=True, ge=0, description="As in `detection`.")


class StackKeys(SettingsModel):
    """Which stacks are meant: all that is named must fit, and one of them at least is named."""

    service: Glob = Field(default="*", description="A glob of services.")
    fingerprint: FingerprintText | None = Field(default=None, description="g1- and 16 hex digits.")
    site: Glob | None = Field(default=None, description="A glob of the function it waits in; * stands for any text.")
    origin: Glob | None = Field(default=None, description="A glob of the function its goroutines begin with.")
    operation: Glob | None = Field(default=None, description="A glob of what it waits on: `chan *`, `io wait`.")
    frame: Glob | None = Field(default=None, description="A glob that one of its functions must fit.")

    def named(self) -> tuple[str, ...]:
        """Give the keys that say which stacks are meant."""
        return tuple(key for key in _STACK_KEYS if getattr(self, key) is not None)

    def pattern(self) -> StackPattern:
        """Give the pattern of these stacks."""
        return StackPattern(
            fingerprint=None if self.fingerprint is None else parse_fingerprint(self.fingerprint),
            site=self.site or "*",
            origin=self.origin or "*",
            operation=self.operation or "*",
            frame=self.frame or "*",
        )


class PatternRuleSettings(StackKeys):
    """How some stacks are judged; what is not named is as for the other stacks of their service."""

    enabled: bool = Field(default=True, strict=True, description="false: the stacks are never reported.")
    learning_slots: int | None = Field(default=None, strict=True, ge=0, description="As in `detection`.")
    hold_slots: int | None = Field(default=None, strict=True, ge=0, description="As in `detection`.")
    quiet_slots: int | None = Field(default=None, strict=True, ge=1, description="As in `detection`.")
    minimum_growth: float | None = Field(
        default=None, strict=True, gt=0, description="As in `detection`; may only be more than that of the service."
    )
    serving_minutes: float | None = Field(default=None, strict=True, ge=0, description="As in `detection`.")
    demand_minutes: float | None = Field(default=None, strict=True, ge=0, description="As in `detection`.")


class DetectionSettings(SettingsModel):
    """How patient the judge is, in slots of the service, and what people say of services and stacks."""

    learning_slots: int = Field(
        default=90,
        strict=True,
        ge=0,
        description="Nothing but proof fires before: warm-ups look like leaks. A rise from before must last so long.",
    )
    hold_slots: int = Field(
        default=2, strict=True, ge=0, description="A candidate must stay one for longer; windows end every three slots."
    )
    quiet_slots: int = Field(
        default=60, strict=True, ge=1, description="So long without a candidate before it resolves."
    )
    minimum_growth: float = Field(
        default=8.0, strict=True, gt=0, description="Goroutines; less is never called a leak."
    )
    limits: tuple[CeilingSettings, ...] = Field(
        default=(), max_length=1000, description="What a process may hold, for forecasts; the first that matches wins."
    )
    lateness_slots: int = Field(
        default=1, strict=True, ge=0, le=60, description="A profile so late is judged; later ones are stored only."
    )
    serving_minutes: float = Field(
        default=45.0,
        strict=True,
        ge=0,
        description="So long must grow what serves requests or calls others: a stall ends sooner.",
    )
    demand_minutes: float = Field(
        default=180.0, strict=True, ge=0, description="So long must grow what waits for the peer of a connection."
    )
    services: tuple[ServiceRuleSettings, ...] = Field(
        default=(), max_length=1000, description="Services that are judged otherwise; the first that matches wins."
    )
    patterns: tuple[PatternRuleSettings, ...] = Field(
        default=(), max_length=1000, description="Stacks that are judged otherwise; the first that matches wins."
    )
    benign_file: str | None = Field(
        default=None, description="A list of growth that is known and harmless (docs/benign.md); read at the start."
    )


def find_rule_conflicts(detection: DetectionSettings) -> Iterator[tuple[Place, str]]:
    """Find rules that can never match or that would change nothing; a place and a sentence for each."""
    seen: dict[str, int] = {}
    for index, rule in enumerate(detection.services):
        place: Place = ("detection", "services", index)
        if rule.model_fields_set == {"service"}:
            yield place, "changes nothing: name enabled, or a key of `detection`"
        hidden = next((at for glob, at in seen.items() if glob in ("*", rule.service)), None)
        if hidden is not None:
            yield place, f"never matches: services[{hidden}] matches before it"
        seen.setdefault(rule.service, index)
    for index, pattern in enumerate(detection.patterns):
        yield from _judge_pattern(("detection", "patterns", index), pattern, detection.minimum_growth)


def _judge_pattern(place: Place, rule: PatternRuleSettings, least: float) -> Iterator[tuple[Place, str]]:
    """Find what is wrong with one rule on stacks."""
    if not rule.named():
        yield place, f"name which stacks: one of {', '.join(_STACK_KEYS)}"
    if rule.model_fields_set <= {"service", *_STACK_KEYS}:
        yield place, "changes nothing: name enabled, or a key of `detection`"
    if rule.minimum_growth is not None and rule.minimum_growth < least:
        yield (*place, "minimum_growth"), f"is less than detection.minimum_growth, {least:g}: it would change nothing"
