"""`leakstream topics`: the topics of the settings, compared with those of the broker, and made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from leakstream.adapters.kafka_admin import KafkaTopics, TopicsRefusedError
from leakstream.adapters.kafka_clients import KafkaSettingsError
from leakstream.commands.options import UserError, config_option, output_option, paste
from leakstream.commands.settings_file import SettingsProblems, read_settings
from leakstream.output import json_line
from leakstream.topics import AddPartitions, AlterConfig, Change, CreateTopic, Kept, Plan, plan, wanted_topics
from processors.plain_text import plain
from schemas.ports import LogUnavailableError
from schemas.settings_kafka import KafkaLogSettings

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a person asked for."""

    config: Path
    output: str
    deleting: bool

    def read(self) -> KafkaLogSettings:
        """Give the settings of the log; SettingsProblems when it is not Kafka."""
        log = read_settings(self.config).log
        if log.kafka is None:
            sentence = f"{self.config}: log: the SQLite log makes its topics itself; log.kafka names a broker"
            raise SettingsProblems((plain(sentence),))
        return log.kafka


def _options(command: F) -> F:
    """Add what both commands take."""
    deleting = click.option(
        "--delete-old-records",
        "deleting",
        is_flag=True,
        help="also make changes after which the broker deletes records (a shorter retention)",
    )
    return config_option(deleting(output_option(command)))


@click.group(epilog=paste("leakstream topics plan --config leakstream.yml"))
def main() -> None:
    """Show or make the difference between the topics wished for and those of the broker.

    The wish is `log.kafka.topics` of the settings. Topics and partitions are never taken away.
    """


@main.command("plan", epilog=paste("leakstream topics plan --config leakstream.yml"))
@_options
def plan_command(*, config: Path, output: str, deleting: bool) -> int:
    """Show what `topics apply` would do, and which differences it would leave; nothing is changed."""
    wish = _Wish(config, output, deleting)
    return _run(wish, lambda topics, settings: _show(wish, _plan(wish, topics, settings)))


@main.command("apply", epilog=paste("leakstream topics apply --config leakstream.yml"))
@_options
def apply_command(*, config: Path, output: str, deleting: bool) -> int:
    """Make topics, add partitions, set keys; print each when it is done, and the differences that are left.

    When one fails, those before it are done; running it again goes on from there.
    """
    wish = _Wish(config, output, deleting)
    return _run(wish, lambda topics, settings: _make(wish, topics, _plan(wish, topics, settings)))


def _run(wish: _Wish, do: Callable[[KafkaTopics, KafkaLogSettings], None]) -> int:
    """Connect and do; what goes wrong is one sentence."""
    settings = wish.read()
    try:
        with KafkaTopics(settings) as topics:
            do(topics, settings)
    except KafkaSettingsError as error:
        raise SettingsProblems((plain(f"{wish.config}: {error}"),)) from error
    except (LogUnavailableError, TopicsRefusedError) as error:
        raise UserError(plain(str(error))) from error
    return 0


def _plan(wish: _Wish, topics: KafkaTopics, settings: KafkaLogSettings) -> Plan:
    """Compare the wish with the broker."""
    wanted = wanted_topics(settings)
    return plan(wanted, topics.describe([topic.name for topic in wanted]), deleting=wish.deleting)


def _show(wish: _Wish, planned: Plan) -> None:
    """Print a plan."""
    for change in planned.changes:
        _print(wish, change, done=False)
        _warn(wish, change)
    for kept in planned.kept:
        _print(wish, kept, done=False)
    _conclude(planned, "would be made")


def _make(wish: _Wish, topics: KafkaTopics, planned: Plan) -> None:
    """Make what is planned, one after the other: its warning before, what was done after it."""
    for change in planned.changes:
        _warn(wish, change)
        topics.apply(change)
        _print(wish, change, done=True)
    for kept in planned.kept:
        _print(wish, kept, done=False)
    _conclude(planned, "were made")


def _print(wish: _Wish, step: Change | Kept, *, done: bool) -> None:
    """Print one step: a sentence, or one object."""
    row = {**_row(step), "done": done}
    click.echo(json_line(row) if wish.output == "json" else plain(step.sentence))


def _warn(wish: _Wish, change: Change) -> None:
    """Say what to know before a change; in JSON it stands in the object."""
    if change.warning and wish.output != "json":
        click.echo(plain(f"Warning: {change.warning}"), err=True)


def _conclude(planned: Plan, what: str) -> None:
    """Say how it ended, on stderr."""
    kept = f", {len(planned.kept)} differences are kept" if planned.kept else ""
    changes = len(planned.changes)
    click.echo(f"{changes} changes {what}{kept}" if changes or kept else "no difference", err=True)


def _row(step: Change | Kept) -> dict[str, object]:
    """Give one step for programs; `before` is what holds, `after` what is wanted, `note` a warning or a reason."""
    match step:
        case CreateTopic(topic):
            after = {"partitions": topic.partitions, "replicas": topic.replication_factor, **topic.configs}
            return _values("create", step, "topic", None, after)
        case AddPartitions(_, was, wanted):
            return _values("add", step, "partitions", was, wanted)
        case AlterConfig(_, key, held, value):
            return _values("set", step, key, held, value)
        case Kept(_, what, found, wish, _):
            return _values("keep", step, what, found, wish)


def _values(action: str, step: Change | Kept, what: str, before: object, after: object) -> dict[str, object]:
    """Give a row."""
    note = step.reason if isinstance(step, Kept) else step.warning
    return {"action": action, "topic": step.name, "what": what, "before": before, "after": after, "note": note}
