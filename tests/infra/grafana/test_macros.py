"""The port of the data source's macros and of Grafana's variables, against what the real ones gave."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.infra.grafana.macros import MacroError, Request, expand, expand_macros
from tests.infra.grafana.variables import ALL, FORMATS, Chosen, write_conditions, write_variables

_RECORDED = Path(__file__).parents[4] / "shared/data/grafana-macros.jsonl"
_SERVICE = {"service": Chosen(ALL, ("a", "b"))}
_REQUEST = Request(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC), 60_000, _SERVICE)


def answer_of(sql: str, request: Request) -> tuple[str, str]:
    """Give what the back end makes of SQL, or the error that it answers with."""
    try:
        return "expanded", expand_macros(sql, request)
    except MacroError as error:
        return "error", str(error)


def test_expansions_are_those_of_the_real_data_source() -> None:
    """Every one that was recorded from it, errors included."""
    if not _RECORDED.exists():
        pytest.skip("recorded expansions of the data source are not at hand (shared/data/grafana-macros.jsonl)")
    lines = [json.loads(line) for line in _RECORDED.read_text().splitlines()]
    wrong = []
    for line in lines:
        since, until = datetime.fromisoformat(line["from"]), datetime.fromisoformat(line["to"])
        got = answer_of(line["sql"], Request(since, until, line["interval_ms"], table="counts", column="slot"))
        expected = ("expanded", line["expanded"]) if "expanded" in line else ("error", line["error"])
        wrong += [] if got == expected else [(line, got)]
    assert (len(lines), wrong) == (380, [])


@pytest.mark.parametrize(
    ("sql", "expanded"),
    [
        ("$__timeFilter(slot)", "slot >= toDateTime(1793491200) AND slot <= toDateTime(1793512800)"),
        ("$__timeInterval(slot)", "toStartOfInterval(toDateTime(slot), INTERVAL 60 second)"),
        ("$__fromTime .. $__toTime", "toDateTime(1793491200) .. toDateTime(1793512800)"),
        ("'$__fromTime' -- $__toTime", "'toDateTime(1793491200)' -- toDateTime(1793512800)"),
        ("$__unknown(x)", "$__unknown(x)"),
    ],
)
def test_macros_that_the_dashboards_use(sql: str, expanded: str) -> None:
    """Seconds since 1970, wherever the macro stands; what is none stays."""
    assert expand(sql, _REQUEST) == expanded


def test_interval_is_one_second_at_least() -> None:
    """A panel that is wider than its seconds does not divide by nothing."""
    assert expand("$__interval_s", Request(_REQUEST.since, _REQUEST.until, 20)) == "1"


@pytest.mark.parametrize(
    ("chosen", "written"),
    [
        (Chosen(ALL, ("a",)), "WHERE 1=1 AND x"),
        (Chosen((ALL,), ("a",)), "WHERE 1=1 AND x"),
        (Chosen(""), "WHERE 1=1 AND x"),
        (Chosen(("a", "b")), "WHERE f(s, (${service:csv})) AND x"),
    ],
)
def test_condition_falls_away_where_everything_is_chosen(chosen: Chosen, written: str) -> None:
    """Commas and parentheses within it are its own."""
    sql = "WHERE $__conditionalAll(f(s, (${service:csv})), $service) AND x"
    assert write_conditions(sql, {"service": chosen}).replace("  ", " ") == written


def test_condition_without_its_variable_stays_as_it_is() -> None:
    """One argument is too few: the data source sends the text on."""
    assert write_conditions("$__conditionalAll(a)", _SERVICE) == "$__conditionalAll(a)"


@pytest.mark.parametrize(
    ("form", "one", "several"),
    [
        ("", "o'x", "'o'x','\"b'"),
        ("raw", "o'x", "o'x,\"b"),
        ("csv", "o'x", "o'x,\"b"),
        ("pipe", "o'x", "o'x|\"b"),
        ("regex", "o'x", "(o'x|\"b)"),
        ("singlequote", "'o\\'x'", "'o\\'x','\"b'"),
        ("doublequote", '"o\'x"', '"o\'x","\\"b"'),
        ("sqlstring", "'o''x'", "'o''x','\\\"b'"),
        ("percentencode", "o%27x", "%7Bo%27x%2C%22b%7D"),
    ],
)
def test_values_are_written_in_the_formats_of_grafana(form: str, one: str, several: str) -> None:
    """One value and several; without a format several get quotes that nothing escapes, which is why ours name one."""
    assert (FORMATS[form]("o'x"), FORMATS[form](("o'x", '"b'))) == (one, several)


def test_all_is_written_as_all_options() -> None:
    """Where no condition drops it, every option stands there; what is no variable stays."""
    assert (
        write_variables("${service:singlequote} $service ${other:csv} $x", _SERVICE)
        == "'a','b' 'a','b' ${other:csv} $x"
    )
