"""What was expected and what was said -> what happened instead, a sentence for each expectation that does not hold."""

from collections.abc import Iterable, Sequence

from processors.play_scenario import Told
from schemas.model import State
from schemas.scenario import Expectation, Scenario, Verb

_STATES = {Verb.FIRES: State.FIRING, Verb.RESOLVES: State.RESOLVED, Verb.SUSPECTED: State.PENDING}
_WORDS = {State.PENDING: "is suspected", State.FIRING: "fires", State.RESOLVED: "resolves"}


def check_scenario(scenario: Scenario, told: Sequence[Told]) -> tuple[str, ...]:
    """Give a sentence for each expectation that does not hold; empty when all do."""
    return tuple(
        f"expected {expected.text!r}, but {_describe(expected, told)}"
        for expected in scenario.expectations
        if not _holds(expected, told)
    )


def format_clock(seconds: float) -> str:
    """Write a time since the begin as people write it in a scenario.

    Example input: 7260.0
    Example output: 02:01
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{rest:02d}" if rest else "")


def _holds(expected: Expectation, told: Iterable[Told]) -> bool:
    """Say whether what was said is what was expected."""
    states = [one for one in told if expected.subject in ("", one.stack)]
    if expected.verb is Verb.SILENT:
        return all(one.state is not State.FIRING for one in states)
    if expected.verb is Verb.UNSUSPECTED:
        return all(one.state not in (State.PENDING, State.FIRING) for one in states)
    if expected.verb is Verb.UNRESOLVED:
        return all(one.state is not State.RESOLVED for one in states)
    if expected.verb is Verb.LEAKS:
        return len({one.stack for one in states if one.state is State.FIRING}) == expected.times
    moments = [one.seconds for one in states if one.state is _STATES[expected.verb]]
    after, before = expected.after_seconds, expected.before_seconds
    within = all((after is None or after < at) and (before is None or at < before) for at in moments[:1])
    return bool(moments) and within and expected.times in (None, len(moments))


def _describe(expected: Expectation, told: Iterable[Told]) -> str:
    """Say what happened to the subject of an expectation."""
    one_stack = bool(expected.subject)
    happened = [
        f"{'it' if one_stack else one.stack} {_WORDS[one.state]} at {format_clock(one.seconds)}"
        for one in told
        if expected.subject in ("", one.stack) and one.state in _WORDS
    ]
    return ", ".join(happened) or ("it is silent" if one_stack else "everything is silent")
