"""`leakstream replay`: the whole pipeline over recorded profiles, offline."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from leakstream.commands.options import UserError, output_option, paste
from leakstream.commands.settings_file import read_benign_entries, read_settings
from leakstream.output import cell, json_line
from leakstream.recording import Recording
from leakstream.replay_parts import Part, cores, divide, may_split, replay_parts
from processors.change_mind import change_mind
from processors.findings_text import rows_of_findings
from processors.make_rules import make_rules
from processors.pipeline import identify
from processors.plain_text import plain
from processors.policy_for import remember_policies
from processors.reading import Read, read_plainly
from processors.replay import Numbered, Replay, Told, Totals
from processors.rhythm import DEFAULT_SECONDS, Rhythm, find_rhythm
from processors.take_evidence import Weigher
from schemas.model import Anomaly, FailureReason, Kind, ScrapedProfile, State
from schemas.recording import Attempt, RecordingError
from schemas.say import BenignEntry
from schemas.settings import Settings

_MANY_PROFILES = 1_000
_PROFILES_FOR_PARTS = 5_000
"""Fewer are replayed in a few seconds, and processes of their own would take most of what they save."""
_KEY = b"replay"
"""No secret: who recorded profiles may confuse the reading of their own."""

_UNKNOWN = Rhythm(DEFAULT_SECONDS, 0.0)
"""Of an instance that has evidence and no scrapes."""

Rhythms = Mapping[tuple[str, str], Rhythm]


@dataclass(frozen=True, slots=True)
class Survey:
    """How each instance was scraped, and how many profiles each service has; one without any has 0."""

    rhythms: Rhythms
    profiles: Mapping[str, int]


@click.command(epilog=paste("leakstream replay --output json recorded/", "leakstream replay recorded.tar"))
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--config",
    "config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="settings file, for its sections `detection`, `rewrite_rules` and `limits`  [default: the defaults]",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    help="processes, some services each; the lines stay the same  [default: the cores of the machine, where there are"
    " thousands of profiles; one where it is not Linux]",
)
@output_option
def main(path: Path, config: Path | None, jobs: int | None, output: str) -> int:
    """Take recorded profiles through the pipeline, as if it had run then, and print every change of an anomaly's state.

    PATH is a folder or a .tar with a manifest.jsonl (one attempt to scrape a line, in the order of time), or with files
    named <service>/<instance>/<unix_ms>.pb.gz. The clock is the recording's, its scrape interval is found out for each
    instance, and the same recording always gives the same lines. Profiles of the kinds `goroutine-text`,
    `goroutineleak` and `heap` are weighed as evidence. What cannot be read is told on stderr, one line each, and costs
    itself only; the last line there says how much was read and how fast.
    """
    settings = Settings() if config is None else read_settings(config)
    started = time.monotonic()
    totals = Totals()
    try:
        with Recording(path) as recording:
            found = survey(recording)
            for _, anomaly in tell(path, settings, found, jobs, totals):
                if anomaly.state is not State.INACTIVE:
                    click.echo(json_line(row_of(anomaly)) if output == "json" else describe(anomaly))
            problems = recording.problems
    except RecordingError as error:
        raise UserError(f"{path}: {error}") from error
    seconds = time.monotonic() - started
    for problem in problems:
        click.echo(plain(str(problem)), err=True)
    rate = totals.profiles / seconds if seconds > 0 else 0.0
    click.echo(
        f"{totals.profiles} profiles, {totals.failed} failed, {totals.dropped} dropped,"
        f" {seconds:.3f} seconds, {rate:.0f} profiles/s",
        err=True,
    )
    return 0 if totals.profiles or not (totals.failed or problems) else 1


def tell(path: Path, settings: Settings, found: Survey, jobs: int | None, totals: Totals) -> Iterator[Told]:
    """Replay in as many processes as pay, and add to `totals` in the end."""
    number = sum(found.profiles.values())
    make = partial(make_replay, settings, read_benign_entries(settings), make_read(settings, number))

    def run(part: Part) -> tuple[Iterator[Told], Replay]:
        replay = make()
        return take_part(path, found.rhythms, part, replay), replay

    most = (cores() if number >= _PROFILES_FOR_PARTS else 1) if jobs is None else jobs
    parts = divide(found.profiles, most if may_split() else 1)
    if len(parts) > 1:
        yield from replay_parts(run, parts, totals)
        return
    told, replay = run(frozenset(found.profiles))
    yield from told
    totals.add(replay.totals)


def make_replay(settings: Settings, benign: Sequence[BenignEntry], read: Read) -> Replay:
    """Give a replay that has met nothing."""
    named = partial(identify, rules=make_rules(settings.rewrite_rules))
    weigher = Weigher(named, settings.limits.as_limits())
    policies = remember_policies(settings.detection, benign)
    return Replay(policies, read, weigher, settings.limits.fingerprints_per_service)


def make_read(settings: Settings, profiles: int) -> Read:
    """Give what reads so many profiles: machine code pays where there are many, and takes its time to be made."""
    named = partial(identify, rules=make_rules(settings.rewrite_rules))
    limits = settings.limits.as_limits()
    if profiles < _MANY_PROFILES:
        return lambda _service, data: read_plainly(named, data, limits)
    from processors.read import Reader  # noqa: PLC0415 the compiler takes half a second to import

    return Reader(named, _KEY, limits).read


def take_part(path: Path, rhythms: Rhythms, part: Part, replay: Replay) -> Iterator[Told]:
    """Replay the services of a part; raises RecordingError."""
    with Recording(path) as recording:
        yield from replay.run(take(recording, rhythms, part))


def take(recording: Recording, rhythms: Rhythms, part: Part) -> Iterator[Numbered]:
    """Give every attempt of a part as the collector would have recorded it, with its number in the recording."""
    for number, attempt in enumerate(recording.attempts()):
        if attempt.service in part:
            yield number, take_one(recording, attempt, rhythms.get((attempt.service, attempt.instance), _UNKNOWN))


def survey(recording: Recording) -> Survey:
    """Look through a recording once.

    An instance that was scraped once follows the usual interval of its service.
    """
    moments: dict[tuple[str, str], list[datetime]] = {}
    profiles: Counter[str] = Counter()
    for attempt in recording.attempts():
        profiles[attempt.service] += bool(attempt.profile)
        if attempt.kind is Kind.GOROUTINE:
            moments.setdefault((attempt.service, attempt.instance), []).append(attempt.time)
    found = {key: find_rhythm(times) for key, times in moments.items() if len(times) > 1}
    usual: dict[str, float] = {}
    for (service, _), rhythm in sorted(found.items()):
        usual.setdefault(service, rhythm.interval_seconds)
    alone = {key: find_rhythm(times, usual.get(key[0], DEFAULT_SECONDS)) for key, times in moments.items()}
    return Survey({**alone, **found}, profiles)


def take_one(recording: Recording, attempt: Attempt, rhythm: Rhythm) -> ScrapedProfile:
    """Give one attempt; a profile whose file cannot be read is a failed scrape."""
    profile, failure, error = None, FailureReason.UNREACHABLE, attempt.error
    if attempt.profile:
        try:
            profile = recording.read(attempt)
        except RecordingError as unreadable:
            failure, error = FailureReason.INTERNAL, str(unreadable)
    return ScrapedProfile(
        service=attempt.service,
        instance=attempt.instance,
        slot=rhythm.slot_of(attempt.time),
        scraped_at=attempt.time,
        interval_seconds=rhythm.interval_seconds,
        duration_seconds=0.0,
        labels=attempt.labels,
        profile=profile,
        failure=None if profile is not None else failure,
        error="" if profile is not None else error,
        process_start=attempt.process_start,
        kind=attempt.kind,
    )


def row_of(anomaly: Anomaly) -> dict[str, object]:
    """Give a change of state as `replay --output json` promises it."""
    growth = anomaly.growth
    return {
        "time": anomaly.slot,
        "service": anomaly.service,
        "fingerprint": str(anomaly.fingerprint),
        "site": anomaly.fingerprint.site,
        "operation": anomaly.fingerprint.operation,
        "state": anomaly.state.value,
        "verdict": anomaly.verdict.value,
        "reason": anomaly.reason,
        "growth_per_hour": growth.growth_per_hour,
        "growth_low": growth.growth_low,
        "growth_high": growth.growth_high,
        "goroutines": growth.goroutines,
        "instances": growth.instances,
        "growing_instances": growth.growing_instances,
        "first_version": anomaly.first_version,
        "frames": list(anomaly.fingerprint.frames),
        "findings": rows_of_findings(growth.findings),
        "change_mind": change_mind(anomaly.state, anomaly.verdict, growth.findings),
    }


def describe(anomaly: Anomaly) -> str:
    """Give a change of state on one line for people."""
    growth = anomaly.growth
    facts = (
        cell(anomaly.slot),
        anomaly.state.value,
        anomaly.verdict.value,
        anomaly.service,
        str(anomaly.fingerprint),
        f"{anomaly.fingerprint.operation} at {anomaly.fingerprint.site}",
        f"{growth.goroutines:,} goroutines on {growth.instances}, {growth.growth_per_hour:+,.1f}/h",
        anomaly.reason,
    )
    return plain("  ".join(facts))
