"""refused records -> the dead topic: what a loop does with what it cannot process.

`weigh` comes before anything of a batch is written and stops the loop past the limit; `bury` comes after everything was
written and before the offsets are committed. A death in between puts some aside twice; who lists them folds them by
their origin.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from processors.dead_letters import DeadLettersError, Limit, Weighing, explain_stop, recall
from processors.look_back import look_back
from schemas.outcomes import Invalid, Reason
from schemas.ports import Clock, Log, Message, MessageTooLargeError, Record
from schemas.telemetry import Telemetry
from schemas.wire.dead import DEAD_REASONS, cut, dead_letter, dead_topic, is_mark, read_position

Refused = tuple[Record, Invalid]
_Letters = dict[int, dict[int, Reason]]


@dataclass(slots=True)
class Aside:
    """The dead letters of one topic. `stage` is the word by which drops are counted."""

    log: Log
    clock: Clock
    telemetry: Telemetry
    report: Callable[..., None]
    topic: str
    stage: str
    limit: Limit
    weighings: dict[int, Weighing] = field(default_factory=dict)

    def weigh(self, met: Iterable[tuple[Record, object]]) -> None:
        """Hold records and what became of them against the limit; raises DeadLettersError past it."""
        letters: _Letters | None = None
        for record, outcome in met:
            partition, offset = record.position.partition, record.position.offset
            if partition not in self.weighings:
                letters = self._newest_letters() if letters is None else letters
                self.weighings[partition] = recall(self.limit, offset, letters.get(partition, {}).items())
            if not isinstance(outcome, Invalid):
                self.weighings[partition].observe(offset, None)
            elif what := self.weighings[partition].observe(offset, outcome.reason):
                where = f"{self.topic}[{partition}]"
                raise DeadLettersError(explain_stop(what, where, dead_topic(self.topic), str(outcome.problem)))

    def bury(self, refused: Sequence[Refused]) -> None:
        """Append dead letters, durable when it returns, and count everything that was refused.

        A malformed profile is no drop: it is a row in the store.
        """
        now = self.clock.now()
        kept = [(record, invalid) for record, invalid in refused if invalid.reason is not Reason.TOMBSTONE]
        self._append([dead_letter(record, invalid, now) for record, invalid in kept])
        for reason, number in Counter(invalid.reason for _, invalid in kept).items():
            self.telemetry.add("leakstream_dead_letters_total", number, topic=self.topic, reason=reason.value)
            last = next(str(invalid.problem) for _, invalid in reversed(kept) if invalid.reason is reason)
            sentence = "records cannot be processed and were put aside"
            self.report(sentence, topic=dead_topic(self.topic), reason=reason.value, records=str(number), problem=last)
        left_out = [invalid.reason for _, invalid in refused if invalid.reason is not Reason.MALFORMED_PROFILE]
        for reason, number in Counter(left_out).items():
            self.telemetry.add("leakstream_dropped_total", number, stage=self.stage, reason=reason.value)

    def forget_lost(self, held: frozenset[int]) -> None:
        """Forget partitions that are held by somebody else now."""
        self.weighings = {partition: found for partition, found in self.weighings.items() if partition in held}

    def _append(self, letters: list[Message]) -> None:
        """Append letters; of one that the log will never take, the beginning is kept."""
        while letters:
            try:
                self.log.append(dead_topic(self.topic), letters)
            except MessageTooLargeError as error:
                smaller = cut(letters[error.index])
                letters[error.index : error.index + 1] = [] if smaller is None else [smaller]
                self.report("a dead letter is too large for the log; its bytes are lost", error=str(error))
            else:
                return

    def _newest_letters(self) -> _Letters:
        """Give the newest dead letters that count, by partition and offset of their origin."""
        found: _Letters = {}
        topic = dead_topic(self.topic)
        for partition in range(self.log.partitions(topic)):
            for record in islice(look_back(self.log, topic, partition), self.limit.consecutive):
                reason = record.headers.get("reason", b"").decode(errors="replace")
                position = read_position(record)
                if reason in _COUNTED and position is not None and not is_mark(record):
                    found.setdefault(position[0], {})[position[1]] = Reason(reason)
        return found


_COUNTED = frozenset(reason.value for reason in DEAD_REASONS) - {Reason.MALFORMED_PROFILE.value}
