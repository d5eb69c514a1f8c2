"""The topic of requests for evidence -> requests, read from its end by every collector. Blocks on the log.

No group: each collector reads all, and serves those of the targets it scrapes. What was asked before it began is told
apart, so that a collector that was killed does not ask a target again within its cool-down.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.evidence import EvidenceRequest
from schemas.outcomes import Invalid
from schemas.ports import Log, Record
from schemas.wire.request import REQUESTS_TOPIC, decode_request

Asked = tuple[EvidenceRequest, datetime]
"""A request, and the log's own time of it."""

_RECORDS = 500
_LOOKS_PER_COUNT = 30
"""Partitions are counted anew so seldom: it asks a broker two questions more."""


@dataclass(slots=True)
class RequestReader:
    """Reads on where it stopped. `invalid` counts records that were no requests."""

    log: Log
    invalid: int = 0
    _next: dict[int, int] | None = None
    _looks: int = 0

    @property
    def begun(self) -> bool:
        """Say whether the end was found."""
        return self._next is not None

    def begin(self, since: datetime) -> tuple[Asked, ...]:
        """Find the end of the topic; give what was asked since a moment. Raises LogUnavailableError."""
        places: dict[int, int] = {}
        past: list[Asked] = []
        for partition in range(self.log.partitions(REQUESTS_TOPIC)):
            first, end = self.log.bounds(REQUESTS_TOPIC, partition)
            past += self._look_back(partition, first, end, since)
            places[partition] = end
        self._next = places
        return tuple(past)

    def read(self) -> tuple[Asked, ...]:
        """Give what was asked since the last time; a new partition is read whole. Raises LogUnavailableError."""
        places = self._next if self._next is not None else {}
        if self._looks % _LOOKS_PER_COUNT == 0 or not places:
            for partition in range(self.log.partitions(REQUESTS_TOPIC)):
                places.setdefault(partition, 0)
        self._looks += 1
        found: list[Asked] = []
        for partition, offset in places.items():
            records = self.log.read(REQUESTS_TOPIC, partition, offset, _RECORDS)
            found += self._requests(records)
            places[partition] = max([offset, *(record.position.offset + 1 for record in records)])
        self._next = places
        return tuple(found)

    def _look_back(self, partition: int, first: int, end: int, since: datetime) -> Iterator[Asked]:
        """Read backwards until what is read is older."""
        while end > first:
            start = max(first, end - _RECORDS)
            records = [
                record
                for record in self.log.read(REQUESTS_TOPIC, partition, start, end - start)
                if record.position.offset < end
            ]
            yield from self._requests([record for record in records if record.appended_at >= since])
            if records and records[0].appended_at < since:
                return
            end = start

    def _requests(self, records: Sequence[Record]) -> Iterator[Asked]:
        """Give the requests among records."""
        for record in records:
            request = decode_request(record)
            if isinstance(request, Invalid):
                self.invalid += 1
            else:
                yield request, record.appended_at
