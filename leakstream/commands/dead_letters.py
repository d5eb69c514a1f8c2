"""`leakstream dead-letters`: what could not be processed, why, and again."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click

from leakstream.adapters.clock import SystemClock
from leakstream.commands.log_place import log_options, opened_log
from leakstream.commands.options import UserError, output_option, paste, service_option
from leakstream.dead_topics import Place, Replayed, find_record, list_letters, parse_place, read_records, replay_records
from leakstream.letter_text import describe_letter, letter_row, whole_row
from leakstream.output import Column, json_line, table
from processors.plain_text import plain
from schemas.ports import Log, Record
from schemas.wire.dead import DEAD_REASONS, Letter, read_letter

F = TypeVar("F", bound=Callable[..., Any])

_COLUMNS = (
    Column("PLACE", "place"),
    Column("WHEN", "when"),
    Column("SERVICE", "service"),
    Column("REASON", "reason"),
    Column("BYTES", "bytes", number=True),
    Column("COLLECTOR", "collector"),
    Column("REPLAYED", "replayed"),
    Column("ERROR", "error"),
)


class PlaceType(click.ParamType[Place]):
    """Reads `goroutine-profiles.dead[0]@17`."""

    name = "place"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """Give the place."""
        try:
            return parse_place(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def filter_options(command: F) -> F:
    """Add --reason and --service."""
    reasons = click.Choice([reason.value for reason in DEAD_REASONS])
    return click.option("--reason", type=reasons, help="only this reason  [default: all]")(service_option(command))


@click.group(epilog=paste("leakstream dead-letters list"))
def main() -> None:
    """Show what could not be processed, why, and send it again."""


@main.command("list", epilog=paste("leakstream dead-letters list --reason malformed_record --output json"))
@filter_options
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="the newest so many")
@log_options
@output_option
def list_(  # noqa: PLR0913 the options of a command
    *, reason: str | None, service: str, limit: int, config: Path | None, data: str | None, output: str
) -> int:
    """List dead letters, the newest last.

    PLACE is what `show` and `replay` take. Copies that a crash left are one.
    """
    with opened_log(config, data) as log:
        rows = [letter_row(listed) for listed in list_letters(log, _wanted(reason, service), limit)]
    if output == "json":
        for row in rows:
            click.echo(json_line(row))
    elif rows:
        click.echo(table(_COLUMNS, rows))
    else:
        click.echo("no dead letters", err=True)
    return 0


@main.command(epilog=paste("leakstream dead-letters show 'goroutine-profiles.dead[0]@17'"))
@click.argument("place", type=PlaceType())
@click.option("--raw", type=click.Path(dir_okay=False, path_type=Path), help="write the bytes of the record to a file")
@log_options
@output_option
def show(*, place: Place, raw: Path | None, config: Path | None, data: str | None, output: str) -> int:
    """Show one dead letter: its reason, headers and first bytes, and the stacks in its profile where there are any.

    PLACE is that of the letter, or that of the record it was made of as a log line names it. --raw writes the whole
    record as it travelled: the profile inside it is what `leakstream decode` reads.
    """
    with opened_log(config, data) as log:
        record = _find(log, place)
    if raw is not None:
        raw.write_bytes(record.value or b"")
        click.echo(f"{len(record.value or b'')} bytes are in {raw}", err=True)
    click.echo(json_line(whole_row(record)) if output == "json" else describe_letter(record))
    return 0


@main.command(epilog=paste("leakstream dead-letters replay --all --reason unknown_schema_version --dry-run"))
@click.argument("places", metavar="[PLACE]...", nargs=-1, type=PlaceType())
@click.option("--all", "everything", is_flag=True, help="all that were not replayed yet and fit the filters")
@click.option("--dry-run", is_flag=True, help="say what would be sent and send nothing")
@filter_options
@log_options
@output_option
def replay(  # noqa: PLR0913 the options of a command
    *,
    places: tuple[Place, ...],
    everything: bool,
    dry_run: bool,
    reason: str | None,
    service: str,
    config: Path | None,
    data: str | None,
    output: str,
) -> int:
    """Send dead letters to their topic again, as they were, after the cause is mended.

    What was replayed is marked, and --all passes over it; a PLACE is sent whenever it is named. What fails again comes
    back as a new dead letter that says which one it was.
    """
    if everything == bool(places):
        raise click.UsageError("name places, or --all, and not both")
    if places and (reason or service):
        raise click.UsageError("--reason and --service belong to --all")
    with opened_log(config, data) as log:
        chosen = _not_replayed(log, reason, service) if everything else tuple(dict.fromkeys(places))
        if not everything:
            for place in chosen:
                _find(log, place)
        records = read_records(log, chosen)
        done = _rehearse(records) if dry_run else replay_records(log, SystemClock(), records)
    _tell(done, dry_run=dry_run, output=output)
    return 1 if done.refused else 0


def _tell(done: Replayed, *, dry_run: bool, output: str) -> None:
    """Say what was sent and what was not."""
    for letter in done.sent:
        row = {"place": letter.place, "original": letter.original, "sent": not dry_run}
        click.echo(json_line(row) if output == "json" else f"{letter.place}  {plain(letter.original)}")
    for letter, why in done.refused:
        click.echo(f"{letter.place} cannot be replayed: {plain(why)}", err=True)
    click.echo(f"{len(done.sent)} {'would be' if dry_run else 'were'} replayed", err=True)


def _rehearse(records: Iterator[Record]) -> Replayed:
    """Give what a replay would do, as far as it can be known."""
    letters = [read_letter(record) for record in records]
    whole = tuple(letter for letter in letters if not letter.is_cut)
    return Replayed(whole, tuple((letter, "only its beginning was kept") for letter in letters if letter.is_cut))


def _not_replayed(log: Log, reason: str | None, service: str) -> tuple[Place, ...]:
    """Give the places of all letters that fit and were not replayed yet."""
    listed = list_letters(log, _wanted(reason, service), None)
    return tuple(parse_place(found.letter.place) for found in listed if not found.replayed)


def _wanted(reason: str | None, service: str) -> Callable[[Letter], bool]:
    """Give the filter of --reason and --service."""
    return lambda letter: reason in (None, letter.reason) and service in ("", letter.service)


def _find(log: Log, place: Place) -> Record:
    """Give the letter at a place, or end with a sentence."""
    record = find_record(log, place)
    if record is None:
        raise UserError(f"no dead letter at {place} (`leakstream dead-letters list` shows them; old ones expire)")
    return record
