"""The one loop: poll, process, write, publish, commit.

Rule 1: offsets are committed only after the store acknowledged everything that came before them.
Rule 2: what the store cannot take now is tried again, unchanged; what it refuses stops the loop with its message.
Rule 3: what can never be processed is put aside before the offsets are committed, within a limit.
Rule 4: memory is rebuilt from the store for each service that is met, as of the record at hand, so that a replay after
a crash decides as the undisturbed run did.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Event
from typing import TypeAlias

from processors.admit import Bounds, admit_record
from processors.ask_evidence import AskPolicy
from processors.count_labels import LabelPolicy
from processors.dead_letters import Limit
from processors.find_malformed import find_malformed
from processors.limit_fingerprints import FINGERPRINTS
from processors.memory import ServiceMemory
from processors.pipeline import WEIGHER, Step, advance, read_unremembered
from processors.policy_for import PolicyFor
from processors.reading import Read
from processors.restore_service import RESTORE, Queries, restore_service
from processors.roll_up import RollUps
from processors.send_requests import send_requests
from processors.set_aside import Aside
from processors.spans import find_spans
from processors.tabulate import tabulate
from processors.tabulate_evidence import tabulate_evidence
from processors.take_evidence import EvidenceStep, Weigher
from processors.take_verdict import VerdictStep, tabulate_verdicts, take_verdict
from processors.tell_expired import Expiry
from processors.tell_steps import tell_steps
from schemas.model import ScrapedProfile
from schemas.outcomes import Dropped, Invalid
from schemas.ports import (
    Clock,
    Consumer,
    Log,
    LogUnavailableError,
    Membership,
    Message,
    PartitionLostError,
    Record,
    Store,
    StoreUnavailableError,
)
from schemas.say import PersonalVerdict
from schemas.telemetry import Telemetry
from schemas.wire.codec import ANOMALIES_TOPIC, PROFILES_TOPIC, encode_anomaly

GROUP = "leakstream-process"
_BATCH_RECORDS = 500
_POLL_SECONDS = 0.5
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 10.0
_STAY_SECONDS = 1.0

__all__ = ["GROUP", "RESTORE", "Outside", "Processor"]

Taken: TypeAlias = Step | EvidenceStep | VerdictStep


@dataclass(slots=True)
class Outside:
    """What the loop reaches. `report` gets a sentence and fields for the log of the process."""

    log: Log
    store: Store
    clock: Clock
    telemetry: Telemetry
    queries: Queries
    stop: Event
    report: Callable[..., None]


@dataclass(slots=True)
class Processor:
    """The memory of the services whose partitions are held. `homes` says in which partition each was met last."""

    outside: Outside
    policy_for: PolicyFor
    batch_records: int = _BATCH_RECORDS
    poll_seconds: float = _POLL_SECONDS
    bounds: Bounds = field(default_factory=Bounds)
    limit: Limit = field(default_factory=Limit)
    read: Read = read_unremembered
    labels: LabelPolicy | None = None
    asking: AskPolicy | None = None
    weigher: Weigher = WEIGHER
    expiry: Expiry = field(default_factory=Expiry)
    rollups: RollUps | None = None
    fingerprints: int = FINGERPRINTS
    services: dict[str, ServiceMemory] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=dict)
    log_name: str = ""
    shown: frozenset[int] = frozenset()
    membership: Membership = field(default_factory=lambda: Membership(0, 0))
    aside: Aside = field(init=False)

    def __post_init__(self) -> None:
        """Make the place for what cannot be processed."""
        out = self.outside
        self.aside = Aside(out.log, out.clock, out.telemetry, out.report, PROFILES_TOPIC, "decode", self.limit)

    def run(self, member: str) -> None:
        """Process until told to stop; what was not committed will be read again.

        Raises DeadLettersError when too much of a partition cannot be processed.
        """
        consumer = self.outside.log.subscribe(PROFILES_TOPIC, GROUP, member)
        try:
            while not self.outside.stop.is_set():
                self.turn(consumer)
        finally:
            consumer.close()

    def turn(self, consumer: Consumer) -> None:
        """Poll once and take what came through to the commit."""
        try:
            records = consumer.poll(max_records=self.batch_records, timeout_seconds=self.poll_seconds)
            self._forget_lost(consumer.assignment())
            if records and self._insist(consumer, lambda: self._process(records)):
                self._commit(consumer, records)
            if self.rollups is not None and 0 in consumer.assignment():
                self.rollups.turn(
                    self.outside.store, self.outside.telemetry, self.outside.report, self.outside.clock.now()
                )
            self._tell_place(consumer)
        except LogUnavailableError as error:
            self.outside.report("the log cannot be used now", error=str(error))
            self.outside.stop.wait(_FIRST_WAIT_SECONDS)

    def _process(self, records: Sequence[Record]) -> None:
        """Process and write one batch; on any failure the memory of its services is dropped, so it can be repeated."""
        started = self.outside.clock.now()
        try:
            met = [(record, admit_record(record, started, self.bounds)) for record in records]
            self.aside.weigh(met)
            refused = [(record, outcome) for record, outcome in met if isinstance(outcome, Invalid)]
            admitted = [(record, outcome) for record, outcome in met if not isinstance(outcome, Invalid)]
            taken = [step for record, scraped in admitted if (step := self._advance(record, scraped)) is not None]
            steps = [step for step in taken if isinstance(step, Step)]
            self._write(steps, taken, records)
            self._publish(steps)
            self.aside.bury([*refused, *find_malformed(steps, admitted)])
        except BaseException:
            self.services.clear()
            raise
        elapsed = self.outside.clock.now() - started
        self.outside.telemetry.observe("leakstream_batch_seconds", elapsed.total_seconds(), stage="process")
        self._measure(steps)

    def _advance(self, record: Record, scraped: ScrapedProfile | PersonalVerdict) -> Taken | None:
        """Take one record through the pipeline; None when it left early, which is counted."""
        telemetry = self.outside.telemetry
        memory = self._memory(scraped.service, record)
        if isinstance(scraped, PersonalVerdict):
            telemetry.add("leakstream_verdicts_total", opinion=scraped.opinion.value)
            return take_verdict(memory, scraped, record.position)
        step = advance(
            *(memory, scraped, record.position, self.policy_for(scraped.service)),
            read=self.read,
            labels=self.labels,
            asking=self.asking,
            weigher=self.weigher,
            fingerprints=self.fingerprints,
        )
        if isinstance(step, Dropped):
            telemetry.add("leakstream_dropped_total", stage="count", reason=step.reason.value)
            return None
        if isinstance(step, Step) and step.late:
            telemetry.add("leakstream_late_total")
        problems = len(step.counted.problems) if isinstance(step, Step) else step.summary.problems
        if problems:
            telemetry.add("leakstream_problems_total", problems, stage="decode")
        return step

    def _memory(self, service: str, record: Record) -> ServiceMemory:
        """Give the memory of a service, rebuilt from the store when it is met for the first time.

        A service that moves between partitions that are both held takes its memory along: the store does not have yet
        what this batch brought.
        """
        if service not in self.services:
            self.services[service] = self._restore(service, record)
        self.homes[service] = record.position.partition
        return self.services[service]

    def _restore(self, service: str, record: Record) -> ServiceMemory:
        """Rebuild the memory of a service as it was before this record."""
        out, policy = self.outside, self.policy_for(service)
        if policy.off:
            out.telemetry.set("leakstream_judgement_off", 1, service=service, rule=policy.off)
        return restore_service(
            service,
            record.position,
            log=self._log_name(),
            store=out.store,
            queries=out.queries,
            policy=policy,
            report=out.report,
        )

    def _write(self, steps: Sequence[Step], taken: Sequence[Taken], records: Sequence[Record]) -> None:
        """Write all rows of a batch, each table as one block under a token made of the offsets."""
        span = ";".join(
            f"{partition}:{first}-{last}" for partition, (first, last) in sorted(find_spans(records).items())
        )
        log = self._log_name()
        requested = [(request, step.position) for step in steps for request in step.requests]
        said = tabulate_verdicts([step for step in taken if isinstance(step, VerdictStep)], log)
        evidence = tabulate_evidence(requested, [step for step in taken if isinstance(step, EvidenceStep)], log)
        for table, rows in {**said, **evidence, **tabulate(steps, log)}.items():
            token = blake2b(f"{log};{table};{span}".encode(), digest_size=16).hexdigest()
            self.outside.store.insert(table, rows, token)
            self.outside.telemetry.add("leakstream_stored_rows_total", rows.num_rows, table=table)

    def _log_name(self) -> str:
        """Give the identity of the log, which is asked once: it is as long-lived as this process."""
        if not self.log_name:
            self.log_name = self.outside.log.identity(PROFILES_TOPIC)
        return self.log_name

    def _publish(self, steps: Sequence[Step]) -> None:
        """Send changes of state on; the notifier folds repeats."""
        messages: list[Message] = [encode_anomaly(anomaly) for step in steps for anomaly in step.anomalies]
        if messages:
            self.outside.log.append(ANOMALIES_TOPIC, messages)
        send_requests(steps, self.outside.log, self.outside.telemetry, self.outside.report)

    def _commit(self, consumer: Consumer, records: Sequence[Record]) -> None:
        """Commit what was written; a partition that was lost meanwhile is forgotten.

        When the log cannot take offsets now, the next commit covers these; after a crash the same rows are written.
        """
        offsets = {partition: last + 1 for partition, (_, last) in find_spans(records).items()}
        try:
            consumer.commit(offsets)
        except PartitionLostError as error:
            self.outside.report("a partition went to another member", error=str(error))
            self.services.clear()

    def _forget_lost(self, held: frozenset[int]) -> None:
        """Drop the memory of partitions that are held by somebody else now."""
        for service in [service for service in self.services if self.homes[service] not in held]:
            del self.services[service]
        self.aside.forget_lost(held)

    def _insist(self, consumer: Consumer, work: Callable[[], None]) -> bool:
        """Do the work until the outside takes it, as a member all the while; False when told to stop before that."""
        wait_seconds = _FIRST_WAIT_SECONDS
        while True:
            try:
                work()
            except (StoreUnavailableError, LogUnavailableError) as error:
                self.outside.telemetry.add("leakstream_store_retries_total", reason=error.reason)
                self.outside.report("a batch cannot be written now; trying again", error=str(error))
            else:
                return True
            if self._wait_as_member(consumer, wait_seconds):
                return False
            wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)

    def _wait_as_member(self, consumer: Consumer, seconds: float) -> bool:
        """Wait without reading and without being given up; True when told to stop."""
        while seconds > 0:
            with suppress(LogUnavailableError):
                consumer.stay()
            if self.outside.stop.wait(min(seconds, _STAY_SECONDS)):
                return True
            seconds -= _STAY_SECONDS
        return False

    def _tell_place(self, consumer: Consumer) -> None:
        """Tell where this member stands; what it holds no more shows no lag."""
        telemetry, lag = self.outside.telemetry, consumer.lag()
        for partition in self.shown | lag.keys():
            telemetry.set("leakstream_lag_records", lag.get(partition, 0), partition=str(partition))
        for partition in lag:
            telemetry.set("leakstream_committed_offset", consumer.committed(partition), partition=str(partition))
        self.shown = frozenset(lag)
        telemetry.set("leakstream_partitions", len(lag))
        seen, self.membership = self.membership, consumer.membership()
        telemetry.add("leakstream_rebalances_total", max(0, self.membership.rebalances - seen.rebalances))
        telemetry.add("leakstream_stalls_total", max(0, self.membership.stalls - seen.stalls))

    def _measure(self, steps: Sequence[Step]) -> None:
        """Tell what a batch did."""
        telemetry = self.outside.telemetry
        tell_steps(steps, telemetry, self.outside.report, self.outside.clock.now())
        if steps:
            newest = max(step.counted.scraped.slot for step in steps)
            self.expiry.tell(newest, telemetry, self.outside.report)
        telemetry.set("leakstream_services", len(self.services))
        telemetry.set("leakstream_series", sum(memory.growing.series.rows for memory in self.services.values()))
