"""Labels that stand for a header -> state, creator and wait of the stack.

Exists because CockroachDB's Go serves a debug=3: a protobuf with one sample for each goroutine, whose labels say what a
debug=2 header says. A goroutine's own number is no part of a stack, so that equal ones are counted together again. The
creator is given by its number there, which names no function, and is left out then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas.raw_stack import Frame, RawStack

_PREFIX = "go::goroutine"
_CREATED_BY = "go::goroutine_created_by"
_STATE = "go::goroutine_state"
_WAIT_MINUTES = "go::goroutine_wait_minutes"
_OURS = frozenset((_PREFIX, _CREATED_BY, _STATE, _WAIT_MINUTES))
_MAXIMUM_DIGITS = 9


def read_goroutine_labels(stacks: Iterable[RawStack]) -> tuple[RawStack, ...]:
    """Take such labels off the stacks and say with the stack's own fields what they say; others stay as they are.

    Equal stacks that had them become one, in the place of the first, with the longest and the shortest wait.
    """
    given: list[RawStack] = []
    places: dict[object, int] = {}
    for stack in stacks:
        if _OURS.isdisjoint(stack.labels):
            given.append(stack)
            continue
        read = _read(stack)
        place = places.setdefault(_key(read), len(given))
        if place == len(given):
            given.append(read)
        else:
            given[place] = _merge(given[place], read)
    return tuple(given)


def _read(stack: RawStack) -> RawStack:
    """Move what the labels say into the fields."""
    labels = stack.labels
    minutes = _read_minutes(labels)
    creator = labels.get(_CREATED_BY, "")
    return replace(
        stack,
        state=labels.get(_STATE, stack.state),
        labels={key: value for key, value in labels.items() if key not in _OURS},
        created_by=stack.created_by if not creator or creator.isdecimal() else Frame(creator),
        wait_minutes=minutes,
        shortest_wait_minutes=minutes,
    )


def _read_minutes(labels: Mapping[str, str]) -> int | None:
    """Read the wait; None where it is no number, and below a minute, as in a header."""
    text = labels.get(_WAIT_MINUTES, "")
    known = text.isascii() and text.isdecimal() and len(text) <= _MAXIMUM_DIGITS
    return (int(text) or None) if known else None


def _key(stack: RawStack) -> object:
    """Give what equal stacks have in common."""
    return stack.frames, stack.state, stack.created_by, tuple(sorted(stack.labels.items()))


def _merge(stack: RawStack, other: RawStack) -> RawStack:
    """Count two equal stacks together."""
    waits = [stack.wait_minutes, other.wait_minutes]
    longest = max((wait or 0 for wait in waits), default=0) or None
    shortest = min(stack.shortest_wait_minutes or 0, other.shortest_wait_minutes or 0) if longest else None
    return replace(stack, count=stack.count + other.count, wait_minutes=longest, shortest_wait_minutes=shortest)
