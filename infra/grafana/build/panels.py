"""The kinds of panels: numbers, tables, series, flame graphs. Each says what it shows, and what to do when empty."""

from collections.abc import Sequence

from infra.grafana.build.model import METRICS, STORE, Json, Panel, steps

PLAIN = steps((None, "green"))


def numbers(
    width: int,
    title: str,
    what: str,
    targets: Sequence[Json],
    fields: Sequence[Json],
    *,
    empty: str = "-",
) -> Panel:
    """Give several numbers and words side by side, one for each field of a one-line answer; of metrics the numbers."""
    shown = "" if targets[0]["datasource"] == METRICS else "/.*/"  # an answer of Prometheus has a field of its time
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": shown, "values": False},
        "colorMode": "background",
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "vertical",
        "textMode": "value_and_name",
        "wideLayout": False,
    }
    defaults = {"color": {"mode": "thresholds"}, "thresholds": PLAIN, "mappings": [], "noValue": empty}
    return _panel(width, 4, "stat", title, what, targets, options, defaults, fields)


def table(width: int, height: int, title: str, what: str, target: Json, fields: Sequence[Json], *, empty: str) -> Panel:
    """Give a table; `empty` is what it says instead of rows."""
    options = {
        "showHeader": True,
        "cellHeight": "sm",
    }
    defaults = {
        "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False, "filterable": True},
        "color": {"mode": "thresholds"},
        "thresholds": PLAIN,
        "mappings": [],
        "noValue": empty,
    }
    return _panel(width, height, "table", title, what, [target], options, defaults, fields)


def series(
    width: int,
    height: int,
    title: str,
    what: str,
    targets: Sequence[Json],
    *,
    name: str = "",
    unit: str = "none",
    stacked: bool = False,
    fields: Sequence[Json] = (),
    links: Sequence[Json] = (),
    empty: str,
    lines: Json | None = None,
) -> Panel:
    """Give lines over time, or areas on each other; `name` names each, `lines` draws thresholds."""
    custom = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 60 if stacked else 8,
        "gradientMode": "none",
        "showPoints": "auto",
        "pointSize": 4,
        "spanNulls": False,
        "insertNulls": False,
        "axisSoftMin": 0,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if lines else "off"},
    }
    defaults = {
        "custom": custom,
        "color": {"mode": "palette-classic"},
        "unit": unit,
        "min": 0,
        "thresholds": lines or PLAIN,
        "mappings": [],
        "noValue": empty,
        **({"displayName": name} if name else {}),
        **({"links": list(links)} if links else {}),
    }
    options = {
        "legend": {"displayMode": "table", "placement": "right", "showLegend": True, "calcs": ["lastNotNull", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return _panel(width, height, "timeseries", title, what, targets, options, defaults, fields)


def flame_graph(width: int, height: int, title: str, what: str, target: Json) -> Panel:
    """Give a flame graph; its query answers with one bar that says what is missing where there is nothing to draw."""
    return _panel(width, height, "flamegraph", title, what, [target], {}, {"unit": "none"}, ())


def _panel(
    width: int,
    height: int,
    kind: str,
    title: str,
    what: str,
    targets: Sequence[Json],
    options: Json,
    defaults: Json,
    fields: Sequence[Json],
) -> Panel:
    """Give a panel of some kind."""
    source = METRICS if any(target["datasource"] == METRICS for target in targets) else STORE
    content = {
        "type": kind,
        "title": title,
        "description": what,
        "datasource": source,
        "targets": list(targets),
        "fieldConfig": {"defaults": defaults, "overrides": list(fields)},
        "options": options,
    }
    return Panel(width, height, content)
