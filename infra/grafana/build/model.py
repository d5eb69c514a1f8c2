"""The words that dashboards are written in: a panel, its fields, a variable; and where queries are read from.

Everything here is plain JSON, the classic model that Grafana 11.6 to 13 load.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

GRAFANA = Path(__file__).parents[1]
STORE = {"type": "grafana-clickhouse-datasource", "uid": "${datasource}"}
METRICS = {"type": "prometheus", "uid": "${prometheus}"}
SCHEMA_VERSION = 39
"""The newest one that Grafana 11.6 writes; later ones are migrated when they are read."""
COLUMNS = 24
_PLUGIN_VERSION = "4.0.0"
_SERIES, _TABLE = 0, 1

RED, ORANGE, GREEN, BLUE, PURPLE, GREY = "red", "orange", "green", "blue", "purple", "#808080"


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel without its place: `width` of COLUMNS, `height` in rows of 30 pixels."""

    width: int
    height: int
    content: Json


def read_sql(name: str) -> str:
    """Give a query by its place in queries/, as a person would paste it."""
    return (GRAFANA / "queries" / f"{name}.sql").read_text().strip()


def ask_table(name: str, ref: str = "A") -> Json:
    """Give a query whose answer is a table."""
    return _ask(name, ref, _TABLE, "table")


def ask_series(name: str, ref: str = "A") -> Json:
    """Give a query whose answer is series: time first, words become labels."""
    return _ask(name, ref, _SERIES, "timeseries")


def _ask(name: str, ref: str, answer: int, kind: str) -> Json:
    """Give a query of the ClickHouse data source."""
    return {
        "refId": ref,
        "datasource": STORE,
        "editorType": "sql",
        "format": answer,
        "queryType": kind,
        "pluginVersion": _PLUGIN_VERSION,
        "rawSql": read_sql(name),
    }


def ask_metrics(expression: str, legend: str, ref: str = "A", *, instant: bool = False) -> Json:
    """Give a query of Prometheus."""
    return {
        "refId": ref,
        "datasource": METRICS,
        "editorMode": "code",
        "expr": expression,
        "legendFormat": legend,
        "instant": instant,
        "range": not instant,
    }


def steps(*limits: tuple[float | None, str]) -> Json:
    """Give thresholds: each colour holds from its number on, the first one below all."""
    return {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in limits]}


def words(colors: Mapping[str, str]) -> list[Json]:
    """Give value mappings that colour words."""
    options = {word: {"color": color, "index": place} for place, (word, color) in enumerate(colors.items())}
    return [{"type": "value", "options": options}]


def link(title: str, url: str) -> Json:
    """Give a data link that opens in the same tab."""
    return {"title": title, "url": url, "targetBlank": False}


def field(name: str, shown: str = "", **properties: Any) -> Json:
    """Give an override of the field with that name: what it is called, and properties (`custom_x` is custom.x)."""
    listed = {"displayName": shown, **properties} if shown else properties
    found = [{"id": key.replace("custom_", "custom."), "value": value} for key, value in listed.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": found}


def section(title: str) -> Panel:
    """Give a heading over the panels that follow."""
    return Panel(COLUMNS, 1, {"type": "row", "title": title, "collapsed": False, "panels": []})


def place(panels: Sequence[Panel]) -> list[Json]:
    """Lay panels out from left to right, in rows, and number them; a row is as high as its highest panel."""
    laid: list[Json] = []
    x = y = height = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > COLUMNS:
            x, y, height = 0, y + height, 0
        where = {"x": x, "y": y, "w": panel.width, "h": panel.height}
        laid.append({"id": number, "gridPos": where, **panel.content})
        x, height = x + panel.width, max(height, panel.height)
    return laid
