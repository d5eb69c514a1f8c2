"""`leakstream backtest`: what the store holds, judged again under two settings and held against people's verdicts."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import click

from leakstream.client import Reader
from leakstream.commands.asking import asking, find_place
from leakstream.commands.options import DurationType, UserError, output_option, paste, service_option, store_options
from leakstream.commands.settings_file import read_benign_entries, read_settings
from leakstream.output import Column, Row, json_line, table
from processors.backtest import Change, Leak, Opinions, Score, Trial, compare_trials, play_trials, score_trial
from processors.policy_for import remember_policies
from processors.read_counts import read_opinions, read_scrapes
from processors.restore import read_stacks
from schemas.model import Fingerprint, format_fingerprint
from schemas.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_STEP = timedelta(hours=1)
"""So much is read at once: ten instances with 300 stacks are 180,000 counts."""

_SCORES = (
    Column("SETTINGS", "settings"),
    Column("PRECISION", "precision", number=True),
    Column("RECALL", "recall", number=True),
    Column("FIRED", "fired", number=True),
    Column("LEAKS FOUND", "leaks_found", number=True),
    Column("LEAKS MISSED", "leaks_missed", number=True),
    Column("FALSE ALARMS", "false_alarms", number=True),
    Column("NOT JUDGED", "unjudged", number=True),
)
_CHANGES = (
    Column("CHANGE", "change"),
    Column("SERVICE", "service"),
    Column("FINGERPRINT", "fingerprint"),
    Column("FIRED", "fired"),
    Column("PEOPLE SAY", "opinion"),
    Column("SITE", "site"),
)


@click.command(epilog=paste("leakstream backtest --settings-after new.yml --since 7d"))
@click.option(
    "--settings-before", "before", type=_FILE, help="settings as they are  [default: --config, else defaults]"
)
@click.option("--settings-after", "after", type=_FILE, help="settings as they would be  [default: as before]")
@click.option("--since", "window_seconds", type=DurationType(), default="7d", show_default=True, help="how far back")
@service_option
@store_options
@output_option
def main(  # noqa: PLR0913 one parameter an option
    *,
    before: Path | None,
    after: Path | None,
    window_seconds: float,
    service: str,
    store_url: str | None,
    config: Path | None,
    output: str,
) -> int:
    """Judge the counts of the store again under two settings, and hold both against what people said.

    Precision is the share of leaks among what fires and people gave a verdict on; recall the share of what people call
    leaks that fires. What fires under one of the settings only is listed. A benign verdict silences nothing here: it
    is what the settings are measured by. The window ends with the newest slot of the store, nothing is known at its
    begin, and evidence of profiles has no part in it.
    """
    trials = (_make_trial(before or config), _make_trial(after or before or config))
    with asking(find_place(store_url, config)) as reader:
        names, seen = play(reader, trials, service, max(1, round(window_seconds)))
        opinions = {leak: said for leak, said in read_opinions(reader.opinions(service)).items() if leak in seen}
    if not names:
        raise UserError("the store holds no scrapes" + (f" of {service}" if service else ""))
    _print(trials, opinions, names, output)
    return 0


def play(
    reader: Reader, trials: tuple[Trial, ...], service: str, window_seconds: int
) -> tuple[dict[Leak, Fingerprint], frozenset[Leak]]:
    """Play every service through all trials; give the names of its stacks, and the stacks that the window shows."""
    names: dict[Leak, Fingerprint] = {}
    seen: frozenset[Leak] = frozenset()
    for row in reader.replayed_services(service, window_seconds):
        name, begin, end = str(row["service"]), row["begin"], row["end"]
        if not isinstance(begin, datetime) or not isinstance(end, datetime):
            raise TypeError("the store gives the window as times")
        stacks = {value: known.fingerprint for value, known in read_stacks(reader.service_stacks(name)).items()}
        names |= {(name, value): found for value, found in stacks.items()}
        seen |= play_trials(trials, name, stacks, read_scrapes(name, _read(reader, name, begin, end)))
    return names, seen


def _read(reader: Reader, service: str, begin: datetime, end: datetime) -> Iterator[Row]:
    """Read the scrapes of a service, an hour at a time."""
    while begin < end:
        step = min(begin + _STEP, end)
        yield from reader.replayed_scrapes(service, begin, step)
        begin = step


def _make_trial(file: Path | None) -> Trial:
    """Make a trial of a settings file, or of the defaults."""
    settings = Settings() if file is None else read_settings(file)
    return Trial(remember_policies(settings.detection, read_benign_entries(settings)))


def _print(trials: tuple[Trial, ...], opinions: Opinions, names: Mapping[Leak, Fingerprint], output: str) -> None:
    """Print both scores, then what appears and what goes; in JSON each object says its kind."""
    before, after = trials
    scores = [score_row(word, score_trial(trial, opinions)) for word, trial in (("before", before), ("after", after))]
    changes = [change_row(change, names[change.leak]) for change in compare_trials(before, after, opinions)]
    if output == "json":
        for kind, rows in (("score", scores), ("change", changes)):
            for row in rows:
                click.echo(json_line({"kind": kind, **row}))
        return
    click.echo(table(_SCORES, scores))
    click.echo("\n" + (table(_CHANGES, changes) if changes else "nothing appears and nothing goes"))
    if not opinions:
        click.echo("no verdicts yet: `leakstream verdict g1-… leak|benign --reason …` records them", err=True)


def score_row(settings: str, score: Score) -> dict[str, object]:
    """Give a score as a row; shares to three digits, null where nothing is there to divide by."""
    return {
        "settings": settings,
        "precision": None if score.precision is None else round(score.precision, 3),
        "recall": None if score.recall is None else round(score.recall, 3),
        "fired": score.fired,
        "leaks_found": score.leaks_found,
        "leaks_missed": score.leaks_missed,
        "false_alarms": score.false_alarms,
        "unjudged": score.unjudged,
    }


def change_row(change: Change, name: Fingerprint) -> dict[str, object]:
    """Give what appears or goes as a row."""
    service, value = change.leak
    return {
        "change": "appears" if change.appears else "goes",
        "service": service,
        "fingerprint": format_fingerprint(value),
        "fired": change.fired,
        "opinion": change.opinion.value if change.opinion else None,
        "site": name.site,
    }
