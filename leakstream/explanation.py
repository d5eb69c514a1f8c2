"""Everything about one fingerprint in one service, put together from what the store knows: pure, for `explain`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from leakstream.answer_code import (
    answer_blocked_on,
    answer_created_by,
    answer_what_to_do,
    answer_whose_code,
    creators_of,
)
from leakstream.answer_growth import (
    answer_leak_or_load,
    answer_since_when,
    answer_which_instances,
    answer_which_stack,
)
from leakstream.answer_record import answer_evidence, answer_seen_before, answer_trust
from leakstream.answer_speed import answer_how_fast
from leakstream.answers import QUESTIONS, Answer
from leakstream.evidence_text import evidence_lines, read_evidence
from leakstream.known import Known, Row, moment, names, text
from leakstream.output import Column, table
from leakstream.said_text import said_lines
from leakstream.screen import draw
from processors.advice import advise
from processors.plain_text import plain, plain_block
from processors.tickets.compose import history_sql
from schemas.model import Advice, Fingerprint

_EVIDENCE = ("floor", "score", "scale_slots", "candidate", "reason")
_GROWTH = ("goroutines", "instances", "growing_instances", "worst_instance", "growth_per_hour", "growth_low")
_FRAMES_SHOWN = 12
_SCREEN_LINES = 40

_LABELS = (Column("LABEL", "key"), Column("VALUE", "value"), Column("GOROUTINES", "goroutines", number=True))


def explain(known: Known, database: str) -> Row:
    """Give one object: the answers to the twelve questions by key, in their order, and everything they rest on."""
    stack, transitions = known.stack, known.transitions
    name = _fingerprint_of(stack)
    profiles = [read_evidence(row, name.value) for row in known.evidence]
    advice = advise(name, next(iter(creators_of(profiles)), None))
    newest = transitions[0] if transitions else None
    grown = known.growth or {}
    return {
        **{key: stack[key] for key in ("service", "fingerprint", "operation", "site", "origin", "frames")},
        **{key: stack[key] for key in ("first_seen", "first_version", "first_instance")},
        "state": known.state,
        "verdict": newest["verdict"] if newest else None,
        "since": newest["since"] if newest else None,
        **{key: grown.get(key) for key in (*_GROWTH, "growth_high", "slot")},
        "evidence": {key: grown.get(key) for key in _EVIDENCE} if grown else None,
        "answers": answer(known, profiles, advice),
        "by_instance": [dict(row) for row in known.instances],
        "labels": [dict(row) for row in known.labels],
        "profiles": profiles,
        "said": [dict(row) for row in known.said],
        "judgement_off": known.off or None,
        "transitions": [
            {key: row[key] for key in ("slot", "state", "previous", "verdict", "reason")} for row in transitions
        ],
        "advice": asdict(advice),
        "sql": history_sql(str(stack["service"]), name.value, database),
    }


def _say_off(known: Known) -> list[str]:
    """Say that people switched judgement of the service off, if they did."""
    return [f"off for this service by {known.off}: counted and never reported"] if known.off else []


def answer(known: Known, profiles: Sequence[Row], advice: Advice) -> dict[str, Row]:
    """Answer the twelve questions, each by its key: the question, sentences, and the same as data."""
    answers: dict[str, Answer] = {
        "leak_or_load": answer_leak_or_load(known),
        "which_stack": answer_which_stack(known),
        "since_when": answer_since_when(known),
        "which_instances": answer_which_instances(known),
        "how_fast": answer_how_fast(known),
        "blocked_on": answer_blocked_on(known, profiles),
        "created_by": answer_created_by(known, profiles),
        "whose_code": answer_whose_code(known),
        "seen_before": answer_seen_before(known),
        "what_to_do": answer_what_to_do(known, advice),
        "trust": answer_trust(known),
        "evidence": answer_evidence(known, profiles),
    }
    people = {"leak_or_load": _say_off(known), "seen_before": said_lines({"said": known.said})}
    return {
        asked.key: {
            "question": asked.words,
            "sentences": [*people.get(asked.key, ()), *answers[asked.key].sentences],
            **answers[asked.key].data,
        }
        for asked in QUESTIONS
    }


def describe(explained: Row, *, full: bool = False) -> str:
    """Give an explanation as text: one screen of 40 lines, and the stack, or with `full` everything."""
    answers = explained["answers"]
    if not isinstance(answers, Mapping):
        raise TypeError("an explanation holds answers")
    name = text(explained, "fingerprint")
    head = f"{name} in {plain(text(explained, 'service'), 50)}"
    labelled = [(asked.label, names(answers[asked.key], "sentences")) for asked in QUESTIONS]
    if full:
        return "\n\n".join(
            ["\n".join([head, *draw(labelled, None)]), _describe_stack(explained, None), *_rest(explained)]
        )
    hint = f"more, with the fix and SQL: leakstream explain {name} --full"
    screen = [head, *draw(labelled, _SCREEN_LINES - 2), hint]
    return "\n".join(screen) + "\n\n" + _describe_stack(explained, _FRAMES_SHOWN)


def _describe_stack(explained: Row, most: int | None) -> str:
    """Give the stack, its outer end left out where it is deeper."""
    frames = names(explained, "frames")
    shown = [f"  {plain(frame)}" for frame in frames[:most]]
    left_out = len(frames) - len(shown)
    more = [f"  … {left_out} more"] if left_out else []
    return "\n".join(["The stack, innermost function first:", *shown, *more])


def _rest(explained: Row) -> Iterator[str]:
    """Give all that has no place on one screen."""
    advice = explained["advice"]
    if not isinstance(advice, Mapping):
        raise TypeError("an explanation holds advice")
    yield from _label_parts(explained)
    if lines := evidence_lines(explained):
        yield "Profiles that speak of it:\n" + _indent("\n".join(lines))
    if lines := _instance_lines(explained):
        yield "On each instance:\n" + _indent("\n".join(lines))
    if lines := _history_lines(explained):
        yield "What changed its state, newest first:\n" + _indent("\n".join(lines))
    yield f"What usually causes this: {advice['pattern']}\n  {plain(str(advice['cause']), 5000)}"
    yield "How to fix it:\n" + _indent(str(advice["fix"]))
    yield "See for yourself:\n" + _indent(str(explained["sql"]))


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
    where, when = plain(str(rows[0]["instance"])), moment(rows[0], "slot")
    return [f"Its labels on {where} at {when}:\n" + _indent(table(_LABELS, rows))]


def _history_lines(explained: Row) -> list[str]:
    """Give a line for each change of state, newest first."""
    rows = explained["transitions"]
    if not isinstance(rows, Sequence):
        return []
    return [f"{moment(r, 'slot')} {r['previous']} to {r['state']}: {r['reason']}" for r in rows]


def _indent(text: str) -> str:
    """Set lines in."""
    return "\n".join(f"  {line}" for line in plain_block(text.rstrip("\n")).split("\n"))


def _fingerprint_of(stack: Row) -> Fingerprint:
    """Make the fingerprint that a row describes."""
    value = int(text(stack, "fingerprint").removeprefix("g1-"), 16)
    return Fingerprint(
        value, text(stack, "operation"), text(stack, "site"), text(stack, "origin"), names(stack, "frames")
    )
