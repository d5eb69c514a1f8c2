"""`leakstream explain`: one fingerprint: stack, operation, since when, where, how fast, why we say so, what to do."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import click

from leakstream.client import Place, Reader, read_metrics
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
_VERDICTS = 6


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
        window = max(1, round(window_seconds))
        found = collect(reader, fingerprint, service, window, place.database, off=find_switched_off(place))
    if not found:
        raise UserError(f"no service shows {format_fingerprint(fingerprint)}" + (f" in {service}" if service else ""))
    for explained in found:
        click.echo(json_line(explained) if output == "json" else describe(explained) + "\n")
    return 0


def collect(  # noqa: PLR0913 what is asked for, and of whom
    reader: Reader,
    fingerprint: int,
    service: str,
    window_seconds: int,
    database: str,
    *,
    off: Mapping[str, str] = MappingProxyType({}),
) -> list[Row]:
    """Ask for everything, one explanation for each service that shows the fingerprint.

    `off` names, of services whose judgement is switched off, the rule that says so.
    """
    found: list[Row] = []
    for stack in reader.stacks(fingerprint, service):
        name = str(stack["service"])
        growth = next(iter(reader.growth(fingerprint, name)), None)
        instances = reader.instances(fingerprint, name, window_seconds, _INSTANCES)
        transitions = reader.transitions(fingerprint, name, _TRANSITIONS)
        labels = reader.labels(fingerprint, name, find_worst(growth, instances), _VALUES)
        evidence = reader.evidence(fingerprint, name, _EVIDENCE)
        said = reader.verdicts(fingerprint, name, _VERDICTS)
        known = Known(stack, growth, instances, transitions, labels, evidence, said, off.get(name, ""))
        found.append(explain(known, database))
    return found


def find_switched_off(place: Place) -> dict[str, str]:
    """Give the services whose judgement is off, with the rule; none where the process does not answer."""
    samples = read_metrics(place) or ()
    return {s.labels["service"]: s.labels["rule"] for s in samples if s.name == "leakstream_judgement_off" and s.value}


def find_worst(growth: Row | None, instances: Sequence[Row]) -> str:
    """Name the instance that grows fastest, else the one with the most goroutines, else none."""
    grows = str(growth["worst_instance"]) if growth else ""
    return grows or (str(instances[0]["instance"]) if instances else "")
