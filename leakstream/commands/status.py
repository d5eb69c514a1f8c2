"""`leakstream status`: targets, lag, freshness, and what was left out and why."""

from collections.abc import Sequence
from pathlib import Path

import click

from leakstream.client import read_metrics
from leakstream.commands.asking import asking, find_place
from leakstream.commands.options import DurationType, output_option, paste, service_option, store_options
from leakstream.output import Column, Row, json_line, table
from leakstream.process_metrics import Sample
from schemas.durations import format_duration

_SHOWN_METRICS = (
    "leakstream_freshness_seconds",
    "leakstream_judgement_off",
    "leakstream_lag_records",
    "leakstream_partitions",
    "leakstream_rebalances_total",
    "leakstream_stalls_total",
    "leakstream_spool_records",
    "leakstream_spool_oldest_seconds",
    "leakstream_dropped_total",
    "leakstream_dead_letters_total",
    "leakstream_problems_total",
    "leakstream_overflowed_stacks_total",
    "leakstream_silenced_total",
    "leakstream_store_retries_total",
    "leakstream_tickets_total",
    "leakstream_queries_total",
    "leakstream_confined",
)
_TEXTS = frozenset({"label_text", "kept_text"})
"""What is for tables on a screen alone; JSON has the values."""

_SECTIONS: tuple[tuple[str, str, tuple[Column, ...]], ...] = (
    (
        "target",
        "Targets of the newest day",
        (
            Column("SERVICE", "service"),
            Column("INSTANCE", "instance"),
            Column("LAST PROFILE", "last_ok"),
            Column("GOROUTINES", "goroutines", number=True),
            Column("SCRAPES", "scrapes", number=True),
            Column("FAILED", "failures", number=True),
            Column("VERSION", "version"),
            Column("LAST PROBLEM", "last_error"),
        ),
    ),
    (
        "freshness",
        "Freshness",
        (
            Column("SERVICE", "service"),
            Column("NEWEST SLOT", "newest_slot"),
            Column("NEWEST PROFILE", "newest_ok"),
            Column("INSTANCES", "instances", number=True),
        ),
    ),
    (
        "leaks",
        "Open leaks",
        (Column("SERVICE", "service"), Column("STATE", "state"), Column("LEAKS", "leaks", number=True)),
    ),
    (
        "drops",
        "Scrapes without a profile",
        (
            Column("SERVICE", "service"),
            Column("REASON", "reason"),
            Column("SCRAPES", "scrapes", number=True),
            Column("INSTANCES", "instances", number=True),
            Column("LAST", "last_slot"),
        ),
    ),
    (
        "overflow",
        "More fingerprints than limits.fingerprints_per_service: new ones are counted as one",
        (
            Column("SERVICE", "service"),
            Column("FINGERPRINTS", "fingerprints", number=True),
            Column("COUNTED AS", "overflow"),
            Column("SINCE", "since"),
            Column("NEWEST SLOT", "slot"),
            Column("GOROUTINES", "goroutines", number=True),
        ),
    ),
    (
        "table",
        "Tables",
        (
            Column("TABLE", "table"),
            Column("KEPT", "kept_text"),
            Column("ROWS", "rows", number=True),
            Column("BYTES", "bytes", number=True),
        ),
    ),
    (
        "metric",
        "The process",
        (Column("METRIC", "name"), Column("LABELS", "label_text"), Column("VALUE", "value", number=True)),
    ),
)


@click.command(epilog=paste("leakstream status --output json"))
@service_option
@click.option("--window", "window_seconds", type=DurationType(), default="24h", show_default=True, help="for failures")
@store_options
@output_option
def main(*, service: str, window_seconds: float, store_url: str | None, config: Path | None, output: str) -> int:
    """Show targets, freshness, lag, open leaks, what was left out by reason, and how long rows are kept.

    Lag and drops of the pipeline come from the metrics of the running process; where it does not answer, the rest is
    shown without them.
    """
    place = find_place(store_url, config)
    with asking(place) as reader:
        found: dict[str, Sequence[Row]] = {
            "target": reader.targets(service),
            "freshness": _of_service(reader.freshness(), service),
            "leaks": _of_service(reader.leaks(), service),
            "drops": _of_service(reader.drops(max(1, round(window_seconds))), service),
            "overflow": _of_service(reader.overflows(), service),
            "table": [_table_row(row) for row in reader.tables()],
        }
    samples = read_metrics(place)
    if samples is None:
        click.echo(f"no process answers at {place.metrics_url}: lag and drops are not shown", err=True)
    found["metric"] = [_metric_row(s) for s in samples or () if s.name in _SHOWN_METRICS]
    _print(found, output)
    return 0


def _print(found: dict[str, Sequence[Row]], output: str) -> None:
    """Print the sections that have rows; in JSON each object says its kind."""
    for kind, title, columns in _SECTIONS:
        if output == "json":
            for row in found[kind]:
                click.echo(json_line({"kind": kind, **{k: v for k, v in row.items() if k not in _TEXTS}}))
        elif found[kind]:
            click.echo(f"{title}\n{table(columns, found[kind])}\n")
    if not any(found.values()):
        click.echo("no data yet", err=True)


def _of_service(rows: Sequence[Row], service: str) -> list[Row]:
    """Keep the rows of one service; all of them for ''."""
    return [row for row in rows if service in ("", row["service"])]


def _table_row(row: Row) -> Row:
    """Give a table with the time its rows are kept in words."""
    seconds = int(str(row["kept_seconds"]))
    return {**row, "kept_text": format_duration(seconds) if seconds else "for ever"}


def _metric_row(sample: Sample) -> Row:
    """Give a sample as a row."""
    text = ", ".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
    return {"name": sample.name, "labels": dict(sample.labels), "label_text": text, "value": sample.value}
