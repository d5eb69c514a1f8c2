"""A line of what is expected -> an expectation.

Example input: main.leak: fires before 02:00
"""

import re
from collections.abc import Collection

from schemas.scenario import Expectation, Verb

EVERYTHING = "everything"
_CLOCK = r"(\d{1,5}):([0-5]\d)(?::([0-5]\d))?"
_WHEN = re.compile(
    rf"(?P<verb>fires|resolves|is suspected)"
    rf"(?: (?P<times>once|twice|\d{{1,3}} times))?"
    rf"(?: (?:before (?P<before>{_CLOCK})|after (?P<after>{_CLOCK})|between (?P<from>{_CLOCK}) and (?P<to>{_CLOCK})))?"
)
_LEAKS = re.compile(r"is (?P<one>one) leak|are (?P<many>\d{1,3}) leaks")
_NEVER = (Verb.SILENT, Verb.UNSUSPECTED, Verb.UNRESOLVED)
_WORDS = {"once": 1, "twice": 2, "one": 1}
_HELP = (
    "write: stays silent, is never suspected, is suspected, fires, fires before 02:00, fires after 01:00, fires between"
    " 01:00 and 02:00, fires once, resolves, is not resolved; of everything also: is one leak, are 2 leaks"
)


def read_expectation(subject: str, words: str, stacks: Collection[str]) -> Expectation:
    """Read one line; raise ValueError with a sentence. `stacks` are those that the series name."""
    if subject != EVERYTHING and subject not in stacks:
        raise ValueError(f"no series of {subject[:100]!r}")
    about, text = "" if subject == EVERYTHING else subject, f"{subject}: {words}"
    for verb in _NEVER:
        if words == verb.value:
            return Expectation(about, verb, text)
    leaks = _LEAKS.fullmatch(words)
    if leaks is not None and not about:
        return Expectation(about, Verb.LEAKS, text, times=_read_times(leaks["one"] or leaks["many"]))
    when = _WHEN.fullmatch(words)
    if when is None:
        raise ValueError(f"not an expectation: {text[:200]!r} ({_HELP})")
    return Expectation(
        about,
        Verb(when["verb"]),
        text,
        after_seconds=_read_clock(when["after"] or when["from"]),
        before_seconds=_read_clock(when["before"] or when["to"]),
        times=_read_times(when["times"]),
    )


def _read_clock(text: str | None) -> float | None:
    """Read hours and minutes since the begin.

    Example input: 26:30
    Example output: 95400.0
    """
    if text is None:
        return None
    hours, minutes, *seconds = (int(part) for part in text.split(":"))
    return float(hours * 3600 + minutes * 60 + sum(seconds))


def _read_times(text: str | None) -> int | None:
    return None if text is None else _WORDS.get(text) or int(text.split()[0])
