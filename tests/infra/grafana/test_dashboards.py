"""The committed dashboards: made by their builders, whole, and leading somewhere wherever they lead."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from infra.grafana.build.make import make_grafana
from schemas.telemetry import METRICS, Kind
from tests.infra.grafana.reading import GRAFANA, Json, asked_of_prometheus, asked_of_store, dashboards

_ROOT = Path(__file__).parents[3]
_BY_UID = {dashboard["uid"]: dashboard for dashboard in dashboards()}
_PLUGIN = {"grafana-clickhouse-datasource": "${datasource}", "prometheus": "${prometheus}"}
_BUILT_IN = re.compile(r"^__")
_USED = re.compile(r"\$\{?(\w+)")


def variables_of(dashboard: Json) -> set[str]:
    """Give the names of its variables."""
    return {item["name"] for item in dashboard["templating"]["list"]}


def links_of(panel: Json) -> list[str]:
    """Give the addresses of all data links of a panel."""
    listed = list(panel.get("fieldConfig", {}).get("defaults", {}).get("links", ()))
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        listed += [item for one in override["properties"] if one["id"] == "links" for item in one["value"]]
    return [item["url"] for item in listed]


def overlap(one: Json, other: Json) -> bool:
    """Say whether two places share a cell."""
    across = one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
    return bool(across and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"])


def test_committed_files_are_what_the_builders_make() -> None:
    """Nobody changed one without the other: make generate."""
    stale = [name for name, text in make_grafana().items() if (_ROOT / name).read_bytes() != text]
    assert stale == []


def test_every_query_file_is_asked() -> None:
    """No SQL lies there that nothing uses."""
    texts = {asked.text for asked in asked_of_store()}
    unused = [path.name for path in (GRAFANA / "queries").rglob("*.sql") if path.read_text().strip() not in texts]
    assert unused == []


def test_there_are_the_four_dashboards() -> None:
    """Each under the address that links and people use."""
    names = ("fingerprint", "fleet", "pipeline", "service")
    assert [*_BY_UID] == [f"leakstream-{name}" for name in names]


@pytest.mark.parametrize("uid", _BY_UID)
def test_panels_are_numbered_and_lie_beside_each_other(uid: str) -> None:
    """No two have one number or share a place; none leaves the 24 columns; there is no hole above a panel."""
    panels = _BY_UID[uid]["panels"]
    places = [panel["gridPos"] for panel in panels]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    assert [pair for pair in combinations(places, 2) if overlap(*pair)] == []
    assert [place for place in places if place["x"] + place["w"] > 24] == []
    assert {place["y"] for place in places} - {place["y"] + place["h"] for place in places} == {0}


@pytest.mark.parametrize("uid", _BY_UID)
def test_data_sources_are_chosen_by_variables(uid: str) -> None:
    """No panel, query, variable or annotation names a store of its own, and the variable that it names is there."""
    dashboard = _BY_UID[uid]
    holders = [*dashboard["panels"], *dashboard["annotations"]["list"], *dashboard["templating"]["list"]]
    holders += [target for panel in dashboard["panels"] for target in panel.get("targets", ())]
    sources = [holder["datasource"] for holder in holders if "datasource" in holder]
    assert [source for source in sources if _PLUGIN[source["type"]] != source["uid"]] == []
    assert {source["uid"].strip("${}") for source in sources} <= variables_of(dashboard)


@pytest.mark.parametrize("uid", _BY_UID)
def test_words_in_titles_and_queries_are_variables_of_the_dashboard(uid: str) -> None:
    """What begins with a dollar is a macro, or a variable that stands above."""
    dashboard = _BY_UID[uid]
    texts = [asked.text for asked in asked_of_store() if asked.place.startswith(uid.removeprefix("leakstream-") + " ")]
    texts += [panel["title"] for panel in dashboard["panels"]]
    used = {name for text in texts for name in _USED.findall(text) if not _BUILT_IN.match(name)}
    assert used <= variables_of(dashboard)


@pytest.mark.parametrize("uid", _BY_UID)
def test_links_lead_to_a_dashboard_and_give_it_what_it_needs(uid: str) -> None:
    """The dashboard is there, has the variables that it gets, this one those that it passes on; names are encoded."""
    for url in [url for panel in _BY_UID[uid]["panels"] for url in links_of(panel)]:
        target, _, query = url.removeprefix("/d/").partition("?")
        given = set(re.findall(r"var-(\w+)=", query))
        passed = set(re.findall(r"\$\{(\w+):queryparam\}", query))
        assert given | passed <= variables_of(_BY_UID[target])
        assert passed <= variables_of(_BY_UID[uid])
        assert re.findall(r"=\$\{__(?:data|field)[^}:]*\}", query) == []
        assert query.endswith("${__url_time_range}")


def test_every_panel_says_what_it_shows_and_what_to_do_when_empty() -> None:
    """A description, and a sentence of its own in place of "No data"; a flame graph draws that as its one bar."""
    silent = []
    for dashboard in dashboards():
        for panel in dashboard["panels"]:
            if panel["type"] == "row":
                continue
            empty = panel["fieldConfig"]["defaults"].get("noValue", "")
            told = bool(empty) or panel["type"] == "flamegraph"
            silent += [] if panel["description"] and told else [panel["title"]]
    assert silent == []


def test_numbers_of_prometheus_are_shown_without_their_times() -> None:
    """An answer of the store is shown whole, words too; one of Prometheus has a time beside its number."""
    panels = [panel for dashboard in dashboards() for panel in dashboard["panels"] if panel["type"] == "stat"]
    shown = {(panel["datasource"]["type"], panel["options"]["reduceOptions"]["fields"]) for panel in panels}
    assert shown == {("grafana-clickhouse-datasource", "/.*/"), ("prometheus", "")}


def test_metrics_that_are_asked_for_exist() -> None:
    """Every name in an expression is one of docs/reference/metrics.md; only histograms have parts."""
    parts = {f"{m.name}_{part}" for m in METRICS if m.kind is Kind.HISTOGRAM for part in ("bucket", "sum", "count")}
    known = {m.name for m in METRICS if m.kind is not Kind.HISTOGRAM} | parts
    asked = {name for text in asked_of_prometheus() for name in re.findall(r"leakstream_\w+", text)}
    assert (asked - known, len(asked) > 25) == (set(), True)


def test_labels_that_are_asked_for_exist() -> None:
    """What is summed by, or shown in a legend, is a label of the metric, or one that Prometheus adds."""
    labels = {metric.name: {*metric.labels, "job", "instance", "le"} for metric in METRICS}
    wrong = []
    for text in asked_of_prometheus():
        (name, *_) = re.findall(r"leakstream_\w+?(?=_bucket|\b)", text)
        wrong += [
            (text, label)
            for by in re.findall(r"by \(([^)]*)\)", text)
            for label in by.split(", ")
            if label not in labels[name]
        ]
    assert wrong == []
