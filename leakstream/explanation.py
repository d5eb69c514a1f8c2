"""Everything about one fingerprint in one service, put together from what the store knows: pure, for `explain`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leakstream.evidence_text import evidence_lines, read_evidence
from leakstream.output import Column, table
from leakstream.said_text import said_lines
from processors.advice import advise
from processors.plain_text import plain, plain_block
from processors.ticket import history_sql
from processors.ticket_text import format_rate
from schemas.model import Fingerprint

Row = Mapping[str, object]

_EVIDENCE = ("floor", "score", "scale_slots", "candidate", "reason")
_GROWTH = ("goroutines", "instances", "growing_instances", "worst_instance", "growth_per_hour", "growth_low")


_LABELS = (Column("LABEL", "key"), Column("VALUE", "value"), Column("GOROUTINES", "goroutines", number=True))


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a stack in one service; `labels` are those of its worst instance, often none.

    `evidence` are profiles that speak of it, and attempts in vain, newest first; `said` is what people said of it.
    `off` is the rule that switched judgement of the service off, empty where none did.
    """

    stack: Row
    growth: Row | None
    instances: Sequence[Row]
    transitions: Sequence[Row]
    labels: Sequence[Row]
    evidence: Sequence[Row] = ()
    said: Sequence[Row] = ()
    off: str = ""


def explain(known: Known, database: str) -> Row:
    """Give one object: the stack, how it grows, since when, where, why we say so, what to do, and SQL to go on."""
    stack, transitions = known.stack, known.transitions
    name = _fingerprint_of(stack)
    advice = advise(name)
    newest = transitions[0] if transitions else None
    grown = known.growth or {}
    return {
        **{key: stack[key] for key in ("service", "fingerprint", "operation", "site", "origin", "frames")},
        **{key: stack[key] for key in ("first_seen", "first_version", "first_instance")},
        "state": newest["state"] if newest else grown.get("state", "inactive"),
        "verdict": newest["verdict"] if newest else None,
        "since": newest["since"] if newest else None,
        **{key: grown.get(key) for key in (*_GROWTH, "growth_high", "slot")},
        "evidence": {key: grown.get(key) for key in _EVIDENCE} if grown else None,
        "by_instance": [dict(row) for row in known.instances],
        "labels": [dict(row) for row in known.labels],
        "profiles": [read_evidence(row, name.value) for row in known.evidence],
        "said": [dict(row) for row in known.said],
        "judgement_off": known.off or None,
        "transitions": [
            {key: row[key] for key in ("slot", "state", "previous", "verdict", "reason")} for row in transitions
        ],
        "advice": {"pattern": advice.pattern, "cause": advice.cause, "fix": advice.fix},
        "sql": history_sql(str(stack["service"]), name.value, database),
    }


def describe(explained: Row) -> str:
    """Give an explanation as text, what is urgent first."""
    frames, advice = explained["frames"], explained["advice"]
    if not isinstance(frames, Sequence) or not isinstance(advice, Mapping):
        raise TypeError("an explanation holds frames and advice")
    parts = (
        f"{explained['fingerprint']} in {plain(str(explained['service']))}",
        "\n".join(f"  {name:<16}{plain(value)}" for name, value in _facts(explained)),
        "The stack, innermost function first:\n" + "\n".join(f"  {plain(str(frame))}" for frame in frames),
        *_label_parts(explained),
        f"What usually causes this: {advice['pattern']}\n  {plain(str(advice['cause']), 5000)}",
        "How to fix it:\n" + _indent(str(advice["fix"])),
        "See for yourself:\n" + _indent(str(explained["sql"])),
    )
    return "\n\n".join(parts)


def _facts(explained: Row) -> list[tuple[str, str]]:
    """Give the facts in the order in which a person asks for them."""
    facts = [("waits on", f"{explained['operation']} at {explained['site']}"), ("state", _state(explained))]
    if explained["judgement_off"]:
        facts.append(("judgement", f"off for this service by {explained['judgement_off']}: counted and never reported"))
    if explained["growth_per_hour"] is not None:
        keys = ("growth_per_hour", "growth_low", "growth_high")
        rate, low, high = (format_rate(float(str(explained[key]))) for key in keys)
        facts += [
            ("goroutines now", str(explained["goroutines"])),
            ("growth", f"{rate} (90 % interval {low} to {high})"),
            ("instances", f"growing on {explained['growing_instances']} of {explained['instances']}"),
            ("worst instance", str(explained["worst_instance"] or "-")),
        ]
    facts.append(("first seen", _first_seen(explained)))
    evidence = explained["evidence"]
    if isinstance(evidence, Mapping):
        facts.append(("evidence", str(evidence["reason"])))
        score, floor, slots = (evidence[key] for key in ("score", "floor", "scale_slots"))
        facts.append(("", f"score {score:.1f}, floor {floor}, over {slots} slots"))
    facts += [("people say", line) for line in said_lines(explained)]
    facts += [("profile", line) for line in evidence_lines(explained)]
    facts += [("on instance", line) for line in _instance_lines(explained)]
    facts += [("history", line) for line in _history_lines(explained)]
    return facts


def _state(explained: Row) -> str:
    """Say the state, how sure we are, and since when."""
    verdict = f" ({explained['verdict']})" if explained["verdict"] else ""
    since = explained["since"]
    return f"{explained['state']}{verdict}" + (f", since {_time(since)}" if isinstance(since, datetime) else "")


def _first_seen(explained: Row) -> str:
    """Say when, in which version and where the stack was seen first."""
    version = explained["first_version"] or "unknown (targets carry no label version)"
    return f"{_time(explained['first_seen'])}, version {version}, on {explained['first_instance']}"


def _instance_lines(explained: Row) -> list[str]:
    """Give a line for each instance."""
    rows = explained["by_instance"]
    if not isinstance(rows, Sequence):
        return []
    return [f"{r['instance']}: {r['first_goroutines']} to {r['last_goroutines']}, at most {r['highest']}" for r in rows]


def _label_parts(explained: Row) -> list[str]:
    """Give the table of labels, nothing where there are none."""
    rows = explained["labels"]
    if not isinstance(rows, Sequence) or not rows:
        return []
    where, when = plain(str(rows[0]["instance"])), _time(rows[0]["slot"])
    return [f"Its labels on {where} at {when}:\n" + _indent(table(_LABELS, rows))]


def _history_lines(explained: Row) -> list[str]:
    """Give a line for each change of state, newest first."""
    rows = explained["transitions"]
    if not isinstance(rows, Sequence):
        return []
    return [f"{_time(r['slot'])} {r['previous']} to {r['state']}: {r['reason']}" for r in rows]


def _time(moment: object) -> str:
    """Write a UTC time to the second."""
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if isinstance(moment, datetime) else "unknown"


def _indent(text: str) -> str:
    """Set lines in."""
    return "\n".join(f"  {line}" for line in plain_block(text.rstrip("\n")).split("\n"))


def _fingerprint_of(stack: Row) -> Fingerprint:
    """Make the fingerprint that a row describes."""
    frames = stack["frames"]
    return Fingerprint(
        int(str(stack["fingerprint"]).removeprefix("g1-"), 16),
        str(stack["operation"]),
        str(stack["site"]),
        str(stack["origin"]),
        tuple(str(frame) for frame in frames) if isinstance(frames, Sequence) else (),
    )
