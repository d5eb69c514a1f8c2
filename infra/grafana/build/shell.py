"""What stands around the panels: variables, annotations, links between the dashboards, the dashboard itself."""

from collections.abc import Sequence
from typing import Any

from infra.grafana.build.model import SCHEMA_VERSION, STORE, Json, Panel, ask_table, link, place, read_sql

ALL = {"text": ["All"], "value": ["$__all"]}
_NOTHING_YET = {"text": "", "value": ""}
"""Grafana takes the first option then."""
_CARRIED = "${datasource:queryparam}&${environment:queryparam}&${__url_time_range}"

TO_SERVICE = link(
    "Open the service", "/d/leakstream-service?var-service=${__data.fields.service:percentencode}&" + _CARRIED
)
TO_STACK = link(
    "Open the stack",
    "/d/leakstream-fingerprint?var-service=${__data.fields.service:percentencode}"
    "&var-fingerprint=${__data.fields.fingerprint:percentencode}&" + _CARRIED,
)
TO_STACK_OF_SERVICE = link(
    "Open the stack",
    "/d/leakstream-fingerprint?${service:queryparam}"
    "&var-fingerprint=${__data.fields.fingerprint:percentencode}&" + _CARRIED,
)
TO_SERVICE_OF_LINE = link(
    "Open the service", "/d/leakstream-service?var-service=${__field.labels.service:percentencode}&" + _CARRIED
)
TO_ELSEWHERE = link(
    "Open the stack there",
    "/d/leakstream-fingerprint?var-service=${__data.fields.service:percentencode}&${fingerprint:queryparam}&"
    + _CARRIED,
)


def source(name: str, label: str, kind: str) -> Json:
    """Give the variable that chooses a data source: one dashboard serves every store."""
    return {
        "name": name,
        "label": label,
        "type": "datasource",
        "query": kind,
        "current": _NOTHING_YET,
        "options": [],
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "refresh": 1,
        "regex": "",
        "skipUrlSync": False,
    }


def asked(name: str, label: str, query: str | Json, *, many: bool, datasource: Json = STORE, what: str = "") -> Json:
    """Give a variable whose options come from a query; with `many` several may be chosen, and All is at first."""
    return {
        "name": name,
        "label": label,
        "description": what,
        "type": "query",
        "datasource": datasource,
        "query": query,
        "current": ALL if many else _NOTHING_YET,
        "options": [],
        "hide": 0,
        "includeAll": many,
        "multi": many,
        "refresh": 2,
        "regex": "",
        "skipUrlSync": False,
        "sort": 0,
    }


def environment() -> Json:
    """Give the variable that chooses environments."""
    what = "Label environment of the targets, else env"
    return asked("environment", "Environment", read_sql("variables/environments"), many=True, what=what)


def service(*, many: bool) -> Json:
    """Give the variable that chooses services."""
    return asked("service", "Service", read_sql("variables/services"), many=many)


def fingerprint() -> Json:
    """Give the variable that chooses a stack of the service."""
    return asked("fingerprint", "Stack", read_sql("variables/fingerprints"), many=False)


def annotation(title: str, query: str, color: str, *, enabled: bool = True) -> Json:
    """Give marks on every series: columns time, text, tags."""
    target = ask_table(query, "annotation")
    return {"name": title, "datasource": STORE, "enable": enabled, "hide": False, "iconColor": color, "target": target}


def dashboard(
    uid: str,
    title: str,
    description: str,
    panels: Sequence[Panel],
    *,
    variables: Sequence[Json],
    annotations: Sequence[Json] = (),
    since: str = "now-6h",
) -> Json:
    """Give a whole dashboard; its links lead to the others, with the variables that they share."""
    others: dict[str, Any] = {
        "type": "dashboards",
        "title": "Leakstream",
        "tags": ["leakstream"],
        "asDropdown": False,
        "icon": "external link",
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "tooltip": "",
        "url": "",
    }
    return {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": ["leakstream"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "timezone": "browser",
        "time": {"from": since, "to": "now"},
        "timepicker": {},
        "links": [others],
        "templating": {"list": list(variables)},
        "annotations": {"list": list(annotations)},
        "panels": place(panels),
    }
