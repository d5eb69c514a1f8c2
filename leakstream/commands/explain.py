"""`leakstream explain`: one fingerprint: stack, operation, since when, where, how fast, why we say so, what to do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
from leakstream.commands.settings_file import read_settings
from leakstream.explanation import describe, explain
from leakstream.known import Known, Row, instant, text, words
from leakstream.output import json_line
from processors.cost import STATED
from processors.find_cost import find_cost
from processors.find_limits import Rule, find_limits
from processors.remember_evidence import read_taken
from schemas.evidence import Taken
from schemas.heap import HeapReading
from schemas.model import format_fingerprint

_INSTANCES = 20
_TRANSITIONS = 20
_VALUES = 10
_EVIDENCE = 9
_READINGS = 50
_VERDICTS = 6
_VERSIONS = 5
_CHANGES = 5


@click.command(epilog=paste("leakstream explain g1-0123456789abcdef"))
@click.argument("fingerprint", type=FingerprintType(), metavar="g1-...")
@service_option
@click.option("--window", "window_seconds", type=DurationType(), default="24h", show_default=True, help="how far back")
@click.option("--full", is_flag=True, help="everything: more than one screen, with the fix and the SQL")
@store_options
@output_option
def main(  # noqa: PLR0913 one parameter an option
    *,
    fingerprint: int,
    service: str,
    window_seconds: float,
    full: bool,
    store_url: str | None,
    config: Path | None,
    output: str,
) -> int:
    """Answer the twelve questions that people ask of a leak, on one screen, in each service that has it.

    Is it a leak or load; which stack; since when and which deploy; which instances; how fast, and when does it end;
    what is it blocked on; who created it; whose code; is it back again; what to do now; can this be trusted; what is
    kept. The settings file adds the limits (`detection.limits`) that forecasts need.
    """
    rules = read_settings(config).detection.limits if config else ()
    place = find_place(store_url, config)
    with asking(place) as reader:
        ask = Asking(max(1, round(window_seconds)), place.database, rules, find_switched_off(place))
        found = collect(reader, fingerprint, service, ask)
    if not found:
        raise UserError(f"no service shows {format_fingerprint(fingerprint)}" + (f" in {service}" if service else ""))
    for explained in found:
        click.echo(json_line(explained) if output == "json" else describe(explained, full=full) + "\n")
    return 0


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask: how far back, of which database, with which limits for forecasts.

    `off` names, of services whose judgement is switched off, the rule that says so.
    """

    window_seconds: int
    database: str
    rules: Sequence[Rule] = ()
    off: Mapping[str, str] = field(default_factory=dict)


def collect(reader: Reader, fingerprint: int, service: str, ask: Asking) -> list[Row]:
    """Ask for everything, one explanation for each service that shows the fingerprint."""
    stacks = reader.stacks(fingerprint, service)
    return [explain(know(reader, fingerprint, stack, ask), ask.database) for stack in stacks]


def know(reader: Reader, fingerprint: int, stack: Row, ask: Asking) -> Known:
    """Ask for all that is known of a stack in one service."""
    name, version, window_seconds = text(stack, "service"), text(stack, "first_version"), ask.window_seconds
    growth = next(iter(reader.growth(fingerprint, name)), None)
    instances = reader.instances(fingerprint, name, window_seconds, _INSTANCES)
    worst = find_worst(growth, instances)
    target = next(iter(reader.target(fingerprint, name, worst, window_seconds)), None)
    taken = tuple(map(read_taken, reader.readings(fingerprint, name, _READINGS)))
    return Known(
        stack=stack,
        growth=growth,
        instances=instances,
        transitions=reader.transitions(fingerprint, name, _TRANSITIONS),
        labels=reader.labels(fingerprint, name, worst, _VALUES),
        evidence=reader.evidence(fingerprint, name, _EVIDENCE),
        versions=reader.versions(fingerprint, name, window_seconds, _VERSIONS),
        deploy=reader.deploy(fingerprint, name, version, window_seconds, _CHANGES) if version else (),
        target=target,
        health=next(iter(reader.health(fingerprint, name, window_seconds)), None),
        tickets=reader.ticket_words(fingerprint, name),
        limits=find_limits(name, words(target, "labels"), ask.rules),
        window_seconds=window_seconds,
        said=reader.verdicts(fingerprint, name, _VERDICTS),
        off=ask.off.get(name, ""),
        cost=find_cost(taken, fingerprint) or STATED,
        reading=find_reading(taken, target),
    )


def find_reading(taken: Iterable[Taken], target: Row | None) -> HeapReading | None:
    """Give the newest reading, of readings newest first, of the process that runs on an instance now; None without."""
    if target is None:
        return None
    here = (one for one in taken if one.instance == target["instance"] and one.at >= instant(target, "life"))
    return next((one.summary.heap for one in here), None)


def find_switched_off(place: Place) -> dict[str, str]:
    """Give the services whose judgement is off, with the rule; none where the process does not answer."""
    samples = read_metrics(place) or ()
    return {s.labels["service"]: s.labels["rule"] for s in samples if s.name == "leakstream_judgement_off" and s.value}


def find_worst(growth: Row | None, instances: Sequence[Row]) -> str:
    """Name the instance that grows fastest, else the one with the most goroutines, else none."""
    grows = str(growth["worst_instance"]) if growth else ""
    return grows or (str(instances[0]["instance"]) if instances else "")
