"""What our SQL gives is drawn by Grafana's own flame graph: its check passes, and something is painted."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from tests.infra.grafana import picture_story
from tests.infra.grafana.browser import ROOT, Drawn, bundle, draw, need_browser
from tests.infra.grafana.macros import expand
from tests.infra.grafana.make_pictures import PICTURES
from tests.infra.grafana.reading import GRAFANA
from tests.infra.grafana.stores import look_at, opened
from tests.store_rows import START, rows

pytestmark = pytest.mark.integration

_FEWEST_COLORS = 10
"""A drawing has hundreds, with the edges of its letters; an empty canvas has one."""
_LARGEST_PICTURE = 300_000


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the component in one file."""
    need_browser()
    folder = tmp_path_factory.mktemp("page")
    bundle(folder)
    return folder


@pytest.fixture(scope="module")
def orders(store_path: Path) -> Iterator[ClickhouseStore]:
    """A store with a service as services are, beside the story."""
    with opened(store_path, "flames", filled=True) as store:
        picture_story.fill(store)
        yield store


def rows_of(store: ClickhouseStore, query: str, service: str) -> list[dict[str, object]]:
    """Give the rows of a panel."""
    sql = expand((GRAFANA / f"queries/service/{query}.sql").read_text(), look_at(service))
    return [dict(row) for row in store.query(f"{sql}\nSETTINGS readonly = 1")]


def is_fine(drawn: Drawn) -> bool:
    """Say whether the check passed, nothing failed, and something was painted."""
    return (drawn.wrong, drawn.errors) == ("", ()) and drawn.colors > _FEWEST_COLORS


@pytest.mark.parametrize("service", [picture_story.SERVICE, "checkout", "nobody knows it"])
@pytest.mark.parametrize("query", PICTURES)
def test_flame_graph_is_drawn(page: Path, orders: ClickhouseStore, query: str, service: str) -> None:
    """Of every service, and of one without a profile: there the one bar with its sentence is drawn."""
    drawn = draw(page, rows_of(orders, query, service))
    assert is_fine(drawn), drawn


def test_check_is_a_check(page: Path, orders: ClickhouseStore) -> None:
    """A column that is missing is named by Grafana, so the frames above pass for a reason."""
    rows = [
        {key: value for key, value in row.items() if key != "self"} for row in rows_of(orders, "flamegraph", "cart")
    ]
    assert draw(page, rows).wrong == "Data is missing fields: self"


def test_what_nobody_could_see_is_left_out(orders: ClickhouseStore) -> None:
    """Of a million goroutines 999 in one stack are too narrow, with all that stands on it; 1001 are not."""
    held = {"main.pool": 998_000, "main.leak": 1001, "main.noise": 999}
    of = {"service": "crowd", "operation": "", "origin": "main.main"}
    stacks = [{**of, "fingerprint": at, "frames": [name, f"{name}.start"]} for at, name in enumerate(held, 1)]
    newest = {"service": "crowd", "slot": START + timedelta(hours=3, minutes=55)}
    counts = [{**newest, "fingerprint": at, "goroutines": many} for at, many in enumerate(held.values(), 1)]
    for table, given in (("stacks", stacks), ("counts", counts), ("scrapes", [newest])):
        orders.insert(table, rows(table, *given), f"crowd-{table}")
    drawn = [(row["level"], row["label"], row["value"]) for row in rows_of(orders, "flamegraph", "crowd")]
    assert drawn == [
        (0, "crowd", 1_000_000),
        (1, "main.leak.start", 1001),
        (2, "main.leak", 1001),
        (1, "main.pool.start", 998_000),
        (2, "main.pool", 998_000),
    ]


def test_pictures_of_the_docs_are_small() -> None:
    """Each query of a picture has its picture, which loads quickly."""
    sizes = {path.stem: path.stat().st_size for path in (ROOT / "docs/operate/pictures").glob("*.png")}
    assert (set(sizes), max(sizes.values()) < _LARGEST_PICTURE) == (set(PICTURES), True)
