"""`leakstream verdict`: a person says whether a stack leaks."""

import getpass
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from leakstream.adapters.clock import SystemClock
from leakstream.client import Reader, place_of
from leakstream.commands.asking import asking
from leakstream.commands.log_place import data_option, opened_log
from leakstream.commands.options import FingerprintType, UserError, output_option, paste, service_option, store_options
from leakstream.commands.settings_file import read_settings
from leakstream.output import json_line
from processors.plain_text import plain
from schemas.model import format_fingerprint
from schemas.say import Opinion, PersonalVerdict
from schemas.settings_benign import parse_up_to
from schemas.wire.codec import PROFILES_TOPIC
from schemas.wire.verdict import encode_verdict

_DEFAULT_UP_TO = "2x"
_DEFAULT_DAYS = 90
_LONGEST_REASON = 1000
_DAY_SECONDS = 86_400
_MOST_INSTANCES = 100_000


@click.command(epilog=paste('leakstream verdict g1-0123456789abcdef benign --reason "one per websocket" --up-to 5000'))
@click.argument("fingerprint", type=FingerprintType(), metavar="g1-...")
@click.argument("opinion", type=click.Choice([opinion.value for opinion in Opinion]))
@click.option("--reason", required=True, help="why; people read it wherever the stack is shown")
@service_option
@click.option("--by", "by", help="who says so  [default: your user name]")
@click.option("--up-to", "up_to", help="benign up to so many goroutines over the service (5000, 3x)  [default: 2x]")
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    help="the day from which on it is judged as usual, UTC  [default: in 90 days]",
)
@store_options
@data_option
@output_option
def main(  # noqa: PLR0913 one parameter an option
    *,
    fingerprint: int,
    opinion: str,
    reason: str,
    service: str,
    by: str | None,
    up_to: str | None,
    expires: datetime | None,
    store_url: str | None,
    config: Path | None,
    data: str | None,
    output: str,
) -> int:
    """Say that a stack is a leak, or that it is benign, in one service or in each that shows it.

    What is benign is not reported, up to a number of goroutines over the service and until a day; its growth stays
    visible with the reason. What is called a leak is silenced by no benign list. The newest word on a stack counts, and
    `leakstream backtest` holds settings against all of them. The verdict goes into the log, and the processor takes it
    up in the order of the service's profiles.
    """
    if opinion == Opinion.LEAK and (up_to or expires):
        raise click.UsageError("--up-to and --expires belong to benign")
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise click.UsageError(f"--reason must say something, in at most {_LONGEST_REASON} characters")
    now = SystemClock().now()
    said = PersonalVerdict("", fingerprint, Opinion(opinion), reason, by or _find_user(), now)
    place = place_of(store_url, read_settings(config) if config else None)
    with asking(place) as reader:
        verdicts = list(address(reader, said, service, up_to or _DEFAULT_UP_TO, expires))
    with opened_log(config, data) as log:
        log.append(PROFILES_TOPIC, [encode_verdict(verdict) for verdict in verdicts])
    for verdict in verdicts:
        click.echo(json_line(_row(verdict)) if output == "json" else _describe(verdict))
    return 0


def _find_user() -> str:
    """Give the user's name; a container may have none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise click.UsageError("name who says so: --by NAME") from None


def address(
    reader: Reader, said: PersonalVerdict, service: str, up_to: str, expires: datetime | None
) -> Iterator[PersonalVerdict]:
    """Give the verdict for each service that is meant, with its limit."""
    names = [str(row["service"]) for row in reader.stacks(said.fingerprint, service)]
    if not names:
        where = f" in {service}" if service else ""
        raise UserError(plain(f"no service shows {format_fingerprint(said.fingerprint)}{where}"))
    for name in names:
        if said.opinion is Opinion.LEAK:
            yield _replace(said, name, 0, None)
            continue
        try:
            limit = parse_up_to(up_to, _count(reader, said.fingerprint, name))
        except ValueError as error:
            raise UserError(plain(f"--up-to: {error}")) from None
        day = said.given_at + timedelta(days=_DEFAULT_DAYS)
        until = expires.replace(tzinfo=UTC) if expires else day.replace(hour=0, minute=0, second=0, microsecond=0)
        if until <= said.given_at:
            raise UserError(f"--expires {until:%Y-%m-%d} is over")
        yield _replace(said, name, limit, until)


def _count(reader: Reader, fingerprint: int, service: str) -> int:
    """Count the goroutines of a stack as of its newest judgement, else as of its newest day, one at least."""
    grown = next(iter(reader.growth(fingerprint, service)), None)
    if grown is not None:
        return max(1, int(str(grown["goroutines"])))
    rows = reader.instances(fingerprint, service, _DAY_SECONDS, _MOST_INSTANCES)
    return max(1, sum(int(str(row["last_goroutines"])) for row in rows))


def _replace(said: PersonalVerdict, service: str, up_to: int, expires: datetime | None) -> PersonalVerdict:
    return PersonalVerdict(
        service, said.fingerprint, said.opinion, said.reason, said.by, said.given_at, up_to=up_to, expires=expires
    )


def _row(verdict: PersonalVerdict) -> dict[str, object]:
    """Give a verdict as a row."""
    return {
        "service": verdict.service,
        "fingerprint": format_fingerprint(verdict.fingerprint),
        "opinion": verdict.opinion.value,
        "reason": verdict.reason,
        "by": verdict.by,
        "given_at": verdict.given_at,
        "up_to": verdict.up_to or None,
        "expires": verdict.expires,
    }


def _describe(verdict: PersonalVerdict) -> str:
    """Say on one line what was recorded."""
    limit = f" up to {verdict.up_to} goroutines until {verdict.expires:%Y-%m-%d}" if verdict.expires else ""
    name = format_fingerprint(verdict.fingerprint)
    return plain(f"{name} in {verdict.service}: {verdict.opinion.value}{limit}, says {verdict.by}: {verdict.reason}")
