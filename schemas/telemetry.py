"""Every metric we emit, as data: the adapter, the docs and the type of `Telemetry` all read this table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """How a metric behaves, in the words of Prometheus."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name carries its unit, `help` says what it means."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_SECONDS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)

METRICS: tuple[Metric, ...] = (
    Metric("leakstream_targets", Kind.GAUGE, "Targets that are scraped now.", ("service",)),
    Metric(
        "leakstream_scrapes_total", Kind.COUNTER, "Attempts to scrape, by outcome (ok or the reason).", ("outcome",)
    ),
    Metric("leakstream_scrape_duration_seconds", Kind.HISTOGRAM, "How long a scrape took.", (), _SECONDS),
    Metric("leakstream_scrape_bytes_total", Kind.COUNTER, "Bytes of profiles received."),
    Metric("leakstream_profiles_stripped_total", Kind.COUNTER, "Profiles that pprof labels were taken out of."),
    Metric("leakstream_collect_queue_bytes", Kind.GAUGE, "Bytes of profiles that wait to be acknowledged by the log."),
    Metric("leakstream_spool_records", Kind.GAUGE, "Records in the spool: the log did not take them yet."),
    Metric("leakstream_spool_bytes", Kind.GAUGE, "Bytes of these records."),
    Metric("leakstream_spool_oldest_seconds", Kind.GAUGE, "Age of the oldest of them, 0 when there is none."),
    Metric("leakstream_spool_sent_total", Kind.COUNTER, "Records that reached the log by way of the spool."),
    Metric("leakstream_spool_damage_total", Kind.COUNTER, "Places at which files of the spool were found damaged."),
    Metric("leakstream_log_append_seconds", Kind.HISTOGRAM, "How long the log took for a batch.", (), _SECONDS),
    Metric("leakstream_log_records_expired_total", Kind.COUNTER, "Records deleted by the retention of the log."),
    Metric("leakstream_records_total", Kind.COUNTER, "Records processed, by outcome.", ("outcome",)),
    Metric("leakstream_dropped_total", Kind.COUNTER, "Everything that was left out, and why.", ("stage", "reason")),
    Metric(
        "leakstream_dead_letters_total",
        Kind.COUNTER,
        "Records that were put aside with their reason, by the topic they came from.",
        ("topic", "reason"),
    ),
    Metric(
        "leakstream_late_total", Kind.COUNTER, "Profiles that came after their slot was judged: stored, not judged."
    ),
    Metric("leakstream_problems_total", Kind.COUNTER, "Parts of profiles that could not be read.", ("stage",)),
    Metric(
        "leakstream_profiles_read_total",
        Kind.COUNTER,
        "Profiles by how they were read: by addresses of a known_build, by names, or other (protobuf's parser, text).",
        ("way",),
    ),
    Metric("leakstream_profiles_over_limit_total", Kind.COUNTER, "Profiles that a limit refused.", ("limit",)),
    Metric("leakstream_builds_known", Kind.GAUGE, "Builds whose addresses are remembered."),
    Metric("leakstream_stacks_remembered", Kind.GAUGE, "Stacks met since memory was last half full."),
    Metric("leakstream_evictions_total", Kind.COUNTER, "Builds and stacks forgotten to bound memory.", ("memory",)),
    Metric(
        "leakstream_builds_contradicted_total",
        Kind.COUNTER,
        "Builds whose profiles gave an address two meanings; they are read by names from then on.",
    ),
    Metric(
        "leakstream_overflowed_stacks_total",
        Kind.COUNTER,
        "Stacks of profiles that were counted as the overflow: the service has its fullest of fingerprints.",
        ("service",),
    ),
    Metric("leakstream_batch_seconds", Kind.HISTOGRAM, "Time to process and store a batch.", ("stage",), _SECONDS),
    Metric("leakstream_stored_rows_total", Kind.COUNTER, "Rows acknowledged by the store.", ("table",)),
    Metric("leakstream_rollup_hours_total", Kind.COUNTER, "Hours of services that went into the rollups."),
    Metric("leakstream_rollup_failures_total", Kind.COUNTER, "Times that the store could not roll counts up."),
    Metric(
        "leakstream_store_retries_total",
        Kind.COUNTER,
        "Batches that had to be tried again, by what was in the way (docs/operate/clickhouse.md), or log_away.",
        ("reason",),
    ),
    Metric("leakstream_lag_records", Kind.GAUGE, "Records between the committed offset and the end.", ("partition",)),
    Metric("leakstream_committed_offset", Kind.GAUGE, "Next offset to process after a restart.", ("partition",)),
    Metric("leakstream_partitions", Kind.GAUGE, "Partitions that this processor holds."),
    Metric("leakstream_rebalances_total", Kind.COUNTER, "Times that partitions came to this processor or left it."),
    Metric(
        "leakstream_stalls_total", Kind.COUNTER, "Times that a partition stood still and the group was left for it."
    ),
    Metric("leakstream_freshness_seconds", Kind.GAUGE, "Age of the newest processed slot."),
    Metric("leakstream_services", Kind.GAUGE, "Services whose history is held in memory."),
    Metric("leakstream_series", Kind.GAUGE, "Series (instance, fingerprint) held in memory."),
    Metric("leakstream_transitions_total", Kind.COUNTER, "Changes of state of anomalies.", ("state",)),
    Metric(
        "leakstream_silenced_total",
        Kind.COUNTER,
        "Judgements that people want no alarm of: service_off, pattern, benign_file, benign_table, verdict.",
        ("source",),
    ),
    Metric("leakstream_verdicts_total", Kind.COUNTER, "Verdicts that people gave, by opinion.", ("opinion",)),
    Metric("leakstream_benign_expired", Kind.GAUGE, "Entries of the benign file that hold no longer."),
    Metric(
        "leakstream_judgement_off",
        Kind.GAUGE,
        "1 for a service of which nothing is judged, with the rule of the settings that says so.",
        ("service", "rule"),
    ),
    Metric(
        "leakstream_ticket_decisions_total",
        Kind.COUNTER,
        "Decisions on tickets, by what sinks have to do; `stays` where nothing changed.",
        ("act",),
    ),
    Metric("leakstream_tickets_total", Kind.COUNTER, "Tickets sent, by sink and outcome.", ("sink", "outcome")),
    Metric(
        "leakstream_evidence_requests_total",
        Kind.COUNTER,
        "Evidence asked for, by outcome (sent or dropped).",
        ("outcome",),
    ),
    Metric(
        "leakstream_evidence_total",
        Kind.COUNTER,
        "Evidence by kind and outcome: ok, the reason it failed, or why the guard of targets refused it.",
        ("kind", "outcome"),
    ),
    Metric(
        "leakstream_evidence_stopped_seconds_total",
        Kind.COUNTER,
        "Seconds for which targets stood still for evidence, as the guard estimates them before it lets one be taken.",
        ("kind",),
    ),
    Metric(
        "leakstream_confined",
        Kind.GAUGE,
        "1 where Landlock keeps the process with the embedded engine to its own folders, 0 where not.",
    ),
    Metric(
        "leakstream_queries_total",
        Kind.COUNTER,
        "Statements at the ClickHouse door: ok, refused, failed, cancelled, denied, over_quota, too_many.",
        ("outcome",),
    ),
    Metric("leakstream_query_seconds", Kind.HISTOGRAM, "Time of a statement at the ClickHouse door.", (), _SECONDS),
    Metric("leakstream_query_rows_total", Kind.COUNTER, "Rows that went out through the ClickHouse door."),
    Metric("leakstream_query_bytes_total", Kind.COUNTER, "Bytes of these, before compression."),
)


class Telemetry(Protocol):
    """Where measurements go. A name that is not in METRICS is our mistake and raises KeyError."""

    def add(self, name: str, value: float = 1.0, **labels: str) -> None:
        """Count up a counter."""
        ...

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        ...

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add one observation to a histogram."""
        ...
