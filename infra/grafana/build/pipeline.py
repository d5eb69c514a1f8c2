"""Pipeline: Leakstream itself, from its Prometheus metrics, in the order of the data's way."""

from infra.grafana.build.looks import AGE, bad_from
from infra.grafana.build.model import METRICS, ORANGE, Json, Panel, ask_metrics, field, section, steps
from infra.grafana.build.panels import numbers, series
from infra.grafana.build.shell import asked, dashboard, source

_CHOSEN = 'job=~"$job", instance=~"$instance"'
_NOTHING = "Prometheus has no such metric: does it scrape /metrics of this role, and are job and instance chosen?"
_FINE = "Nothing of it was counted, which is how it should be."


def build_pipeline() -> Json:
    """Give the dashboard."""
    job = {"query": "label_values(leakstream_records_total, job)", "refId": "job"}
    instance = {"query": 'label_values(leakstream_records_total{job=~"$job"}, instance)', "refId": "instance"}
    return dashboard(
        "leakstream-pipeline",
        "Leakstream / Pipeline",
        "Leakstream itself: what it scrapes, drops, processes, stores and tells, from its own metrics.",
        [*_now(), *_collect(), *_process(), *_store(), *_judge(), *_door()],
        variables=[
            source("prometheus", "Metrics", METRICS["type"]),
            asked("job", "Job", job, many=True, datasource=METRICS),
            asked("instance", "Instance", instance, many=True, datasource=METRICS),
        ],
    )


def of(metric: str, more: str = "") -> str:
    """Select a metric of the chosen jobs and instances."""
    return f"{metric}{{{_CHOSEN}{', ' if more else ''}{more}}}"


def per_second(metric: str, by: str = "", more: str = "") -> str:
    """Give how fast a counter counts, summed by some labels."""
    return f"sum{f' by ({by})' if by else ''} (rate({of(metric, more)}[$__rate_interval]))"


def in_an_hour(metric: str) -> str:
    """Give how much a counter counted: one that is new counts whole, for increase() would miss its first number."""
    return f"({of(metric)} unless {of(metric)} offset 1h) or increase({of(metric)}[1h])"


def _spread(metric: str, by: str = "") -> list[Json]:
    """Ask for the half and the slowest hundredth of a histogram."""
    group = f"le, {by}" if by else "le"
    rates = f"sum by ({group}) (rate({of(f'{metric}_bucket')}[$__rate_interval]))"
    name = f"{{{{{by}}}}} " if by else ""
    halves = [("A", 0.5, "half"), ("B", 0.99, "slowest 1 %")]
    return [ask_metrics(f"histogram_quantile({part}, {rates})", f"{name}{word}", ref) for ref, part, word in halves]


def _line(
    title: str, what: str, target: Json | list[Json], unit: str = "none", *, empty: str = _NOTHING, **more: object
) -> Panel:
    """Give a panel of a third of the width."""
    targets = target if isinstance(target, list) else [target]
    return series(8, 8, title, what, targets, unit=unit, empty=empty, **more)  # type: ignore[arg-type]  # passed on


def _now() -> list[Panel]:
    """Give whether all is well."""
    asks = [
        (f"max({of('leakstream_freshness_seconds')})", "age of newest slot"),
        (f"sum({of('leakstream_lag_records')})", "records that wait"),
        (f"sum({in_an_hour('leakstream_dead_letters_total')}) or vector(0)", "dead letters in an hour"),
        (f"sum({in_an_hour('leakstream_dropped_total')}) or vector(0)", "dropped in an hour"),
        (f"max({of('leakstream_spool_oldest_seconds')}) or vector(0)", "oldest in a spool"),
        (f"sum(increase({of('leakstream_store_retries_total')}[1h])) or vector(0)", "store retries in an hour"),
        (f"sum(increase({of('leakstream_stalls_total')}[1h])) or vector(0)", "stalls in an hour"),
    ]
    targets = [ask_metrics(expression, name, "ABCDEFG"[at], instant=True) for at, (expression, name) in enumerate(asks)]
    fields = [
        field("age of newest slot", unit="s", decimals=0, thresholds=AGE),
        field("records that wait", unit="short", thresholds=steps((None, "green"), (10_000, ORANGE), (100_000, "red"))),
        field("dead letters in an hour", decimals=0, thresholds=bad_from(1)),
        field("dropped in an hour", unit="short", decimals=0, thresholds=bad_from(1, ORANGE)),
        field("oldest in a spool", unit="s", decimals=0, thresholds=AGE),
        field("store retries in an hour", decimals=0, thresholds=bad_from(1, ORANGE)),
        field("stalls in an hour", decimals=0, thresholds=bad_from(1)),
    ]
    what = "Whether profiles become judgements: fresh, without a queue, nothing put aside."
    return [numbers(24, "Is the line well?", what, targets, fields, empty="no metric")]


def _collect() -> list[Panel]:
    """Give the way in."""
    expired = ask_metrics(per_second("leakstream_log_records_expired_total"), "deleted by the log", "B")
    return [
        section("Collect"),
        _line("Scrapes", "Attempts a second, by outcome: ok, or the reason.",
              ask_metrics(per_second("leakstream_scrapes_total", "outcome"), "{{outcome}}"), "cps", stacked=True),
        _line("Targets", "Targets that are scraped now, by service.",
              ask_metrics(f"sum by (service) ({of('leakstream_targets')})", "{{service}}"), stacked=True),
        _line("Time of a scrape", "A scrape costs its target; near the scrape_timeout it fails.",
              _spread("leakstream_scrape_duration_seconds"), "s"),
        _line("Bytes received", "Profiles as they come.",
              ask_metrics(per_second("leakstream_scrape_bytes_total"), "received"), "Bps"),
        _line("Waiting to be sent", "Bytes in memory and in the spool. A spool that fills: the log does not take them.",
              [ask_metrics(f"sum({of('leakstream_collect_queue_bytes')})", "queue", "A"),
               ask_metrics(f"sum({of('leakstream_spool_bytes')})", "spool", "B")], "bytes", stacked=True),
        _line("Lost on the way", "Damaged places of the spool, and records that the log deleted by age or size.",
              [ask_metrics(per_second("leakstream_spool_damage_total"), "damage of the spool", "A"), expired], "cps",
              empty=_FINE),
    ]  # fmt: skip


def _process() -> list[Panel]:
    """Give the way through."""
    late = ask_metrics(per_second("leakstream_late_total"), "late", "C")
    return [
        section("Process"),
        _line("Records", "Records a second, by outcome.",
              ask_metrics(per_second("leakstream_records_total", "outcome"), "{{outcome}}"), "cps", stacked=True),
        _line("Records that wait", "By partition. A lag that only grows: add processors, up to one a partition.",
              ask_metrics(f"sum by (partition) ({of('leakstream_lag_records')})", "{{partition}}"), "short"),
        _line("Age of the newest slot", "By process. It grows when profiles stop coming, or when they wait.",
              ask_metrics(f"max by (instance) ({of('leakstream_freshness_seconds')})", "{{instance}}"), "s", lines=AGE),
        _line("Time of a batch", "By stage.", _spread("leakstream_batch_seconds", "stage"), "s"),
        _line("Left out, and why", "Every drop has a stage and a reason.",
              ask_metrics(per_second("leakstream_dropped_total", "stage, reason"), "{{stage}}: {{reason}}"), "cps",
              empty=_FINE),
        _line("Put aside, not read, late", "Dead letters, parts of profiles that could not be read, late profiles.",
              [ask_metrics(per_second("leakstream_dead_letters_total", "reason"), "dead: {{reason}}", "A"),
               ask_metrics(per_second("leakstream_problems_total", "stage"), "problem: {{stage}}", "B"), late], "cps",
              empty=_FINE),
        _line("How profiles are read", "By addresses of a known build, by names, or by protobuf's own parser.",
              ask_metrics(per_second("leakstream_profiles_read_total", "way"), "{{way}}"), "cps", stacked=True),
        _line("Held in memory", "Services and series of (instance, fingerprint).",
              [ask_metrics(f"sum({of('leakstream_series')})", "series", "A"),
               ask_metrics(f"sum({of('leakstream_services')})", "services", "B"),
               ask_metrics(f"sum({of('leakstream_stacks_remembered')})", "stacks", "C")], "short"),
        _line("Partitions and rebalances", "Partitions held, and how often they came and went.",
              [ask_metrics(f"sum by (instance) ({of('leakstream_partitions')})", "{{instance}}", "A"),
               ask_metrics(f"sum(increase({of('leakstream_rebalances_total')}[$__rate_interval]))", "moves", "B")]),
    ]  # fmt: skip


def _store() -> list[Panel]:
    """Give the store."""
    return [
        section("Store"),
        _line("Rows stored", "Rows a second that the store acknowledged, by table.",
              ask_metrics(per_second("leakstream_stored_rows_total", "table"), "{{table}}"), "cps", stacked=True),
        _line("Retries and rollups that failed", "Writes that had to be tried again; nothing is lost by it.",
              [ask_metrics(per_second("leakstream_store_retries_total"), "retries", "A"),
               ask_metrics(per_second("leakstream_rollup_failures_total"), "rollups that failed", "B")], "cps",
              empty=_FINE),
        _line("Hours rolled up", "Hours of services that went into the totals.",
              ask_metrics(f"sum(increase({of('leakstream_rollup_hours_total')}[$__rate_interval]))", "hours")),
    ]  # fmt: skip


def _judge() -> list[Panel]:
    """Give what is decided and told."""
    return [
        section("Judge and tell"),
        _line("Changes of state", "Leaks that began and ended.",
              ask_metrics(f"sum by (state) (increase({of('leakstream_transitions_total')}[$__rate_interval]))",
                          "{{state}}")),
        _line("Tickets", "By sink and outcome.",
              ask_metrics(f"sum by (sink, outcome) (increase({of('leakstream_tickets_total')}[$__rate_interval]))",
                          "{{sink}}: {{outcome}}")),
        _line("Evidence", "By kind and outcome.",
              ask_metrics(f"sum by (kind, outcome) (increase({of('leakstream_evidence_total')}[$__rate_interval]))",
                          "{{kind}}: {{outcome}}"), empty="No evidence was asked for."),
        _line("Not judged, silenced", "Services that the settings leave out, and what people want no alarm of.",
              [ask_metrics(f"sum({of('leakstream_judgement_off')})", "services not judged", "A"),
               ask_metrics(f"sum by (source) (increase({of('leakstream_silenced_total')}[$__rate_interval]))",
                           "silenced: {{source}}", "B")], empty="Everything is judged."),
        _line("Stacks in the overflow", "Services with more fingerprints than the limit: the rest is counted together.",
              ask_metrics(f"sum by (service) (increase({of('leakstream_overflowed_stacks_total')}[$__rate_interval]))",
                          "{{service}}"), empty="No service has too many fingerprints."),
        _line("Standing still for evidence", "Seconds of targets a second, as the guard estimates them.",
              ask_metrics(per_second("leakstream_evidence_stopped_seconds_total", "kind"), "{{kind}}"), "s",
              empty="No evidence was taken."),
    ]  # fmt: skip


def _door() -> list[Panel]:
    """Give the ClickHouse door of the embedded engine."""
    return [
        section("ClickHouse door of the embedded engine"),
        _line("Statements", "By outcome: ok, refused, failed, cancelled.",
              ask_metrics(per_second("leakstream_queries_total", "outcome"), "{{outcome}}"), "cps", stacked=True,
              empty="No statement came: Grafana asks a server, or nobody asks."),
        _line("Time of a statement", "Dashboards want it below a second.", _spread("leakstream_query_seconds"), "s",
              empty="No statement came."),
    ]  # fmt: skip
