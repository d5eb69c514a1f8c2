"""What `top`, `explain` and `status` ask and say, on a real store."""

import json
from datetime import UTC, datetime

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.client import Place, Reader, place_of
from leakstream.commands.explain import Asking, collect
from leakstream.explanation import describe
from leakstream.output import Column, json_line, table
from leakstream.process_metrics import Sample, parse_metrics
from processors.advice import advise
from processors.limit_fingerprints import OVERFLOW
from processors.tickets.compose import history_sql
from schemas.model import Fingerprint
from schemas.settings_load import load_settings
from tests.store_rows import START, minute, rows


@pytest.fixture
def reader(store: ClickhouseStore) -> Reader:
    """Questions to a store in which one leak of two services fires and another stack grows less."""
    store.insert("stacks", rows("stacks", {}, {"service": "cart"}, {"fingerprint": 3, "site": "main.slow"}), "s")
    store.insert(
        "growth", rows("growth", {}, {"fingerprint": 3, "growth_low": 1.0}, {"service": "cart", "growth_low": 9.0}), "g"
    )
    store.insert("anomalies", rows("anomalies", {"state": "pending", "previous": "inactive"}, {"slot": minute(9)}), "a")
    store.insert("counts", rows("counts", {}, {"slot": minute(5), "goroutines": 8}, {"instance": "b:1"}), "c")
    store.insert(
        "scrapes", rows("scrapes", {}, {"instance": "b:1", "ok": False, "reason": "timeout", "error": "slow"}), "x"
    )
    return Reader(store)


def test_top_is_worst_first_across_services(reader: Reader) -> None:
    """What surely grows fastest stands first; one service can be asked for."""
    everything = [(row["service"], row["fingerprint"]) for row in reader.top("", 3600, 10)]
    assert everything == [
        ("cart", "g1-00000000000000ff"),
        ("checkout", "g1-00000000000000ff"),
        ("checkout", "g1-0000000000000003"),
    ]
    assert [row["site"] for row in reader.top("checkout", 3600, 1)] == ["main.leak"]


def test_explanation_holds_everything(reader: Reader) -> None:
    """Stack, state, since when, since which version, where, how fast, why, what to do, and SQL."""
    (explained,) = collect(reader, 255, "checkout", Asking(3600, "leakstream"))
    advice = advise(Fingerprint(255, "chan send", "main.leak", "main.main", ("main.leak", "main.main")))
    assert {key: value for key, value in explained.items() if key != "answers"} == {
        "service": "checkout",
        "fingerprint": "g1-00000000000000ff",
        "operation": "chan send",
        "site": "main.leak",
        "origin": "main.main",
        "frames": ["main.leak", "main.main"],
        "first_seen": START,
        "first_version": "v1",
        "first_instance": "a:1",
        "state": "firing",
        "verdict": "probable",
        "since": START,
        "goroutines": 10,
        "instances": 2,
        "growing_instances": 1,
        "worst_instance": "a:1",
        "growth_per_hour": 6.0,
        "growth_low": 5.0,
        "growth_high": 7.0,
        "slot": START,
        "evidence": {"floor": 9, "score": 4.0, "scale_slots": 30, "candidate": True, "reason": "it rises"},
        "by_instance": [
            {
                "instance": "a:1",
                "first_slot": START,
                "last_slot": minute(5),
                "first_goroutines": 1,
                "last_goroutines": 8,
                "lowest": 1,
                "highest": 8,
            },
            {
                "instance": "b:1",
                "first_slot": START,
                "last_slot": START,
                "first_goroutines": 1,
                "last_goroutines": 1,
                "lowest": 1,
                "highest": 1,
            },
        ],
        "labels": [],
        "profiles": [],
        "said": [],
        "judgement_off": None,
        "transitions": [
            {"slot": minute(9), "state": "firing", "previous": "pending", "verdict": "probable", "reason": "it held"},
            {"slot": START, "state": "pending", "previous": "inactive", "verdict": "probable", "reason": "it held"},
        ],
        "advice": {"pattern": advice.pattern, "cause": advice.cause, "fix": advice.fix},
        "sql": history_sql("checkout", 255, "leakstream"),
    }
    assert json.loads(json_line(explained))["since"] == "2026-11-01T00:00:00.000Z"


def test_explanation_for_people_says_the_same(reader: Reader) -> None:
    """The facts a person asks for at night are all there."""
    text = describe(collect(reader, 255, "checkout", Asking(3600, "leakstream"))[0], full=True)
    missing = [
        words
        for words in (
            "g1-00000000000000ff in checkout",
            "chan send at main.leak",
            "firing (probable): it held",
            "+6.0/h (90 % interval +5.0/h to +7.0/h)",
            "growing on 1 of 2",
            "first seen 2026-11-01",
            "a:1: 1 to 8, at most 8",
            "2026-11-01 00:09:00 UTC pending to firing: it held",
            "  main.leak\n  main.main",
            "How to fix it:\n  if err != nil {\n  \terrs <- err",
            "FROM leakstream.fingerprint_history",
        )
        if words not in text
    ]
    assert missing == []


def test_explanation_shows_the_labels_of_the_worst_instance(reader: Reader) -> None:
    """A small table, where there are any; in json rows."""
    given = rows("label_counts", *({"slot": minute(5), "value": v, "goroutines": n} for v, n in (("7", 6), ("8", 2))))
    reader.store.insert("label_counts", given, "l")
    (explained,) = collect(reader, 255, "checkout", Asking(3600, "leakstream"))
    assert explained["labels"] == [
        {"instance": "a:1", "slot": minute(5), "key": "tenant", "value": "7", "goroutines": 6},
        {"instance": "a:1", "slot": minute(5), "key": "tenant", "value": "8", "goroutines": 2},
    ]
    assert [
        line.split() for line in describe(explained, full=True).partition("Its labels on ")[2].splitlines()[:4]
    ] == [
        ["a:1", "at", "2026-11-01", "00:05:00", "UTC:"],
        ["LABEL", "VALUE", "GOROUTINES"],
        ["tenant", "7", "6"],
        ["tenant", "8", "2"],
    ]


def test_stack_that_never_grew_is_explained_too(store: ClickhouseStore) -> None:
    """Without evaluations there is still the stack, its history and advice."""
    store.insert("stacks", rows("stacks", {}), "s")
    (explained,) = collect(Reader(store), 255, "", Asking(3600, "leakstream"))
    assert (explained["state"], explained["evidence"], explained["by_instance"]) == ("inactive", None, [])
    assert "inactive" in describe(explained)


def test_every_service_that_shows_a_stack_is_explained(reader: Reader) -> None:
    """One fingerprint may leak in several services; each has its own numbers."""
    assert [row["service"] for row in collect(reader, 255, "", Asking(3600, "leakstream"))] == ["cart", "checkout"]


def test_status_knows_targets_freshness_leaks_and_drops(reader: Reader) -> None:
    """A target that fails is seen with its reason."""
    assert [(row["instance"], row["failures"], row["last_error"]) for row in reader.targets("checkout")] == [
        ("a:1", 0, ""),
        ("b:1", 1, "slow"),
    ]
    assert [(row["service"], row["newest_slot"]) for row in reader.freshness()] == [("checkout", START)]
    assert list(reader.leaks()) == [{"service": "checkout", "state": "firing", "leaks": 1}]
    assert [(row["reason"], row["scrapes"]) for row in reader.drops(3600)] == [("timeout", 1)]


def test_status_knows_who_has_too_many_fingerprints(reader: Reader, store: ClickhouseStore) -> None:
    """The overflow of a service is named, with what is counted as it in the newest slot that shows it."""
    assert reader.overflows() == ()
    found = {"fingerprint": OVERFLOW.value, "site": "(overflow)", "frames": ["(overflow)"]}
    store.insert("stacks", rows("stacks", {**found, "first_seen": minute(1)}), "o")
    slots = [(minute(at), name) for at in (1, 2) for name in ("a:1", "b:1")]
    told = [{"fingerprint": OVERFLOW.value, "slot": slot, "instance": name, "goroutines": 4} for slot, name in slots]
    store.insert("counts", rows("counts", *told), "o")
    assert reader.overflows() == (
        {
            "service": "checkout",
            "fingerprints": 2,
            "overflow": str(OVERFLOW),
            "since": minute(1),
            "slot": minute(2),
            "goroutines": 8,
        },
    )


def test_status_knows_how_long_rows_are_kept(reader: Reader) -> None:
    """Rows of each table, and their time in seconds; 0 is for ever."""
    kept = {row["table"]: (row["rows"], row["kept_seconds"]) for row in reader.tables()}
    assert (kept["counts"], kept["stacks"], kept["evidence"]) == ((3, 0), (3, 0), (0, 30 * 86_400))


def test_place_is_the_url_then_the_settings_then_the_default() -> None:
    """A URL wins for the address; user and password never stay in what is shown."""
    served = load_settings("store: {clickhouse: {url: 'http://db:8123', user: u, password: p, database: d}}", "f")
    embedded = load_settings("store: {embedded: {listen_address: '127.0.0.1:9000'}}\nweb: {listen_address: 'h:1'}", "f")
    assert (place_of(None, None), place_of(None, served), place_of(None, embedded)) == (
        Place(),
        Place("http://db:8123", "u", "p", "d"),
        Place("http://127.0.0.1:9000", metrics_url="http://h:1/metrics"),
    )
    assert place_of("https://me:s%40cret@x:8443/ch", served) == Place("https://x:8443/ch", "me", "s@cret", "d")
    assert place_of("other:8123", None) == Place("http://other:8123")
    assert "s@cret" not in repr(place_of("https://me:s%40cret@x:8443", None))


def test_metrics_are_read_as_they_are_written() -> None:
    """Labels with escapes come back; comments and nonsense are left out."""
    text = '# HELP a b\nlag{partition="0",x="a\\"b\\\\n\\n"} 3.0\nup 1\nbroken{ 5\nnan_is NaNa\n'
    assert parse_metrics(text) == (Sample("lag", {"partition": "0", "x": 'a"b\\n\n'}, 3.0), Sample("up", {}, 1.0))


def test_table_holds_nothing_hostile_and_folds_nothing_into_a_pipe() -> None:
    """Markup, terminal sequences and long names are shown as they are."""
    shown = table(
        [Column("NAME", "name"), Column("N", "n", number=True), Column("AT", "at")],
        [{"name": "[red]\x1b[1m" + "x" * 200, "n": 12345, "at": datetime(1970, 1, 1, tzinfo=UTC)}, {"name": "b"}],
    )
    assert [line.split() for line in shown.splitlines()] == [
        ["NAME", "N", "AT"],
        ["[red]" + "x" * 200, "12,345", "-"],
        ["b", "-", "-"],
    ]
