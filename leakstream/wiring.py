"""settings -> objects: the only place where ports meet adapters.

Each role gets its own thread or task; they meet in the log and the store alone, so that `up` is the three roles in one
process and nothing else.
"""

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event

from collectors.guard_evidence import Guard, policy_of_guard
from collectors.serve_evidence import EvidenceWays
from collectors.spool import Spool
from collectors.strip_labels import LabelRule, LabelValues
from collectors.targets import Job, job_from_settings
from leakstream.adapters.clickhouse import ClickhouseStore, open_embedded, open_server
from leakstream.adapters.clock import SystemClock
from leakstream.adapters.kafka import KafkaLog
from leakstream.adapters.metrics import Metrics
from leakstream.adapters.sqlite_log import SqliteLog
from leakstream.adapters.tickets.markdown import MarkdownSink
from leakstream.adapters.tickets.webhook import WebhookSink
from leakstream.benign_file import read_benign_file
from leakstream.logs import reporter
from leakstream.migrate import migrate, read_queries, read_query
from leakstream.retention import keep
from leakstream.secret_files import UnusableFileError, read_hash_key
from processors.admit import Bounds
from processors.ask_evidence import policy_of_evidence
from processors.count_labels import LabelPolicy
from processors.dead_letters import Limit
from processors.deliver import Deliverer, Desk
from processors.make_rules import make_rules
from processors.pipeline import identify
from processors.policy_for import remember_policies
from processors.reading import Read
from processors.rewrite import BUILTIN, Rules
from processors.roll_up import ROLLUPS, RollUps
from processors.run import RESTORE, Outside, Processor
from processors.take_evidence import Weigher
from processors.tell_expired import Expiry
from processors.tickets.make_ticket_rules import make_quiet, make_ticket_rules
from schemas.model import Problem
from schemas.ports import Clock, Log, Store, TicketSink
from schemas.settings import Settings
from schemas.settings_limits import LimitSettings
from schemas.settings_load import SettingsError
from schemas.settings_profile_labels import ProfileLabelSettings

DATABASE = "leakstream"


@dataclass(slots=True)
class House:
    """What a process of ours has open. `stop` ends its roles."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    log: Log
    stop: Event


def open_house_of(settings: Settings, stop: Event) -> House:
    """Open what every role needs."""
    clock = SystemClock()
    return House(settings, clock, Metrics(), open_log(settings, clock), stop)


def open_log(settings: Settings, clock: Clock) -> Log:
    """Open the log that the settings name; a broker that is away is waited for later, by who needs it."""
    if settings.log.kafka is not None:
        return KafkaLog(settings.log.kafka)
    chosen = settings.log.sqlite
    if chosen is None:
        raise AssertionError("settings name exactly one log")
    return SqliteLog(
        Path(chosen.path),
        clock=clock,
        partitions=chosen.partitions,
        retention_seconds=chosen.retention_seconds,
        retention_bytes=chosen.retention_bytes,
    )


def open_spool(settings: Settings) -> Spool | None:
    """Open the spool of the collector where the log may be away; None for the embedded log, which never is.

    Raises SpoolUnavailableError.
    """
    if settings.log.kafka is None:
        return None
    chosen = settings.log.kafka.spool
    return Spool(Path(chosen.path), size_bytes=chosen.size_bytes, age_seconds=chosen.age_seconds)


def open_store(settings: Settings, clock: Clock) -> ClickhouseStore:
    """Open the store that the settings name; bring its schema and how long it keeps rows up to date."""
    store = open_store_as_is(settings)
    update_store(store, settings, clock.now())
    return store


def open_store_as_is(settings: Settings) -> ClickhouseStore:
    """Open the store that the settings name."""
    server, embedded = settings.store.clickhouse, settings.store.embedded
    if server is not None:
        return open_server(server.url, server.user, server.read_password(), server.database, server.cluster)
    if embedded is None:
        raise AssertionError("settings name exactly one store")
    return open_embedded(Path(embedded.path), DATABASE)


def update_store(store: Store, settings: Settings, now: datetime, *, dry_run: bool = False) -> tuple[str, ...]:
    """Bring the schema and how long rows are kept up to date; give the statements."""
    database, seconds = database_of(settings), settings.store.retention.by_setting()
    cluster = settings.store.clickhouse.cluster if settings.store.clickhouse else ""
    migrated = migrate(store, database, now=now, dry_run=dry_run, cluster=cluster)
    return migrated + keep(store, database, seconds, cluster=cluster, dry_run=dry_run)


def database_of(settings: Settings) -> str:
    """Give the name of the database in the store."""
    return settings.store.clickhouse.database if settings.store.clickhouse else DATABASE


def make_jobs(settings: Settings) -> tuple[Job, ...]:
    """Give the jobs of the collector; raise SettingsError when the key of hashes cannot be read."""
    rule = make_label_rule(settings.profile_labels)
    return tuple(job_from_settings(config, settings.global_, rule) for config in settings.scrape_configs)


def make_evidence(house: House) -> EvidenceWays | None:
    """Say how the collector takes evidence; None where it is switched off, so that nobody reads requests."""
    chosen = house.settings.evidence
    if not chosen.enabled:
        return None
    guard = Guard(policy_of_guard(chosen))
    return EvidenceWays(house.log, guard, chosen.timeout_seconds, chosen.body_size_limit_bytes, chosen.at_once)


def make_label_rule(chosen: ProfileLabelSettings) -> LabelRule:
    """Say which pprof labels may leave the collector; raise SettingsError when the key of hashes cannot be read."""
    key = chosen.hash_key.get_secret_value() if chosen.hash_key else ""
    if chosen.hash_key_file is not None:
        try:
            key = read_hash_key(Path(chosen.hash_key_file))
        except UnusableFileError as error:
            problem = Problem("profile_labels.hash_key_file", str(error), repr(chosen.hash_key_file))
            raise SettingsError((problem,)) from error
    return LabelRule(frozenset(name.encode() for name in chosen.keep), LabelValues(chosen.values), key.encode())


def make_processor(house: House, store: ClickhouseStore) -> Callable[[], None]:
    """Give the body of the role `process`."""
    queries = {name: read_query(name) for name in RESTORE}
    outside = Outside(house.log, store, house.clock, house.metrics, queries, house.stop, reporter("process"))
    bounds, limit = make_limits(house.settings)
    rules = make_rules(house.settings.rewrite_rules)
    benign = read_benign_file(house.settings.detection)
    processor = Processor(
        outside,
        remember_policies(house.settings.detection, benign),
        expiry=Expiry(benign),
        rollups=RollUps({name: read_query(name) for name in ROLLUPS}),
        bounds=bounds,
        limit=limit,
        read=make_read(house, rules),
        labels=make_label_policy(house.settings, rules),
        asking=policy_of_evidence(house.settings.evidence),
        weigher=Weigher(partial(identify, rules=rules), house.settings.limits.as_limits()),
        fingerprints=house.settings.limits.fingerprints_per_service,
    )
    return lambda: processor.run(group_member(house.settings, "process"))


def warm_kernels() -> None:
    """Load the machine code that reads profiles, or make and keep it: a confined process cannot keep it any more."""
    from processors.read import Memory, Reader  # noqa: PLC0415 the compiler takes half a second to import

    Reader(identify, bytes(32), LimitSettings().as_limits(), Memory(stacks=1_024, build_slots=2**12)).warm()


def make_label_policy(settings: Settings, rules: Rules = BUILTIN) -> LabelPolicy | None:
    """Say which pprof labels are counted; None when none are, so that nobody looks for them."""
    chosen = settings.profile_labels
    return LabelPolicy(chosen.keep, chosen.most_values, rules, settings.limits.as_limits()) if chosen.keep else None


def make_read(house: House, rules: Rules) -> Read:
    """Give what reads profiles, with a secret of this process, and tells what it remembers.

    Machine code is made or loaded here, before the first profile comes; other commands do not wait for it.
    """
    from processors.measured_read import MeasuredRead  # noqa: PLC0415 the compiler takes half a second to import
    from processors.read import Memory, Reader  # noqa: PLC0415 the same

    chosen = house.settings.limits
    memory = Memory(chosen.remembered_stacks, chosen.remembered_addresses, chosen.recheck_scrapes)
    named = partial(identify, rules=rules)
    reader = Reader(named, secrets.token_bytes(32), chosen.as_limits(), memory)
    reader.warm()
    return MeasuredRead(reader, house.metrics)


def make_deliverer(house: House, store: ClickhouseStore) -> Callable[[], None]:
    """Give the body of the role `notify`."""
    bounds, limit = make_limits(house.settings)
    desk = Desk(
        log=house.log,
        store=store,
        sinks=make_sinks(house.settings),
        clock=house.clock,
        telemetry=house.metrics,
        queries=read_queries(),
        database=database_of(house.settings),
        stop=house.stop,
        report=reporter("notify"),
        rules=make_ticket_rules(house.settings.ticket_rules),
        quiet=make_quiet(house.settings.ticket_rules),
        environment=house.settings.ticket_rules.environment,
        bounds=bounds,
        limit=limit,
    )
    deliverer = Deliverer(desk)
    return lambda: deliverer.run(group_member(house.settings, "notify"))


def make_limits(settings: Settings) -> tuple[Bounds, Limit]:
    """Give what a record may be, and how many that are none are too many."""
    chosen = settings.dead_letters
    return (
        Bounds(chosen.record_size_limit_bytes, chosen.clock_tolerance_seconds),
        Limit(chosen.consecutive, chosen.ratio, chosen.window),
    )


def make_sinks(settings: Settings) -> tuple[TicketSink, ...]:
    """Give the places where tickets go, in the order of the settings."""
    sinks: list[TicketSink] = []
    for chosen in settings.tickets:
        if chosen.file is not None:
            sinks.append(MarkdownSink(Path(chosen.file.path)))
        elif chosen.webhook is not None:
            sinks.append(WebhookSink(chosen.webhook.read_url(), timeout_seconds=chosen.webhook.timeout_seconds))
    return tuple(sinks)


def group_member(settings: Settings, role: str) -> str:
    """Name this process in a consumer group.

    Whoever holds the embedded store is named after it: no two processes can, and one that was killed is succeeded at
    once under its own name, instead of keeping its partitions until it counts as silent.
    """
    embedded = settings.store.embedded
    return member_name(role) if embedded is None else f"{role}-{socket.gethostname()}-{Path(embedded.path).resolve()}"


def member_name(role: str) -> str:
    """Name this process among all others."""
    return f"{role}-{socket.gethostname()}-{os.getpid()}"
