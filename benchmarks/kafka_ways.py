"""The ways that bench_kafka.py measures: ours and the raw client's, out to a broker and in from it.

Each way gets everything ready first, then does the work between two looks at the clocks. The raw client is told the
same options, and holds as many bytes ahead of the acknowledgements as ours does.
"""

import asyncio
import resource
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from collectors.outbox import Outbox
from examples.broker import Broker
from leakstream.adapters.kafka import KafkaLog
from leakstream.adapters.kafka_clients import client_options
from leakstream.adapters.kafka_consumer import KafkaLogConsumer, consumer_options
from leakstream.adapters.kafka_writer import producer_options
from leakstream.adapters.metrics import Metrics
from processors.decode import decode
from schemas.model import LogPosition, ScrapedProfile
from schemas.ports import Message, Record
from schemas.settings_kafka import KafkaLogSettings
from schemas.wire.codec import decode_profile, encode_profile

OUT_RECORDS, IN_RECORDS = 200, 500
PARTITIONS = 12
_WAITING_RECORDS = 4 * OUT_RECORDS
_QUEUE = "leakstream_collect_queue_bytes"
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What travels: `count` records, taken in turn from these profiles. `size` is the length of a typical body."""

    name: str
    size: int
    profiles: Sequence[ScrapedProfile]
    count: int

    def of(self, count: int) -> "Load":
        """Give the same profiles, another number of times."""
        return Load(self.name, self.size, self.profiles, count)


@dataclass(frozen=True, slots=True)
class Figure:
    """What one way took."""

    profiles: int
    seconds: float
    cpu_seconds: float
    broker_cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Profiles per second."""
        return self.profiles / self.seconds

    @property
    def cpu_milliseconds(self) -> float:
        """CPU of this process for one profile, all threads."""
        return 1000 * self.cpu_seconds / self.profiles

    @property
    def broker_cpu_milliseconds(self) -> float:
        """CPU of the broker for one profile."""
        return 1000 * self.broker_cpu_seconds / self.profiles


Way = Callable[[Broker, str, Load], Figure]
"""Takes the broker, a topic of its own, and the load."""


def own_cpu_seconds() -> float:
    """Give the CPU seconds of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def broker_cpu_seconds(broker: Broker) -> float:
    """Give the CPU seconds of the broker, as Linux counts them; its name, in brackets, may hold spaces."""
    fields = Path(f"/proc/{broker.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


_TICKS_PER_SECOND = 100
"""USER_HZ, the same on every Linux that Python runs on today."""


@dataclass(slots=True)
class Watch:
    """The clocks, from the moment it is made."""

    broker: Broker
    _began: float = field(default_factory=time.perf_counter)
    _cpu: float = field(default_factory=own_cpu_seconds)
    _broker_cpu: float = 0.0

    def __post_init__(self) -> None:
        self._broker_cpu = broker_cpu_seconds(self.broker)

    def stop(self, profiles: int) -> Figure:
        """Give what passed since."""
        seconds, cpu = time.perf_counter() - self._began, own_cpu_seconds() - self._cpu
        return Figure(profiles, seconds, cpu, broker_cpu_seconds(self.broker) - self._broker_cpu)


def settings_of(broker: Broker) -> KafkaLogSettings:
    """Give the settings that both sides use."""
    return KafkaLogSettings.model_validate({"bootstrap_servers": [broker.bootstrap]})


def ours_out(broker: Broker, topic: str, load: Load) -> Figure:
    """Encode, put into the outbox, append in its batches, until everything is acknowledged."""
    log = KafkaLog(settings_of(broker))
    try:
        log.append(topic, [encode_profile(profile, "bench") for profile in load.profiles[:OUT_RECORDS]])
        return asyncio.run(_collect(broker, _OtherTopic(log, topic), load))
    finally:
        log.close()


@dataclass(slots=True)
class _OtherTopic:
    """The log, for an outbox that knows one topic only."""

    log: KafkaLog
    topic: str

    def append(self, _: str, messages: Sequence[Message]) -> Sequence[LogPosition]:
        """Append to the topic of the benchmark."""
        return self.log.append(self.topic, messages)


class _WatchedMetrics(Metrics):
    """Tells when the outbox has room, and when it is empty: a fleet would come at its own pace."""

    def __init__(self, room_bytes: int) -> None:
        super().__init__()
        self.room_bytes = room_bytes
        self.room, self.empty = asyncio.Event(), asyncio.Event()

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge, and look at that of the queue."""
        super().set(name, value, **labels)
        if name == _QUEUE:
            for event, reached in ((self.room, value < self.room_bytes), (self.empty, value == 0)):
                (event.set if reached else event.clear)()


async def _collect(broker: Broker, log: _OtherTopic, load: Load) -> Figure:
    """Feed an outbox that runs as it does in a collector."""
    metrics, stop = _WatchedMetrics(_WAITING_RECORDS * load.size), asyncio.Event()
    outbox = Outbox(log, metrics)
    writer = asyncio.create_task(outbox.run(stop))
    watch = Watch(broker)
    for number in range(load.count):
        outbox.put(encode_profile(load.profiles[number % len(load.profiles)], "bench"))
        if number % OUT_RECORDS == 0:
            await asyncio.sleep(0)
            await metrics.room.wait()
    await metrics.empty.wait()
    figure = watch.stop(load.count)
    stop.set()
    await writer
    return figure


def raw_out(broker: Broker, topic: str, load: Load) -> Figure:
    """Send values that were encoded before, and wait for the oldest only when the buffer is full."""
    settings = settings_of(broker)
    producer = KafkaProducer(**{**client_options(settings), **producer_options(settings)})
    messages = [encode_profile(profile, "bench") for profile in load.profiles]
    ready = [(m.key, m.value or b"", list(m.headers.items())) for m in messages]
    for key, value, headers in ready[:OUT_RECORDS]:
        producer.send(topic, key=key, value=value, headers=headers)
    producer.flush()
    ahead = settings.buffer_bytes // load.size
    waiting: deque[Any] = deque()
    watch = Watch(broker)
    for number in range(load.count):
        key, value, headers = ready[number % len(ready)]
        waiting.append(producer.send(topic, key=key, value=value, headers=headers))
        if len(waiting) > ahead:
            waiting.popleft().get(_PATIENCE_SECONDS)
    producer.flush()
    for future in waiting:
        future.get(_PATIENCE_SECONDS)
    figure = watch.stop(load.count)
    producer.close()
    return figure


def ours_in(broker: Broker, topic: str, load: Load, *, with_stacks: bool = False) -> Figure:
    """Poll, decode each record, commit each batch; with the stacks of each profile, or without."""
    settings = settings_of(broker)
    consumer = KafkaLogConsumer(client_options(settings), settings, (topic, f"bench-{topic}-{with_stacks}", "bench"))
    while len(consumer.assignment()) < PARTITIONS:
        consumer.stay()
    read = _read_stacks if with_stacks else _read_record
    watch, done = Watch(broker), 0
    while done < load.count:
        records = consumer.poll(max_records=IN_RECORDS, timeout_seconds=_PATIENCE_SECONDS)
        _refuse_silence(len(records))
        for record in records:
            read(record)
        consumer.commit({record.position.partition: record.position.offset + 1 for record in records})
        done += len(records)
    figure = watch.stop(done)
    consumer.close()
    return figure


def _read_record(record: Record) -> ScrapedProfile:
    """Read our own record."""
    scraped = decode_profile(record)
    if not isinstance(scraped, ScrapedProfile):
        raise TypeError(scraped)
    return scraped


def _read_stacks(record: Record) -> None:
    """Read our own record, and the profile in it."""
    if not decode(_read_record(record).profile or b"").stacks:
        raise ValueError(record)


def raw_in(broker: Broker, topic: str, load: Load) -> Figure:
    """Poll and nothing else, with the partitions given by hand: no group, no commit."""
    settings = settings_of(broker)
    consumer = KafkaConsumer(**{**client_options(settings), **consumer_options(settings)})
    places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    consumer.assign(places)
    for place in places:
        consumer.position(place)
    watch, done = Watch(broker), 0
    while done < load.count:
        found = consumer.poll(timeout_ms=round(1000 * _PATIENCE_SECONDS), max_records=IN_RECORDS)
        count = sum(map(len, found.values()))
        _refuse_silence(count)
        done += count
    figure = watch.stop(done)
    consumer.close()
    return figure


def _refuse_silence(records: int) -> None:
    """Raise when nothing came."""
    if not records:
        raise RuntimeError("the broker gave nothing, although there is more")
