"""findings + state -> what would change the verdict's mind, in a sentence."""

from collections.abc import Iterable, Sequence
from math import inf, isfinite

from processors.evidence_kinds import DEMAND, DUMP, KIND_OF, PROOF, SERVING
from schemas.model import Finding, State, Verdict

_NARROWEST = 2
_UNKNOWN_PAST = ("persistence", DUMP)
"""What would take back a verdict of which no findings were kept."""


def change_mind(state: State, verdict: Verdict, findings: Iterable[Finding]) -> str:
    """Say what would change it; never empty.

    What is refused is told what it lacks; what is called a leak, the two questions that it passed by least, and a dump
    while none was taken; what is proven, that nothing takes a proof back.
    """
    if state in (State.RESOLVED, State.INACTIVE):
        return "it is called a leak again when it grows anew and passes every question"
    if verdict is Verdict.PROVEN:
        return "nothing takes the runtime's proof back: it ends when the goroutines are gone"
    known = [finding for finding in findings if finding.name in KIND_OF]
    failed = [finding for finding in known if not finding.passed]
    refused = [finding for finding in failed if finding.name not in (SERVING, DEMAND)]
    if refused:
        return f"it speaks for a leak again: {KIND_OF[refused[0].name].persuades}"
    back = f"taken back by {_join(KIND_OF[name].retracts for name in _choose(known))}"
    if state is not State.PENDING:
        return back
    held = failed[0].name if failed else ""
    lacks = KIND_OF[held].persuades if held else "growth until the holding time is over"
    return f"it becomes more than a suspect by {lacks}; {back}"


def _choose(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Name the kinds that would take a verdict back: those that it passed by least, and what was not looked at."""
    passed = sorted((finding for finding in findings if finding.name not in (DUMP, PROOF)), key=_margin)
    narrow = tuple(finding.name for finding in passed if _margin(finding) < inf)[:_NARROWEST]
    if not narrow:
        return _UNKNOWN_PAST
    return narrow if any(finding.name == DUMP for finding in findings) else (*narrow, DUMP)


def _margin(finding: Finding) -> float:
    """Give how far a value lies from its limit, in limits; infinite where no limit applied."""
    if not isfinite(finding.limit) or not finding.passed:
        return inf
    return abs(finding.value - finding.limit) / max(abs(finding.limit), 1.0)


def _join(words: Iterable[str]) -> str:
    """Join by commas and `or`.

    Example input: a, b, c
    Example output: a, by b or by c
    """
    *most, last = words
    return f"{', by '.join(most)} or by {last}" if most else last
