"""What the store knows -> the answers about the record: seen before, to be trusted, and kept."""

from collections.abc import Sequence

from leakstream.answers import Answer
from leakstream.known import Known, Row, count, moment, text
from schemas.durations import format_duration
from schemas.model import State

_KEPT = "kept for 30 days"


def answer_seen_before(known: Known) -> Answer:
    """Say whether it is new, goes on, or came back, and where its ticket is."""
    ended = [row for row in known.transitions if text(row, "state") == State.RESOLVED.value]
    tickets = [f"{text(row, 'sink')} {text(row, 'detail') or text(row, 'status')}" for row in known.tickets]
    where = f"ticket: {', '.join(tickets)}" if tickets else "no ticket"
    sentences = (f"{_describe_past(known, ended)}; {where}",)
    data = {
        "times_resolved": len(ended),
        "transitions": len(known.transitions),
        "tickets": [dict(row) for row in known.tickets],
    }
    return Answer(sentences, data)


def _describe_past(known: Known, ended: Sequence[Row]) -> str:
    """Say how often it was there before."""
    if not known.transitions:
        return "never suspected before"
    if known.state == State.RESOLVED.value:
        return f"over since {moment(known.transitions[0], 'slot')}"
    if ended:
        return f"back again: resolved before, last {moment(ended[0], 'slot')}"
    return f"new: first suspected {moment(known.transitions[-1], 'slot')}"


def answer_trust(known: Known) -> Answer:
    """Say how fresh and how whole the data is."""
    health = known.health
    if health is None:
        return Answer(("no scrape of this service is stored",))
    tried, failed, missing = (count(health, key) for key in ("attempts", "failures", "missing"))
    why = f", mostly {text(health, 'reason')}" if failed else ""
    came = f"{tried - failed:,} profiles in {format_duration(known.window_seconds)}, {failed:,} failed{why}"
    silent = f"{count(health, 'silent_instances')} of {count(health, 'instances')} instances silent"
    behind = f"{missing:,} missing; {silent}; {count(health, 'counts'):,} counts of this stack"
    sentences = (f"newest profile {moment(health, 'newest_profile')}; {came}, {behind}",)
    return Answer(sentences, {**health, "window_seconds": known.window_seconds})


def answer_evidence(known: Known, profiles: Sequence[Row]) -> Answer:
    """Say which raw profiles are kept, and how to get them."""
    kept = [row for row in profiles if row["ok"]]
    name = text(known.stack, "fingerprint")
    if not kept:
        tried = f"; {len(profiles)} were tried in vain" if profiles else ""
        return Answer((f"no raw profile is kept{tried}",), {"kept": 0, "kinds": [], "command": None})
    kinds = sorted({text(row, "kind") for row in kept})
    said = f"{len(kept)} raw profiles ({', '.join(kinds)}), {_KEPT}: leakstream evidence {name} --output-dir DIR"
    return Answer(
        (said,), {"kept": len(kept), "kinds": kinds, "command": f"leakstream evidence {name} --output-dir DIR"}
    )
