"""`leakstream backtest` on a real store: the scrapes as they were, and both settings held against verdicts."""

from dataclasses import replace
from datetime import datetime

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.client import Reader
from leakstream.commands.backtest import change_row, play, score_row
from processors.backtest import Trial, compare_trials, score_trial
from processors.read_counts import read_opinions, read_scrapes
from processors.recount import CountedScrape
from processors.tabulate import tabulate
from processors.take_verdict import VerdictStep, tabulate_verdicts
from schemas.model import Fingerprint, LogPosition
from schemas.notation import parse_series
from schemas.say import Opinion, PersonalVerdict
from tests.processors.fleet import BEGIN, POLICY, Fleet
from tests.store_rows import START, minute


def say(store: ClickhouseStore, fingerprint: int, opinion: Opinion, at: datetime) -> None:
    """Store a verdict."""
    said = PersonalVerdict("checkout", fingerprint, opinion, "", "ann", at)
    store.insert(
        "verdicts", tabulate_verdicts([VerdictStep(said, LogPosition(0, 7))], "log")["verdicts"], f"{fingerprint}@{at}"
    )


@pytest.fixture
def fleet(store: ClickhouseStore) -> Fleet:
    """A leak beside a pool on two instances, gone for one slot, in the store."""
    played = Fleet()
    counts = {"main.leak": parse_series("0+2x60 _ 0x2 4+2x90"), "main.pool": parse_series("50x155")}
    played.play(counts, instances=("a", "b"))
    for table, found in tabulate(played.steps, "log").items():
        store.insert(table, found, table)
    return played


def test_store_gives_the_scrapes_as_they_were(fleet: Fleet, store: ClickhouseStore) -> None:
    """By slot and instance, with the counts of each; a stack that is gone counts zero."""
    found = list(read_scrapes("checkout", Reader(store).replayed_scrapes("checkout", minute(59), minute(63))))
    leak, pool = (name.value for name in sorted_names(fleet))
    version = {"version": "v1"}
    expected = [
        CountedScrape("checkout", instance, minute(at), 60.0, version, None, counts)
        for at, counts in ((60, {leak: 120, pool: 50}), (62, {leak: 0, pool: 50}), (63, {pool: 50}))
        for instance in ("a", "b")
    ]
    assert (BEGIN, found) == (START, expected)


def sorted_names(fleet: Fleet) -> list[Fingerprint]:
    """Give the leak and the pool."""
    return sorted((known.fingerprint for known in fleet.memory.stacks.values()), key=lambda name: name.site)


def test_both_settings_are_held_against_the_newest_verdicts(fleet: Fleet, store: ClickhouseStore) -> None:
    """Settings that fire nothing miss the leak, and it goes."""
    leak, pool = (name.value for name in sorted_names(fleet))
    say(store, leak, Opinion.BENIGN, START)
    say(store, leak, Opinion.LEAK, minute(1))
    say(store, pool, Opinion.BENIGN, START)
    reader = Reader(store)
    trials = (Trial(lambda _: POLICY), Trial(lambda _: replace(POLICY, minimum_growth=1e9)))
    names, seen = play(reader, trials, "", 86_400)
    opinions = read_opinions(reader.opinions(""))
    rows = [
        score_row(word, score_trial(trial, opinions)) for word, trial in zip(("before", "after"), trials, strict=True)
    ]
    assert seen == names.keys() == opinions.keys()
    assert rows == [
        {"settings": "before", "precision": 1.0, "recall": 1.0, "fired": 1, "leaks_found": 1, "leaks_missed": 0}
        | {"false_alarms": 0, "unjudged": 0},
        {"settings": "after", "precision": None, "recall": 0.0, "fired": 0, "leaks_found": 0, "leaks_missed": 1}
        | {"false_alarms": 0, "unjudged": 0},
    ]
    changes = [change_row(change, names[change.leak]) for change in compare_trials(*trials, opinions)]
    assert [(row["change"], row["site"], row["opinion"]) for row in changes] == [("goes", "main.leak", "leak")]


def test_backtest_decides_as_the_pipeline_did(fleet: Fleet, store: ClickhouseStore) -> None:
    """The same policy on the counts of the store fires the same stack in the same slot."""
    trial = Trial(lambda _: POLICY)
    play(Reader(store), (trial,), "checkout", 86_400)
    fired = [anomaly for anomaly in fleet.anomalies() if anomaly.state.value == "firing"]
    assert trial.fired == {("checkout", fired[0].fingerprint.value): fired[0].slot}
