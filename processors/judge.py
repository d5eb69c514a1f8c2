"""growth -> anomaly: states and their transition table.

Rule 1: everything that changes the state of an anomaly is an Event of this file; the table below is the whole of it.
Rule 2: nothing here knows a clock. Time is counted in slots of the service.
Rule 3: silence is no recovery. An evaluation counts as quiet only when the stack could be judged: enough scrapes, and
processes older than the alarm took to rise.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from processors.growth.questions import Asking
from schemas.model import Growth, State, Verdict
from schemas.say import BenignEntry, StackRule
from schemas.settings_detection import DetectionSettings


class Event(StrEnum):
    """What an evaluation means for an anomaly. The value is the sentence that people read."""

    GROWS = "it grows like a leak"
    HOLDS = "it kept growing for the whole holding time"
    FADES = "the growth stopped before the holding time was over"
    SHOWN = "it grows like a leak, and a dump shows that its goroutines stay"
    PROVEN = "the runtime itself calls these goroutines leaked"
    DOUBLES = "it doubled since people were last told"
    RECOVERS = "it stopped growing and fell to half of its peak, while instances answered"
    LEVELS = "it stopped growing for four times the quiet time, while instances answered"
    SILENCED = "people say that it needs no alarm"


class Hold(StrEnum):
    """Why a stack that grows like a leak stays a suspect for longer. The value is the sentence that people read."""

    NO = ""
    SERVING = "it serves requests, which pile up for a while when what they wait for is slow"
    CALLING = "it waits for another service, which may be slow for a while"
    DEMAND = "it waits for the peer of an accepted connection, which may be demand"


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.INACTIVE: {Event.GROWS: State.PENDING, Event.SHOWN: State.FIRING, Event.PROVEN: State.FIRING},
    State.PENDING: {
        Event.HOLDS: State.FIRING,
        Event.SHOWN: State.FIRING,
        Event.FADES: State.INACTIVE,
        Event.PROVEN: State.FIRING,
        Event.SILENCED: State.INACTIVE,
    },
    State.FIRING: {
        Event.PROVEN: State.FIRING,
        Event.DOUBLES: State.FIRING,
        Event.RECOVERS: State.RESOLVED,
        Event.LEVELS: State.RESOLVED,
        Event.SILENCED: State.RESOLVED,
    },
    State.RESOLVED: {Event.GROWS: State.PENDING, Event.SHOWN: State.FIRING, Event.PROVEN: State.FIRING},
}

_RECOVERED_SHARE = 0.5
_TELL_AGAIN = 2
_GROWS_ON = 0.25
_FADING_SHARE = 0.25
_LEVEL_FACTOR = 4
_FIRST_RISE = 1
_LONGEST_PATIENCE_SLOTS = 240
_SECONDS_PER_MINUTE = 60
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient we are, in slots. `minimum_growth` in goroutines is the least that may be called a leak.

    What serves requests or waits for another service must grow for `serving_minutes`, what waits for a peer for
    `demand_minutes`. A profile that
    comes more than `lateness_slots` after its slot is stored and not judged. `without` names kinds of evidence that
    are left out, to measure what each is worth. `off` says where people switched judgement off, empty when they did
    not; `rules` and `benign` are what they say of stacks, in their order.
    """

    learning_slots: int
    hold_slots: int
    quiet_slots: int
    minimum_growth: float
    lateness_slots: int = 1
    serving_minutes: float = 45
    demand_minutes: float = 180
    without: frozenset[str] = frozenset()
    off: str = ""
    rules: tuple[StackRule, ...] = ()
    benign: tuple[BenignEntry, ...] = ()

    def patience(self, hold: Hold, interval_seconds: float) -> float:
        """Give for how many slots a stack must grow before it is more than a suspect."""
        holds = {
            Hold.SERVING: self.serving_minutes,
            Hold.CALLING: self.serving_minutes,
            Hold.DEMAND: self.demand_minutes,
        }
        minutes = holds.get(hold, 0.0)
        return max(self.hold_slots, min(_LONGEST_PATIENCE_SLOTS, minutes * _SECONDS_PER_MINUTE / interval_seconds))

    @property
    def asking(self) -> Asking:
        """Give how growth is asked about."""
        return Asking(self.minimum_growth, self.without)


@dataclass(frozen=True, slots=True)
class Watch:
    """The memory of one anomaly.

    `since` is the first slot of the candidacy, `fired` the slot in which it began to fire. `held_slots` counts
    evaluations with a candidate since then, `quiet_slots` judged ones without since the last candidate. `peak` is the
    highest floor since then, `told` the floor when people were last told. `proven`: the runtime named it as leaked.
    It took `rise_slots` to rise until it fired, at `rate_per_slot` goroutines.
    """

    state: State = State.INACTIVE
    since: datetime | None = None
    fired: datetime | None = None
    held_slots: int = 0
    quiet_slots: int = 0
    peak: int = 0
    told: int = 0
    proven: bool = False
    rise_slots: int = 0
    rate_per_slot: float = 0.0

    @property
    def open(self) -> bool:
        """Say whether the stack must be evaluated even when it does not move."""
        return self.state in (State.PENDING, State.FIRING)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Growth at the end of a slot, and whether silence would mean something.

    `known_slots` is how long the service has been watched, `judged_age_slots` the age of the youngest process that was
    scraped; 0 when the stack could not be judged. `proven` counts the goroutines that the runtime calls leaked. `held`:
    what grows may be demand, so it stays a suspect for longer. `silenced`: people say that it needs no alarm.
    `shown`: a dump shows that its goroutines stay. `unanswered` counts the goroutines of instances that did not answer
    lately, as they last did.
    """

    growth: Growth
    known_slots: int
    judged_age_slots: int
    elapsed_slots: int = 1
    interval_seconds: float = 60.0
    proven: int = 0
    held: Hold = Hold.NO
    silenced: bool = False
    shown: bool = False
    unanswered: int = 0

    @property
    def rate_per_slot(self) -> float:
        """Give the growth rate in goroutines per slot, 0 where it falls."""
        return max(self.growth.growth_per_hour, 0.0) * self.interval_seconds / _SECONDS_PER_HOUR


def policy_of(settings: DetectionSettings) -> Policy:
    """Take the policy from the settings."""
    return Policy(
        learning_slots=settings.learning_slots,
        hold_slots=settings.hold_slots,
        quiet_slots=settings.quiet_slots,
        minimum_growth=settings.minimum_growth,
        lateness_slots=settings.lateness_slots,
        serving_minutes=settings.serving_minutes,
        demand_minutes=settings.demand_minutes,
    )


def judge(watch: Watch, evaluation: Evaluation, policy: Policy) -> tuple[Watch, Event | None]:
    """Give the memory after this evaluation and the event that changed the state, None when nothing did."""
    counted = _count(watch, evaluation)
    event = _find_event(counted, evaluation, policy)
    if event is None:
        at_rest = counted.state in (State.INACTIVE, State.RESOLVED)
        return (Watch(counted.state) if at_rest else counted), None
    return _move(counted, event, evaluation), event


def verdict_of(state: State, *, proven: bool) -> Verdict:
    """Give the verdict in a state: growth alone is never proof."""
    if proven:
        return Verdict.PROVEN
    return Verdict.SUSPECT if state in (State.PENDING, State.INACTIVE) else Verdict.PROBABLE


def draw_transitions() -> str:
    """Draw the table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> inactive"]
    lines += [
        f"    {state.value} --> {after.value}: {event.value}"
        for state, events in TRANSITIONS.items()
        for event, after in events.items()
    ]
    return "\n".join(lines) + "\n"


def _count(watch: Watch, evaluation: Evaluation) -> Watch:
    """Add one evaluation to the memory; one that could not be judged changes nothing but the peak."""
    growth = evaluation.growth
    peak = max(watch.peak, growth.floor) if watch.state is not State.INACTIVE else 0
    if growth.candidate:
        return replace(watch, held_slots=watch.held_slots + evaluation.elapsed_slots, quiet_slots=0, peak=peak)
    if _grows_on(watch, evaluation):
        return replace(watch, quiet_slots=0, peak=peak)
    quiet = evaluation.elapsed_slots if evaluation.judged_age_slots > 0 else 0
    return replace(watch, quiet_slots=watch.quiet_slots + quiet, peak=peak)


def _grows_on(watch: Watch, evaluation: Evaluation) -> bool:
    """Say whether what fires still grows at a good part of its rate, though not every question is passed just now."""
    return watch.state is State.FIRING and 0 < _GROWS_ON * watch.rate_per_slot <= evaluation.rate_per_slot


def _find_event(watch: Watch, evaluation: Evaluation, policy: Policy) -> Event | None:
    """Find what this evaluation means in the present state."""
    growth = evaluation.growth
    if evaluation.silenced:
        return Event.SILENCED if watch.open else None
    if evaluation.proven and not watch.proven:
        return Event.PROVEN
    if watch.state is State.FIRING:
        return _find_firing_event(watch, evaluation, policy)
    if growth.candidate:
        return _find_growing_event(watch, evaluation, policy)
    fades = watch.quiet_slots >= max(policy.hold_slots, _FADING_SHARE * watch.held_slots)
    return Event.FADES if watch.open and fades else None


def _find_growing_event(watch: Watch, evaluation: Evaluation, policy: Policy) -> Event | None:
    """Find what an evaluation means for a candidate that does not fire; an unknown service waits."""
    known = evaluation.known_slots >= policy.learning_slots
    first_slots = _first_rise(watch, evaluation, policy)
    if known and evaluation.shown and watch.held_slots >= first_slots:
        return Event.SHOWN
    if not watch.open:
        return Event.GROWS
    patience = max(policy.patience(evaluation.held, evaluation.interval_seconds), first_slots)
    return Event.HOLDS if known and watch.held_slots > patience else None


def _first_rise(watch: Watch, evaluation: Evaluation, policy: Policy) -> float:
    """Give for how many slots a rise must last that began while the service was not known, 0 for every other one.

    Nobody saw how such a stack behaves before: a batch that fills up for the first time looks like a leak, and a dump
    of it too.
    """
    met_slots = evaluation.known_slots - watch.held_slots
    return _FIRST_RISE * policy.learning_slots if met_slots < policy.learning_slots else 0.0


def _find_firing_event(watch: Watch, evaluation: Evaluation, policy: Policy) -> Event | None:
    """Find what an evaluation means for an anomaly that fires."""
    growth = evaluation.growth
    if growth.candidate:
        return Event.DOUBLES if growth.floor >= _TELL_AGAIN * max(watch.told, 1) else None
    age_slots = evaluation.judged_age_slots
    if watch.quiet_slots < policy.quiet_slots or age_slots < max(watch.held_slots, watch.rise_slots):
        return None
    regrown = min(watch.peak, watch.rate_per_slot * age_slots or watch.peak)
    if growth.floor + evaluation.unanswered <= _RECOVERED_SHARE * regrown:
        return Event.RECOVERS
    levelled = watch.quiet_slots >= _LEVEL_FACTOR * policy.quiet_slots and not watch.proven
    return Event.LEVELS if levelled else None


def _move(watch: Watch, event: Event, evaluation: Evaluation) -> Watch:
    """Go to the next state by the table, and remember what that state needs."""
    growth, state = evaluation.growth, TRANSITIONS[watch.state][event]
    if state is State.PENDING:
        return Watch(state, since=growth.slot, held_slots=1, peak=growth.floor)
    if state is State.FIRING:
        proven = watch.proven or event is Event.PROVEN
        since, fired = watch.since or growth.slot, watch.fired or growth.slot
        peak = max(watch.peak, growth.floor)
        watch = _remember_rise(watch, evaluation)
        return replace(watch, state=state, since=since, fired=fired, told=growth.floor, peak=peak, proven=proven)
    if state is State.RESOLVED:
        return Watch(state)
    return Watch()


def _remember_rise(watch: Watch, evaluation: Evaluation) -> Watch:
    """Remember how a leak rose when it began to fire: a younger process had no time to show it again."""
    if watch.state is State.FIRING:
        return watch
    rise_slots = watch.held_slots + evaluation.growth.scale_slots
    return replace(watch, rise_slots=rise_slots, rate_per_slot=evaluation.rate_per_slot)
