"""`explain` answers twelve questions on one screen: a fleet with a leak is judged, stored, and asked about."""

import json
import re
from datetime import timedelta

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.answers import QUESTIONS
from leakstream.client import Reader
from leakstream.commands.explain import Asking, collect
from leakstream.explanation import describe
from leakstream.known import Row, moment
from leakstream.output import json_line
from processors.evidence_kinds import KIND_OF
from processors.forecast import Range, forecast
from processors.summary_text import write_summary
from processors.tabulate import tabulate
from processors.ticket_text import format_rate
from schemas.evidence import Summary
from schemas.heap import HeapReading, MemStats
from schemas.settings_ceilings import CeilingSettings
from tests.processors.fleet import BEGIN, Fleet
from tests.store_rows import rows

DEPLOYED, SLOTS = 40, 150
LIMITS = (CeilingSettings(goroutines=2000, memory_bytes=2**29),)
SUMMARY = {
    "stacks": [
        {
            "goroutines": 200,
            "leaked": 0,
            "creators": {"main.handle": 200},
            "waits": {"waited": [[1, 50], [40, 100], [70, 50]]},
        }
    ]
}


def leaking() -> Fleet:
    """Make a service of two instances: v41 replaces v40 in slot 40, leaks, adds one stack and loses another."""
    fleet = Fleet()
    for slot in range(SLOTS):
        for instance, rate in (("a:1", 2), ("b:1", 1)):
            old = {"main.work": 30, "main.gone": 4}
            new = {"main.work": 30, "main.fresh": 3, "main.leak": rate * (slot - DEPLOYED)}
            version = "v41" if slot >= DEPLOYED else "v40"
            fleet.feed(fleet.scrape(slot, new if slot >= DEPLOYED else old, instance=instance, version=version))
    return fleet


@pytest.fixture
def explained(store: ClickhouseStore) -> Row:
    """The explanation of that leak, with a dump of its worst instance and a ticket."""
    fleet = leaking()
    for name, table in tabulate(fleet.steps, "log").items():
        store.insert(name, table, name)
    leak = fleet.anomalies()[0].fingerprint
    at = BEGIN + timedelta(minutes=SLOTS - 30)
    summary = json.dumps({"stacks": [{"fingerprint": str(leak), **SUMMARY["stacks"][0]}]})
    evidence = {"kind": "goroutine-text", "fingerprint": leak.value, "slot": at, "taken_at": at, "summary": summary}
    store.insert("evidence", rows("evidence", evidence), "e")
    store.insert("tickets", rows("tickets", {"fingerprint": leak.value, "detail": "tickets/leak.md"}), "t")
    (found,) = collect(Reader(store), leak.value, "", Asking(86_400, "leakstream", rules=LIMITS))
    return found


def sentences(explained: Row, key: str) -> tuple[str, ...]:
    """Give the sentences of one answer."""
    answers = explained["answers"]
    assert isinstance(answers, dict)
    return tuple(answers[key]["sentences"])


def test_every_question_has_its_key_in_order(explained: Row) -> None:
    """Twelve, as people ask them, each with sentences, and all of it is JSON."""
    answers = json.loads(json_line(explained))["answers"]
    assert [(key, answer["question"]) for key, answer in answers.items()] == [(q.key, q.words) for q in QUESTIONS]
    assert len(answers) == 12
    assert all(answer["sentences"] and all(answer["sentences"]) for answer in answers.values())


def test_leak_or_load_gives_the_verdict_its_reason_and_what_would_change_it(explained: Row) -> None:
    """The reason is the judge's, and requests stand beside it."""
    first, requests, mind = sentences(explained, "leak_or_load")
    transitions = explained["transitions"]
    assert isinstance(transitions, list)
    assert first == f"firing (probable): {transitions[0]['reason']}"
    assert re.fullmatch(
        r"requests: \d+ goroutines rose beyond them, 8 are enough; growth is [\d.]+ times its noise", requests
    )
    assert mind.startswith("would change its mind: taken back by ")
    assert mind.endswith(KIND_OF["dump"].retracts)


def test_blame_names_the_version_and_what_else_it_changed(explained: Row) -> None:
    """It came with v41, which brought one more stack and lost one."""
    assert sentences(explained, "since_when")[1:] == (
        "it came with v41; v40 before it never showed it",
        "other stacks that changed with v41: 1 new (chan send at main.fresh); 1 gone (chan send at main.gone)",
    )


def test_instances_are_told_apart_by_version(explained: Row) -> None:
    """Those of the old version do not grow."""
    assert sentences(explained, "which_instances") == (
        "growing on 2 of 2; worst a:1: 218 of its 251 goroutines",
        "by version: v40 rose on none of 2; v41 rose on 2 of 2, by 324",
    )


def test_forecast_is_a_range_with_its_assumption(explained: Row) -> None:
    """Both limits of the settings, and memory with the word that it is stated."""
    rate, goroutines, memory, cost = sentences(explained, "how_fast")
    ends = [format_rate(float(str(explained[key]))) for key in ("growth_per_hour", "growth_low", "growth_high")]
    assert rate == f"{ends[0]} (90 % interval {ends[1]} to {ends[2]}), 318 goroutines now"
    assumed = "if it goes on and a:1 keeps its 67% of the growth"
    left, share = 2000 - 251, 218 - 2
    hours = Range(*(left / float(str(explained[key])) * 324 / share for key in ("growth_high", "growth_low")))
    assert (
        goroutines
        == f"2,000 goroutines on a:1 (detection.limits): in {hours.low:.0f} to {hours.high:.0f} hours, {assumed}"
    )
    assert memory.startswith("512 MiB on a:1 (detection.limits): in ")
    assert memory.endswith(f"{assumed} and holds nothing else")
    assert "stated, not measured" in cost


def test_readings_of_memory_take_the_place_of_what_is_stated(explained: Row, store: ClickhouseStore) -> None:
    """In the cost, and in when the limit of memory is reached."""
    value = int(str(explained["fingerprint"]).removeprefix("g1-"), 16)
    for number, goroutines in ((100, 40), (130, 300)):
        memory = 2**20 * goroutines
        stats = MemStats(memory, memory, 4_096 * goroutines, 2**29 - 2**25, 2 * memory, 2 * memory, number)
        at = BEGIN + timedelta(minutes=number)
        row = {
            "kind": "heap",
            "fingerprint": value,
            "slot": at,
            "taken_at": at,
            "summary": write_summary(Summary(heap=HeapReading(stats, goroutines, goroutines, BEGIN, 0.0))),
        }
        store.insert("evidence", rows("evidence", row), f"heap {number}")
    (found,) = collect(Reader(store), value, "", Asking(86_400, "leakstream", rules=LIMITS))
    _, _, memory_forecast, cost = sentences(found, "how_fast")
    assert cost.endswith("each (measured: two readings of a:1 30 min apart, 260 goroutines more)")
    answers = found["answers"]
    assert isinstance(answers, dict)
    each = answers["how_fast"]["bytes_each"]
    assert (each["measured"], each["low"] < 2**20 < each["high"] < 1.3 * each["low"]) == (True, True)
    now = Range(300 * (2**20 + 4_096), 2**29 - 2**25)
    rate = Range(*(float(str(found[key])) * 216 / 324 for key in ("growth_low", "growth_high")))
    when = forecast(2**29, now, rate.times(Range(each["low"], each["high"])), "").sentence
    assert memory_forecast.startswith(f"512 MiB on a:1 (detection.limits): {when}, if it goes on and ")
    assert memory_forecast.endswith(" and nothing else in it grows")


def test_dump_says_how_long_and_who(explained: Row) -> None:
    """Waits and creator come from the newest dump."""
    assert sentences(explained, "blocked_on") == (
        "chan send, for 40 minutes in the median and 70 at most, in a dump of a:1 at 2026-11-01 02:00:00 UTC",
    )
    assert sentences(explained, "created_by") == ("main.handle, entry function main.main",)


def test_what_to_do_is_roll_back_restart_cause_and_fix(explained: Row) -> None:
    """What holds the damage back comes first."""
    back, restart, cause, fix = sentences(explained, "what_to_do")
    assert back == "roll back to v40, which never showed it"
    assert restart.startswith("restart a:1: as many are there again in ")
    assert (cause.partition(" ")[0], fix.partition(" ")[0]) == ("cause:", "fix:")


def test_trust_past_code_and_evidence(explained: Row) -> None:
    """The rest of the questions, whole."""
    fresh = "newest profile 2026-11-01 02:29:00 UTC; 300 profiles in 1d, 0 failed, 0 missing"
    behind = "0 of 2 instances silent; 218 counts of this stack"
    assert sentences(explained, "trust") == (f"{fresh}; {behind}",)
    transitions = explained["transitions"]
    assert isinstance(transitions, list)
    assert sentences(explained, "seen_before") == (
        f"new: first suspected {moment(transitions[-1], 'slot')}; ticket: file tickets/leak.md",
    )
    assert sentences(explained, "whose_code") == (
        "main.leak in package main",
        "owner unknown (label owner), commit unknown (label commit), version v41",
    )
    name = explained["fingerprint"]
    assert sentences(explained, "evidence") == (
        f"1 raw profiles (goroutine-text), kept for 30 days: leakstream evidence {name} --output-dir DIR",
    )


def test_all_twelve_stand_on_one_screen(explained: Row) -> None:
    """At most 40 lines of 80 columns without the stack, every label once and in order."""
    screen, _, stack = describe(explained).partition("\n\n")
    lines = screen.splitlines()
    labels = [line[:17].strip() for line in lines[1:-1] if not line.startswith(" ")]
    assert labels == [question.label for question in QUESTIONS]
    assert (len(lines) <= 40, max(map(len, lines)) <= 80) == (True, True)
    assert stack.splitlines() == ["The stack, innermost function first:", "  main.leak", "  main.main"]


def test_stack_that_nothing_else_is_known_of_answers_all_twelve(store: ClickhouseStore) -> None:
    """What is not known is said, and nothing fails."""
    store.insert("stacks", rows("stacks", {"first_version": ""}), "s")
    (found,) = collect(Reader(store), 255, "", Asking(3600, "leakstream"))
    assert {q.key: sentences(found, q.key)[0] for q in QUESTIONS if q.key != "what_to_do"} == {
        "leak_or_load": "inactive: it never grew",
        "which_stack": "chan send at main.leak",
        "since_when": "grows since unknown; first seen 2026-11-01 00:00:00 UTC on a:1",
        "which_instances": "growing on 0 of 0",
        "how_fast": "it never grew, so there is nothing to forecast",
        "blocked_on": "chan send; for how long is not known: no dump was taken of it",
        "created_by": "no dump names who began them; their entry function is main.main",
        "whose_code": "main.main in package main",
        "seen_before": "never suspected before; no ticket",
        "trust": "no scrape of this service is stored",
        "evidence": "no raw profile is kept",
    }
