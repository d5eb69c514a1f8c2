"""What is provisioned, read back from the committed files: dashboards, and everything in them that is asked."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

GRAFANA = Path(__file__).parents[3] / "infra/grafana"
Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query: where it stands, for what (the type of a panel, variable, annotation, alert), its text, its panel."""

    place: str
    kind: str
    text: str
    panel: Json


def dashboards() -> tuple[Json, ...]:
    """Give every dashboard, by name."""
    return tuple(json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json")))


def alerts() -> tuple[Json, ...]:
    """Give every alert rule."""
    whole = yaml.safe_load((GRAFANA / "alerting/rules.yml").read_text())
    return tuple(rule for group in whole["groups"] for rule in group["rules"])


def asked_of_store() -> Sequence[Asked]:
    """Give every query that goes to the store."""
    found = [one for dashboard in dashboards() for one in _of_dashboard(dashboard)]
    for rule in alerts():
        model = rule["data"][0]["model"]
        if "rawSql" in model:
            found.append(Asked(f"alert {rule['uid']}", "alert", model["rawSql"], rule))
    return found


def asked_of_prometheus() -> Sequence[str]:
    """Give every expression that goes to Prometheus."""
    panels = [panel for dashboard in dashboards() for panel in dashboard["panels"]]
    found = [target["expr"] for panel in panels for target in panel.get("targets", ()) if "expr" in target]
    found += [str(model["expr"]) for rule in alerts() if "expr" in (model := rule["data"][0]["model"])]
    variables = [variable for dashboard in dashboards() for variable in dashboard["templating"]["list"]]
    return found + [item["query"]["query"] for item in variables if isinstance(item["query"], dict)]


def _of_dashboard(dashboard: Json) -> Iterator[Asked]:
    """Give the queries of one dashboard."""
    name = dashboard["uid"].removeprefix("leakstream-")
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            if "rawSql" in target:
                yield Asked(f"{name} {panel['title']}", panel["type"], target["rawSql"], panel)
    for item in dashboard["templating"]["list"]:
        if item["type"] == "query" and isinstance(item["query"], str):
            yield Asked(f"{name} ${item['name']}", "variable", item["query"], item)
    for item in dashboard["annotations"]["list"]:
        yield Asked(f"{name} marks {item['name']}", "annotation", item["target"]["rawSql"], item)
