"""Alert rules for Grafana: leaks that fire, and what would hide them.

Leakstream decides itself what is a leak, holds it back until it is sure, and opens tickets; these rules are for teams
who page by way of Grafana, and for the line itself. Each has a time to wait before it fires and one to keep firing, so
that a missed evaluation or a restart neither pages nor resolves anything.
"""

from dataclasses import dataclass

from infra.grafana.build.model import Json, read_sql

STORE_UID, METRICS_UID = "leakstream", "leakstream-metrics"
_EXPRESSION = "__expr__"
_DEAD = (
    "sum by (reason) ((leakstream_dead_letters_total unless leakstream_dead_letters_total offset 15m)"
    " or increase(leakstream_dead_letters_total[15m]))"
)
"""A reason that is new counts whole: increase() would miss the first letter of it."""
_NUMBER = "{{ printf `%.0f` .Values.A.Value }}"
_SERVICE = "/d/leakstream-service?var-service={{ .Labels.service | urlquery }}"
_LEAK = (
    "/d/leakstream-fingerprint?var-service={{ .Labels.service | urlquery }}&var-fingerprint={{ .Labels.fingerprint }}"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what is asked (SQL by name, or an expression of Prometheus), the number above which it alerts, and when.

    `wait` is how long it must hold, `keep` how long it fires on afterwards, in Prometheus' durations. `summary` and
    `next_step` are templates of Grafana, without a dollar sign, which provisioning takes for variables of the
    environment; [A] in `summary` is the number. `silence` is the state when the answer is empty: OK where all is well
    then.
    """

    uid: str
    title: str
    query: str
    above: float
    wait: str
    keep: str
    severity: str
    summary: str
    next_step: str
    link: str
    silence: str = "OK"


RULES = (
    Rule(
        "leakstream-leak-fires",
        "A goroutine leak fires",
        "alerts/leak_fires",
        0,
        "2m",
        "10m",
        "warning",
        "{{ .Labels.service }} leaks [A] goroutines in {{ .Labels.site }} ({{ .Labels.operation }})",
        "Open the dashboard: it says which deploy, which instances, and what to do.",
        _LEAK,
    ),
    Rule(
        "leakstream-leak-grows-fast",
        "A goroutine leak grows fast",
        "alerts/leak_grows_fast",
        600,
        "5m",
        "15m",
        "critical",
        "{{ .Labels.service }} gains at least [A] goroutines an hour in {{ .Labels.site }}",
        "Roll back {{ .Labels.first_version }}, or restart the worst instances, which the dashboard names.",
        _LEAK,
    ),
    Rule(
        "leakstream-service-is-stale",
        "A service gives no profiles",
        "alerts/service_is_stale",
        900,
        "5m",
        "10m",
        "warning",
        "The newest profile of {{ .Labels.service }} is [A] seconds old: no leak of it would be found",
        "If it is all services, see the dashboard Pipeline; if it is one, its targets say why.",
        _SERVICE,
    ),
    Rule(
        "leakstream-targets-fail",
        "Most targets of a service fail",
        "alerts/targets_fail",
        50,
        "15m",
        "10m",
        "warning",
        "[A] % of the targets of {{ .Labels.service }} give no profile",
        "The table of targets says why each fails.",
        _SERVICE,
    ),
    Rule(
        "leakstream-tickets-wait",
        "Tickets do not arrive",
        "alerts/tickets_wait",
        0,
        "30m",
        "10m",
        "warning",
        "[A] tickets of the sink {{ .Labels.sink }} did not arrive",
        "See the table of tickets, and what leakstream notify logs.",
        "/d/leakstream-fleet",
    ),
    Rule(
        "leakstream-line-stands-still",
        "The pipeline stands still",
        "max(leakstream_freshness_seconds)",
        900,
        "5m",
        "10m",
        "critical",
        "The newest slot that was judged is [A] seconds old",
        "Does leakstream collect scrape, does the log take records, does leakstream process run?",
        "/d/leakstream-pipeline",
        "Alerting",
    ),
    Rule(
        "leakstream-dead-letters",
        "Records are put aside",
        _DEAD,
        0,
        "0s",
        "30m",
        "warning",
        "[A] records were put aside: {{ .Labels.reason }}",
        "leakstream dead-letters list shows them; past their limit the processor stops.",
        "/d/leakstream-pipeline",
    ),
    Rule(
        "leakstream-spool-fills",
        "A spool fills",
        "max by (instance) (leakstream_spool_oldest_seconds)",
        600,
        "5m",
        "10m",
        "warning",
        "The oldest record in the spool of {{ .Labels.instance }} waits for [A] seconds",
        "The log does not take records: is the broker reachable, may the collector write?",
        "/d/leakstream-pipeline",
    ),
)


def build_alerts() -> Json:
    """Give the provisioning file: one group for the store, one for the metrics."""
    groups = [("leakstream-store", STORE_UID), ("leakstream-line", METRICS_UID)]
    listed = [
        {
            "orgId": 1,
            "name": name,
            "folder": "Leakstream",
            "interval": "1m",
            "rules": [_write(rule, uid) for rule in RULES if rule.query.startswith("alerts/") == (uid == STORE_UID)],
        }
        for name, uid in groups
    ]
    return {"apiVersion": 1, "groups": listed}


def _write(rule: Rule, uid: str) -> Json:
    """Give a rule: A asks, B compares."""
    return {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "B",
        "for": rule.wait,
        "keepFiringFor": rule.keep,
        "noDataState": rule.silence,
        "execErrState": "Error",
        "labels": {"severity": rule.severity, "product": "leakstream"},
        "annotations": {
            "summary": rule.summary.replace("[A]", _NUMBER),
            "description": rule.next_step,
            "dashboard": rule.link,
        },
        "data": [
            {
                "refId": "A",
                "relativeTimeRange": {"from": 3600, "to": 0},
                "datasourceUid": uid,
                "model": _ask(rule, uid),
            },
            {
                "refId": "B",
                "relativeTimeRange": {"from": 3600, "to": 0},
                "datasourceUid": _EXPRESSION,
                "model": _above(rule.above),
            },
        ],
    }


def _ask(rule: Rule, uid: str) -> Json:
    """Give the query: labels and one number, without time."""
    if uid == METRICS_UID:
        source = {"type": "prometheus", "uid": uid}
        return {"refId": "A", "datasource": source, "expr": rule.query, "instant": True, "range": False}
    source = {"type": "grafana-clickhouse-datasource", "uid": uid}
    asked = {"editorType": "sql", "format": 1, "queryType": "table", "pluginVersion": "4.0.0"}
    return {"refId": "A", "datasource": source, **asked, "rawSql": read_sql(rule.query)}


def _above(limit: float) -> Json:
    """Give the comparison."""
    return {
        "refId": "B",
        "datasource": {"type": _EXPRESSION, "uid": _EXPRESSION},
        "type": "threshold",
        "expression": "A",
        "conditions": [{"type": "query", "evaluator": {"type": "gt", "params": [limit]}}],
    }
