"""`leakstream explain`: one fingerprint: stack, operation, since when, where, how fast, why we say so, what to do."""

from collections.abc import Sequence
from pathlib import Path

import click

from leakstream.client import Reader
from leakstream.commands.asking import asking, find_place
from leakstream.commands.options import (
    DurationType,
    FingerprintType,
    UserError,
    output_option,
    paste,
    service_option,
    store_options,
)
from leakstream.explanation import Known, Row, describe, explain
from leakstream.output import json_line
from schemas.model import format_fingerprint

_INSTANCES = 20
_TRANSITIONS = 20
_VALUES = 10
_EVIDENCE = 6


@click.command(epilog=paste("leakstream explain g1-0123456789abcdef"))
@click.argument("fingerprint", type=FingerprintType(), metavar="g1-...")
@service_option
@click.option("--window", "window_seconds", type=DurationType(), default="24h", show_default=True, help="how far back")
@store_options
@output_option
def main(  # noqa: PLR0913 one parameter an option
    *, fingerprint: int, service: str, window_seconds: float, store_url: str | None, config: Path | None, output: str
) -> int:
    """Show everything about one fingerprint, in each service that has it.

    The stack and what it waits on, since when and since which version, which instances, how fast, the evidence, what
    usually causes it and how to fix it, and the SQL to go on from there.
    """
    place = find_place(store_url, config)
    with asking(place) as reader:
        found = collect(reader, fingerprint, service, max(1, round(window_seconds)), place.database)
    if not found:
        raise UserError(f"no service shows {format_fingerprint(fingerprint)}" + (f" in {service}" if service else ""))
    for explained in found:
        click.echo(json_line(explained) if output == "json" else describe(explained) + "\n")
    return 0


def collect(reader: Reader, fingerprint: int, service: str, window_seconds: int, database: str) -> list[Row]:
    """Ask for everything, one explanation for each service that shows the fingerprint."""
    found: list[Row] = []
    for stack in reader.stacks(fingerprint, service):
        name = str(stack["service"])
        growth = next(iter(reader.growth(fingerprint, name)), None)
        instances = reader.instances(fingerprint, name, window_seconds, _INSTANCES)
        transitions = reader.transitions(fingerprint, name, _TRANSITIONS)
        labels = reader.labels(fingerprint, name, find_worst(growth, instances), _VALUES)
        evidence = reader.evidence(fingerprint, name, _EVIDENCE)
        found.append(explain(Known(stack, growth, instances, transitions, labels, evidence), database))
    return found


def find_worst(growth: Row | None, instances: Sequence[Row]) -> str:
    """Name the instance that grows fastest, else the one with the most goroutines, else none."""
    grows = str(growth["worst_instance"]) if growth else ""
    return grows or (str(instances[0]["instance"]) if instances else "")
