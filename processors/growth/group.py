"""Candidates -> leaks: what grows together is reported once, led by the site that a person can act on.

Two stacks are one leak when their goroutines came in through the same function, when they queue for a lock of one
service at once, or when they grow in step: independent arrivals of the same rate differ by as much as they vary, the
stacks of one connection do not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from processors.growth.answer import Answer
from processors.growth.roster import Roster, find_entry, is_demand
from schemas.model import Fingerprint

LOCKS = ("mutex lock", "rwmutex lock", "rwmutex rlock")
_IN_STEP = 0.3
"""Of the variance of the difference of two independent streams; five windows of those are below it once in 400."""

_ALIKE = 4
"""What grows so many times as fast is another leak."""

_SERVERS = ("net/http.(*conn).serve", "net/http/internal/http2.", "google.golang.org/grpc")
_CONNECTIONS = (
    *("net/http.(*persistConn).", "net/http.(*http2ClientConn).", "net/http/internal/http2.(*ClientConn)."),
    *(
        "net/http.(*http2serverConn).",
        "net/http/internal/http2.(*serverConn).",
        "google.golang.org/grpc/internal/transport.",
    ),
)
_PLUMBING = ("net/http.", "net/http/", "google.golang.org/grpc", "internal/poll.", "bufio.", "crypto/tls.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stack that rises like a leak, with all its answers by scale."""

    number: int
    name: Fingerprint
    answers: Mapping[int, Answer]


def find_leaders(
    candidates: Iterable[Candidate], roster: Roster, opened: Iterable[int], answers: Mapping[int, Mapping[int, Answer]]
) -> dict[int, int]:
    """Give the leader of each candidate, which is itself when it leads; numbers of the roster.

    `opened` are stacks that are reported already: they lead whoever joins them later.
    """
    heads = [
        Candidate(number, name, answers.get(number, {}))
        for number in opened
        if (name := roster.names[number]) is not None
    ]
    leaders = {head.number: head.number for head in heads}
    for candidate in sorted(candidates, key=_rank):
        if candidate.number in leaders:
            continue
        head = next((head for head in heads if belong_together(head, candidate, roster)), None)
        leaders[candidate.number] = candidate.number if head is None else head.number
        if head is None:
            heads.append(candidate)
    return leaders


def belong_together(first: Candidate, second: Candidate, roster: Roster) -> bool:
    """Say whether two stacks are one leak."""
    entry = roster.entry_of[first.number]
    if entry >= 0 and entry == roster.entry_of[second.number]:
        return True
    if queue_for_one_lock(first.name, second.name):
        return True
    if _find_connection(first.name) == _find_connection(second.name) != "":
        return True
    if any(_serve(one) and _is_plumbing(other) for one, other in ((first, second), (second, first))):
        return True
    return _rise_in_step(first, second)


def _find_connection(name: Fingerprint) -> str:
    """Give the type whose methods a connection's goroutines run, as `net/http.(*persistConn)`; empty where none is."""
    if name.own is not None or not name.origin.startswith(_CONNECTIONS):
        return ""
    return next(known for known in _CONNECTIONS if name.origin.startswith(known))


def queue_for_one_lock(first: Fingerprint, second: Fingerprint) -> bool:
    """Say whether two stacks are requests that queue for a lock: those of one service that do so at once are one."""
    if find_entry(first) == find_entry(second):
        return False
    return all(name.operation in LOCKS and name.origin.startswith(_SERVERS) for name in (first, second))


def _is_plumbing(candidate: Candidate) -> bool:
    return candidate.name.own is None and candidate.name.site.startswith(_PLUMBING)


def _serve(candidate: Candidate) -> bool:
    return candidate.name.origin.startswith(_SERVERS)


def _rise_in_step(first: Candidate, second: Candidate) -> bool:
    """Say whether two stacks rose alike in the windows of the longest scale at which both rose.

    There growth stands out most of what else moves them, and chance is asked least often.
    """
    shared = sorted(first.answers.keys() & second.answers.keys(), reverse=True)
    pairs = ((first.answers[scale].steps, second.answers[scale].steps) for scale in shared)
    mine, other = next((pair for pair in pairs if min(map(sum, pair)) > 0), ((), ()))
    total, others = sum(mine), sum(other)
    if not mine or not total / _ALIKE <= others <= _ALIKE * total:
        return False
    factor = total / others
    apart = sum((a - b * factor) ** 2 for a, b in zip(mine, other, strict=True))
    expected = sum(abs(a) + abs(b) * factor**2 for a, b in zip(mine, other, strict=True))
    return apart <= _IN_STEP * expected


def _rank(candidate: Candidate) -> tuple[bool, bool, bool, float, int]:
    """Order candidates: own code before plumbing, who holds before who is held, then by growth; names decide ties.

    Of a connection within one process both ends may grow: the accepted end waits for the other.
    """
    growth = max((answer.growth for answer in candidate.answers.values()), default=0.0)
    return (
        candidate.name.own is None,
        is_demand(candidate.name),
        candidate.name.operation == "io wait",
        -growth,
        candidate.name.value,
    )
