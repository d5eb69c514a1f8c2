"""Measures what a profile costs on its way through a real Kafka broker, beside the raw client in the same run.

Out: from a scraped profile through the collector's outbox (batches of 200) into the log, acknowledged by all replicas,
zstd. In: poll in batches of 500, decode each record, commit each batch; then the same with the stacks of each profile.
The raw client sends the same values, ready made, with the same options, and reads the same topic without decoding.
CPU is that of this process, all its threads. Rounds alternate, and each figure is the median: machines are noisy, the
ratio of one round is not. Bodies are profiles by tests/pprof_maker.py, gzip as Go writes them, so nothing compresses
them further. `make bench-kafka` writes the figures into RESULTS.md.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

from kafka.admin import KafkaAdminClient, NewTopic

from benchmarks.kafka_ways import PARTITIONS, Figure, Load, Way, ours_in, ours_out, raw_in, raw_out
from benchmarks.results import machine, publish
from examples.broker import Broker, BrokerError
from schemas.model import ScrapedProfile
from tests.pprof_maker import make_profile

SERVICES, INSTANCES, FRAMES = 50, 10, 16
ROUNDS = 3
SMALL, LARGE = (2_000, 30, 100, 100_000), (20_000, 300, 740, 25_000)
"""Bytes of a body (about), stacks, functions they are made of, records of a round."""
STACKS_SHARE = 10
"""Profiles are decoded for one record in so many: that takes ten times as long as all the rest."""
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
DIRECTIONS = {"collector to broker": (ours_out, raw_out), "broker to record": (ours_in, raw_in)}


@dataclass(frozen=True, slots=True)
class Pair:
    """One round of one direction."""

    ours: Figure
    raw: Figure

    @property
    def ratio(self) -> float:
        """Our CPU by the raw client's."""
        return self.ours.cpu_milliseconds / self.raw.cpu_milliseconds


def make_load(size: int, stacks: int, functions: int, records: int) -> Load:
    """Give profiles of 50 services of 10 instances; each service has a body of its own."""
    chance = random.Random(size)
    names = [f"example.com/shop/package{n % 23}.(*Type{n % 31}).Method{n}" for n in range(functions)]
    profiles: list[ScrapedProfile] = []
    for service in range(SERVICES):
        parked = ("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1")
        samples = [((*parked, *chance.choices(names, k=FRAMES - 3)), chance.randint(1, 40)) for _ in range(stacks)]
        body = make_profile(samples)
        labels = {"version": "v1.42.0", "environment": "production", "zone": "europe-1"}
        for instance in range(INSTANCES):
            where = f"10.0.{service}.{instance}:6060"
            profiles.append(ScrapedProfile(f"service-{service}", where, BEGIN, BEGIN, 60.0, 0.01, labels, body))
    chance.shuffle(profiles)
    typical = sum(len(profile.profile or b"") for profile in profiles) // len(profiles)
    return Load(f"{size // 1000} kB", typical, profiles, records)


@dataclass(slots=True)
class Topics:
    """Topics of the benchmark, each used once and deleted."""

    admin: KafkaAdminClient
    numbers: "count[int]"

    def make(self) -> str:
        """Make a topic as `leakstream topics apply` would, and wait until the broker has heard of it."""
        name = f"bench-{next(self.numbers)}"
        configs = {"max.message.bytes": str(20 * 2**20), "file.delete.delay.ms": "1000"}
        self.admin.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs=configs)])
        while self.admin.describe_topics([name])[0]["error_code"]:
            continue  # the controller has made it, the broker hears of it a moment later
        return name

    def delete(self, *names: str) -> None:
        """Give the disk back."""
        self.admin.delete_topics(list(names))


def measure_round(broker: Broker, topics: Topics, load: Load, *, ours_first: bool) -> list[Pair]:
    """Measure both directions once; both sides read what ours wrote."""
    written, other = topics.make(), topics.make()
    out = _measure_pair(broker, (ours_out, written), (raw_out, other), load, ours_first=ours_first)
    back = _measure_pair(broker, (ours_in, written), (raw_in, written), load, ours_first=ours_first)
    topics.delete(written, other)
    return [out, back]


def _measure_pair(broker: Broker, ours: tuple[Way, str], raw: tuple[Way, str], load: Load, *, ours_first: bool) -> Pair:
    """Measure one way after the other."""
    figures = {way: way(broker, topic, load) for way, topic in ((ours, raw) if ours_first else (raw, ours))}
    return Pair(figures[ours[0]], figures[raw[0]])


def measure_stacks(broker: Broker, topics: Topics, load: Load) -> Figure:
    """Measure the way in down to the stacks."""
    topic, few = topics.make(), load.of(load.count // STACKS_SHARE)
    ours_out(broker, topic, few)
    figure = ours_in(broker, topic, few, with_stacks=True)
    topics.delete(topic)
    return figure


def describe(load: Load, pairs: Sequence[Sequence[Pair]], stacks: Figure) -> str:
    """Write the rows of one size: out, in, in with the stacks."""
    rows = [
        _row(f"{load.name}, {name}", found) for name, found in zip(DIRECTIONS, zip(*pairs, strict=True), strict=True)
    ]
    figures = f"{stacks.per_second:,.0f} | | {stacks.cpu_milliseconds:.3f} | | | {stacks.broker_cpu_milliseconds:.3f}"
    return "".join((*rows, f"| {load.name}, broker to stacks | {figures} |\n"))


def _row(name: str, pairs: Sequence[Pair]) -> str:
    """Write one row of medians."""
    ours, raw = [pair.ours for pair in pairs], [pair.raw for pair in pairs]
    cells = (
        name,
        f"{median(figure.per_second for figure in ours):,.0f}",
        f"{median(figure.per_second for figure in raw):,.0f}",
        f"{median(figure.cpu_milliseconds for figure in ours):.3f}",
        f"{median(figure.cpu_milliseconds for figure in raw):.3f}",
        f"{median(pair.ratio for pair in pairs):.2f}",
        f"{median(figure.broker_cpu_milliseconds for figure in ours):.3f}",
    )
    return f"| {' | '.join(cells)} |\n"


def head(rounds: int) -> str:
    """Say what the figures are."""
    return f"""## bench_kafka.py: through a real Kafka broker, beside the raw client

Median of {rounds} rounds; {PARTITIONS} partitions, {SERVICES} services, one broker on the same machine; acks=all, \
zstd; `make bench-kafka`; {machine()}.
CPU is that of the client's process, all threads. The raw client sends ready values and decodes nothing.

| size and way | profiles/s | raw client | CPU ms | raw client | CPU ratio | broker's CPU ms |
|---|---|---|---|---|---|---|
"""


def main() -> int:
    """Measure, print, and write RESULTS.md."""
    parser = argparse.ArgumentParser(description="Measure the way through Kafka.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each way is measured ({ROUNDS})")
    rounds = parser.parse_args().rounds
    try:
        with tempfile.TemporaryDirectory() as folder, Broker.make(Path(folder)) as broker:
            publish(head(rounds) + "".join(measure(broker, rounds)))
    except BrokerError as error:
        print(f"no Kafka: {error}", file=sys.stderr)
        return 1
    return 0


def measure(broker: Broker, rounds: int) -> list[str]:
    """Give the rows of each size. A short round goes first, so that the broker's compiler is done."""
    topics = Topics(KafkaAdminClient(bootstrap_servers=broker.bootstrap), count(1))
    texts = []
    for load in (make_load(*SMALL), make_load(*LARGE)):
        measure_once = partial(measure_round, broker, topics)
        measure_once(load.of(load.count // 5), ours_first=True)
        pairs = [measure_once(load, ours_first=bool(number % 2)) for number in range(rounds)]
        texts.append(describe(load, pairs, measure_stacks(broker, topics, load)))
    topics.admin.close()
    return texts


if __name__ == "__main__":
    sys.exit(main())
