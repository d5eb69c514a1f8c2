"""`leakstream top`: what grows, worst first, across the fleet."""

from pathlib import Path

import click

from leakstream.commands.asking import asking, find_place
from leakstream.commands.options import DurationType, output_option, paste, service_option, store_options
from leakstream.output import Column, Row, json_line, table
from processors.ticket_text import format_rate

_COLUMNS = (
    Column("GROWTH", "rate", number=True),
    Column("90 % INTERVAL", "interval"),
    Column("GOROUTINES", "goroutines", number=True),
    Column("SERVICE", "service"),
    Column("INSTANCES", "spread"),
    Column("STATE", "state"),
    Column("OPERATION", "operation"),
    Column("SITE", "site"),
    Column("FINGERPRINT", "fingerprint"),
)


@click.command(epilog=paste("leakstream top --service checkout --window 6h"))
@service_option
@click.option("--window", "window_seconds", type=DurationType(), default="6h", show_default=True, help="how far back")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="rows at most")
@store_options
@output_option
def main(  # noqa: PLR0913 one parameter an option
    *, service: str, window_seconds: float, limit: int, store_url: str | None, config: Path | None, output: str
) -> int:
    """Show what grows, worst first, across the fleet.

    The window ends with the newest data. Worst is what surely grows fastest: the lower end of the interval counts.
    """
    with asking(find_place(store_url, config)) as reader:
        rows = reader.top(service, max(1, round(window_seconds)), limit)
    if output == "json":
        for row in rows:
            click.echo(json_line(row))
    elif rows:
        click.echo(table(_COLUMNS, [_for_people(row) for row in rows]))
    else:
        click.echo("nothing grows, or there is no data yet (see `leakstream status`)", err=True)
    return 0


def _for_people(row: Row) -> Row:
    """Add the columns that people read."""
    low, high = float(str(row["growth_low"])), float(str(row["growth_high"]))
    return {
        **row,
        "rate": format_rate(float(str(row["growth_per_hour"]))),
        "interval": f"{format_rate(low)} to {format_rate(high)}",
        "spread": f"{row['growing_instances']} of {row['instances']}",
    }
