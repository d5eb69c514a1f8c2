"""Every query of every dashboard and alert rule runs on the engine and gives its panel what it needs.

On a store with a story and on an empty one, over several times, with everything chosen, several values, odd names;
expanded as the data source does it, and once sent to the door as it sends it.
"""

import asyncio
import http.client
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.serve.door import Door
from tests.infra.grafana.macros import expand
from tests.infra.grafana.reading import Asked, alerts, asked_of_store
from tests.infra.grafana.stores import CHOICES, ODD, TIMES, look, opened
from tests.seed import at

_ASKED = asked_of_store()
_DIFFERENT = [*{(asked.kind, asked.text): asked for asked in reversed(_ASKED)}.values()]
"""Each text once: dashboards share variables and marks."""
_WORDS = ("String", "LowCardinality(String)")
_NUMBERS = ("UInt8", "UInt16", "UInt32", "UInt64", "Int32", "Int64", "Float32", "Float64")
_LARGEST_EXACT = 2**53
"""Of whole numbers in JavaScript."""
Rows = Sequence[Mapping[str, object]]


@pytest.fixture(scope="module")
def story(store_path: Path) -> Iterator[ClickhouseStore]:
    """A store with the story, for reading."""
    with opened(store_path, "panels", filled=True) as store:
        yield store


@pytest.fixture(scope="module")
def empty(store_path: Path) -> Iterator[ClickhouseStore]:
    """A store in which nothing was ever written."""
    with opened(store_path, "panels_empty", filled=False) as store:
        yield store


def read(store: ClickhouseStore, sql: str) -> Rows:
    """Ask as a reader who may not write."""
    return store.query(f"{sql}\nSETTINGS readonly = 1")


def columns_of(store: ClickhouseStore, sql: str) -> dict[str, str]:
    """Give the columns of an answer in their order, with their types; a type that may be missing as itself."""
    described = store.query(f"DESCRIBE TABLE ({sql})")
    return {str(row["name"]): str(row["type"]).removeprefix("Nullable(").removesuffix(")") for row in described}


def is_number(kind: str) -> bool:
    """Say whether Grafana sees a number."""
    return kind in _NUMBERS or kind == "Bool"


def is_time(kind: str) -> bool:
    """Say whether Grafana sees a time; the closing parenthesis may have gone with a Nullable."""
    return kind.startswith("DateTime")


def is_word(kind: str) -> bool:
    """Say whether Grafana sees a word."""
    return kind.rstrip(")") in {word.rstrip(")") for word in _WORDS}


def misfit(asked: Asked, columns: Mapping[str, str]) -> str:
    """Say what of the columns does not suit the panel; empty when all does."""
    names, kinds = [*columns], [*columns.values()]
    suits = {
        "stat": lambda: all(is_number(kind) or is_time(kind) or is_word(kind) for kind in kinds),
        "table": lambda: all(is_number(kind) or is_time(kind) or is_word(kind) for kind in kinds),
        "timeseries": lambda: (
            names[0] == "time"
            and is_time(kinds[0])
            and any(map(is_number, kinds))
            and all(is_number(kind) or is_word(kind) for kind in kinds[1:])
        ),
        "flamegraph": lambda: columns == {"level": "Int32", "label": "String", "value": "UInt64", "self": "UInt64"},
        "annotation": lambda: names == ["time", "text", "tags"] and is_time(kinds[0]) and all(map(is_word, kinds[1:])),
        "variable": lambda: len(names) in {1, 2} and all(map(is_word, kinds)),
        "alert": lambda: kinds[-1] == "Float64" and all(map(is_word, kinds[:-1])),
    }
    dressed = [one["matcher"]["options"] for one in asked.panel.get("fieldConfig", {}).get("overrides", ())]
    return "" if suits[asked.kind]() and set(dressed) <= set(names) else f"{columns}, dressed: {dressed}"


def misread(asked: Asked, rows: Rows) -> str:
    """Say which rows Grafana would show wrong; empty when none."""
    large = [row for row in rows for value in row.values() if isinstance(value, int) and value > _LARGEST_EXACT]
    faults = {"numbers that JavaScript rounds": large}
    if asked.kind == "stat":
        faults["not one row"] = [] if len(rows) <= 1 else [*rows]
    if asked.kind == "timeseries":
        keys = [(row["time"], *(value for value in row.values() if isinstance(value, str))) for row in rows]
        faults["not in order, or twice"] = [pair for pair in pairwise(keys) if not pair[0] < pair[1]]  # type: ignore[misc]
    if asked.kind == "flamegraph":
        levels = [int(str(row["level"])) for row in rows]
        broken = [pair for pair in pairwise(levels) if not 0 < pair[1] <= pair[0] + 1]
        faults["not one root, depth first"] = [levels] if not levels or levels[0] != 0 or broken else []  # type: ignore[list-item]
    return str({name: found for name, found in faults.items() if found} or "")


def is_many(asked: Asked) -> bool:
    """Say whether several services may be chosen where it is asked."""
    return asked.place.startswith(("fleet", "alert"))


def looks_of(asked: Asked, times: Iterable[str], choices: Iterable[str]) -> Iterator[str]:
    """Give the query as it is sent at some times, and for some choices of variables."""
    for time in times:
        yield expand(asked.text, look(time, many=is_many(asked)))
    for choice in choices:
        yield expand(asked.text, look("the story", choice, many=is_many(asked)))


@pytest.mark.parametrize("asked", _DIFFERENT, ids=lambda asked: asked.place)
def test_panel_gets_what_it_needs(asked: Asked, story: ClickhouseStore) -> None:
    """At every time and choice rows that Grafana shows as they are; columns that suit, and those that it dresses."""
    looks = [*looks_of(asked, TIMES, CHOICES)]
    assert misfit(asked, columns_of(story, looks[0])) == ""
    assert [(sql, wrong) for sql in looks if (wrong := misread(asked, read(story, sql)))] == []


@pytest.mark.parametrize("asked", _DIFFERENT, ids=lambda asked: asked.place)
def test_empty_store_is_no_error(asked: Asked, empty: ClickhouseStore) -> None:
    """The same of a store without a row: numbers are one row or none, flame graphs one bar, all else is empty."""
    most = int(asked.kind in {"stat", "flamegraph"})
    for sql in looks_of(asked, ["a quarter"], ["all", "nothing"]):
        rows = read(empty, sql)
        assert (misfit(asked, columns_of(empty, sql)), misread(asked, rows), len(rows) <= most) == ("", "", True)


def test_every_query_has_rows_of_the_story(story: ClickhouseStore) -> None:
    """None is right only because it finds nothing."""
    looks = [("all", "g1-00000000000000b2"), ("one", "g1-00000000000000a1"), ("one", "g1-00000000000000b2")]
    silent = [
        asked.place
        for asked in _DIFFERENT
        if not any(
            read(story, expand(asked.text, look("the story", choice, many=is_many(asked), stack=stack)))
            for choice, stack in looks
        )
    ]
    assert silent == []


def asked_at(place: str) -> str:
    """Give the text of one query."""
    return next(asked.text for asked in _ASKED if asked.place == place)


def test_fleet_shows_all_services_or_those_that_are_chosen(story: ClickhouseStore) -> None:
    """With All no name is compared; environments choose services; a name with quotes and commas is a name."""
    leaks, targets = asked_at("fleet Leaks now, the worst first"), asked_at("fleet How fresh the data is")
    found = {
        choice: (
            [row["service"] for row in read(story, expand(leaks, look("the story", choice, many=True)))],
            sorted(str(row["service"]) for row in read(story, expand(targets, look("the story", choice, many=True)))),
        )
        for choice in CHOICES
    }
    everything = (["checkout", "cart"], ["cart", "checkout", "search"])
    assert found == {
        "all": everything,
        "one": (["checkout"], ["checkout"]),
        "several": (["checkout", "cart"], ["cart", "checkout"]),
        "odd names": (["cart"], ["cart"]),
        "nothing": everything,
    }


def test_services_follow_the_environments(story: ClickhouseStore) -> None:
    """The label environment counts before env; who has neither is (none); All shows those too that never answered."""
    offered = {
        choice: [row["service"] for row in read(story, expand(asked_at("fleet $service"), look("the story", choice)))]
        for choice in ("all", "one", "odd names")
    }
    assert offered == {
        "all": ["cart", "checkout", ODD, "search"],
        "one": ["checkout"],
        "odd names": ["cart", "checkout", ODD, "search"],
    }


def test_first_screen_of_a_stack_says_everything(story: ClickhouseStore) -> None:
    """State, wait, rate, instances, deploy, times, tickets, as docs/queries.md has them."""
    places = ("${fingerprint} in ${service}", "Since when, and who knows")
    told = [read(story, expand(asked_at(f"fingerprint {place}"), look()))[0] for place in places]
    assert {**told[0], **told[1]} == {
        "state": "firing",
        "verdict": "probable",
        "operation": "chan send",
        "goroutines": 92,
        "growth_per_hour": 48.0,
        "growth_interval": "40 to 55",
        "growing_instances": "2 of 2",
        "worst_instance": "10.0.0.1:6060",
        "first_version": "v42",
        "first_seen": at(24),
        "since": at(29),
        "last_seen": at(47),
        "tickets": "file: firing, delivered; webhook: firing, intended",
    }


def test_stack_that_nobody_knows_says_nothing(story: ClickhouseStore) -> None:
    """Then the panel's own sentence says to choose another one."""
    unknown = look(stack="g1-ffffffffffffffff")
    places = ("${fingerprint} in ${service}", "Since when, and who knows", "What to know and do", "The stack")
    assert [read(story, expand(asked_at(f"fingerprint {place}"), unknown)) for place in places] == [()] * 4


def test_totals_by_operation_are_those_of_every_hour(story: ClickhouseStore) -> None:
    """From the counts and from the totals by the hour, at the same hours, the same largest totals of the leak."""
    text, held = asked_at("service Goroutines by what they wait on"), {}
    for time in ("the story", "a quarter"):
        rows = read(story, expand(text, look(time)))
        held[time] = max(int(str(row["goroutines"])) for row in rows if row["operation"] == "chan send")
    assert held == {"the story": 92, "a quarter": 92}


def test_alerts_fire_for_what_is_wrong_in_the_story(story: ClickhouseStore) -> None:
    """The leak that fires, the service that fell silent, the tickets that wait; nothing grows fast."""
    found = {}
    for rule in alerts():
        ask, compare = (part["model"] for part in rule["data"])
        if "rawSql" in ask:
            (limit,) = compare["conditions"][0]["evaluator"]["params"]
            rows = [[*row.values()] for row in read(story, expand(ask["rawSql"], look()))]
            found[rule["uid"].removeprefix("leakstream-")] = [(row[0], row[-1]) for row in rows if row[-1] > limit]
    assert found == {
        "leak-fires": [("checkout", 92.0)],
        "leak-grows-fast": [],
        "service-is-stale": [("search", 2700.0)],
        "targets-fail": [("search", 100.0)],
        "tickets-wait": [("webhook", 1.0)],
    }


def ask_door(port: int, sql: str, database: str) -> tuple[int, str]:
    """Send a statement as clickhouse-go does in the data source, and give status and format, or the error."""
    asked = {
        "database": database,
        "default_format": "Native",
        "client_protocol_version": "54460",
        "max_execution_time": "64",
    }
    headers = {
        "User-Agent": "grafana/13.0.1 [clickhouse-datasource/4.20.0] clickhouse-go/2.47.0 (lv:go/1.26; os:linux)",
        "Accept-Encoding": "gzip",
        "Authorization": "Basic bGVha3N0cmVhbV9yZWFkZXI6",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", f"/?{urlencode(asked)}", sql.encode(), headers)
        reply = connection.getresponse()
        body = reply.read()
        return reply.status, reply.getheader("X-ClickHouse-Format") or body.decode()
    finally:
        connection.close()


async def test_door_answers_every_query(story: ClickhouseStore, store_path: Path) -> None:
    """The port of the embedded engine lets through all that the data source sends, and answers in its format."""
    assert read(story, "SELECT 1 AS one") == ({"one": 1},)
    door = Door(store_path, "127.0.0.1", 0, database="panels")
    await door.start()
    try:
        refused = []
        for asked in _ASKED:
            sql = expand(asked.text, look("the story", "several", many=is_many(asked)))
            answer = await asyncio.to_thread(ask_door, door.port, sql, "panels")
            refused += [] if answer == (200, "Native") else [(asked.place, answer)]
    finally:
        await door.stop()
    assert refused == []
