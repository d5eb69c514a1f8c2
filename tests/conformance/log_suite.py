"""What every log promises. An adapter's test inherits the suite and gives the fixture `log`, with four partitions.

`LogSuite` is for every log. `ClockedLogSuite` is for logs whose session and retention run on the fixture `clock`, with
an hour less a second and 2,200 bytes of retention. A log that answers late raises `patience_seconds`.
"""

from collections.abc import Sequence

import pytest

from schemas.model import LogPosition
from schemas.ports import Consumer, Log, Message, PartitionLostError, Record
from tests.doubles import SetClock

TOPIC, GROUP, PARTITIONS = "goroutine-profiles", "processors", 4
_ROUNDS = 100


def messages(*texts: str, key: str = "checkout") -> list[Message]:
    """Make messages of one key."""
    return [Message(key.encode(), text.encode(), {"kind": b"profile"}) for text in texts]


def ends_of(records: Sequence[Record]) -> dict[int, int]:
    """Give the offsets to commit after these records."""
    return {record.position.partition: record.position.offset + 1 for record in records}


def drain(consumer: Consumer, *, commit: bool = False, patience_seconds: float = 0.0) -> list[Record]:
    """Read until nothing comes."""
    found: list[Record] = []
    while records := consumer.poll(max_records=3, timeout_seconds=patience_seconds):
        found += records
        if commit:
            consumer.commit(ends_of(records))
    return found


def read_all(log: Log, member: str = "one", *, commit: bool = False, patience_seconds: float = 0.0) -> list[Record]:
    """Read everything there is as one member, which leaves again."""
    consumer = log.subscribe(TOPIC, GROUP, member)
    found = drain(consumer, commit=commit, patience_seconds=patience_seconds)
    consumer.close()
    return found


def settle(*members: Consumer, patience_seconds: float = 0.0) -> None:
    """Poll an empty topic until the members hold each partition exactly once and nobody is idle."""
    held: list[frozenset[int]] = []
    for _ in range(_ROUNDS):
        for member in members:
            assert list(member.poll(max_records=1, timeout_seconds=patience_seconds / 6)) == []
        held = [member.assignment() for member in members]
        if all(held) and sorted(part for parts in held for part in parts) == list(range(PARTITIONS)):
            return
    raise AssertionError(f"the members hold {held}")


class LogSuite:
    """Laws of the port `Log`."""

    patience_seconds = 0.0

    def test_what_is_appended_is_read_whole_and_in_order(self, log: Log) -> None:
        """Key, value, headers and order survive; offsets count from 0."""
        sent = [Message(b"k", bytes(range(256)), {"all": bytes(range(256)), "none": b""}), *messages("b", key="k")]
        places = [*log.append(TOPIC, sent), *log.append(TOPIC, messages("c", "d", key="k"))]
        sent += messages("c", "d", key="k")
        found = read_all(log, patience_seconds=self.patience_seconds)
        assert [(r.topic, r.position, Message(r.key, r.value, dict(r.headers))) for r in found] == [
            (TOPIC, place, message) for place, message in zip(places, sent, strict=True)
        ]
        assert [place.offset for place in places] == [0, 1, 2, 3]

    def test_key_stays_in_its_partition(self, log: Log) -> None:
        """All records of a service are in one partition, and services spread over several."""
        places = {key: log.append(TOPIC, messages("x", key=key))[0].partition for key in map(str, range(40))}
        again = {key: log.append(TOPIC, messages("y", key=key))[0].partition for key in places}
        assert (again, set(places.values())) == (places, set(range(PARTITIONS)))

    def test_offsets_of_each_partition_are_dense(self, log: Log) -> None:
        """A batch of many keys counts on in each partition, and its places come back in the order of the batch."""
        batch = [Message(str(number % 13).encode(), str(number).encode()) for number in range(50)]
        places = [*log.append(TOPIC, batch), *log.append(TOPIC, batch)]
        offsets = [[place.offset for place in places if place.partition == part] for part in range(PARTITIONS)]
        assert offsets == [list(range(len(found))) for found in offsets]
        found = {record.position: record.value for record in read_all(log, patience_seconds=self.patience_seconds)}
        assert [found[place] for place in places] == [message.value for message in (*batch, *batch)]

    def test_empty_batch_is_no_record(self, log: Log) -> None:
        """Nothing in, nothing out."""
        assert (list(log.append(TOPIC, [])), read_all(log, patience_seconds=self.patience_seconds)) == ([], [])

    def test_tombstone_is_a_record(self, log: Log) -> None:
        """A value may be absent, which is not the same as empty."""
        log.append(TOPIC, [Message(b"k", None), Message(b"k", b"")])
        assert [record.value for record in read_all(log, patience_seconds=self.patience_seconds)] == [None, b""]

    def test_poll_gives_no_more_than_asked_for(self, log: Log) -> None:
        """The bound holds over all partitions together."""
        log.append(TOPIC, [Message(str(number).encode(), b"x") for number in range(40)])
        consumer = log.subscribe(TOPIC, GROUP, "one")
        assert 0 < len(consumer.poll(max_records=7, timeout_seconds=self.patience_seconds)) <= 7

    def test_group_goes_on_where_it_committed(self, log: Log) -> None:
        """What was committed is not read again, what was not is."""
        log.append(TOPIC, messages("a", "b", "c"))
        consumer = log.subscribe(TOPIC, GROUP, "one")
        place = consumer.poll(max_records=2, timeout_seconds=self.patience_seconds)[0].position
        consumer.commit({place.partition: place.offset + 1})
        assert consumer.committed(place.partition) == 1
        consumer.close()
        assert [record.value for record in read_all(log, patience_seconds=self.patience_seconds)] == [b"b", b"c"]

    def test_groups_do_not_disturb_each_other(self, log: Log) -> None:
        """Each group has its own offsets."""
        log.append(TOPIC, messages("a"))
        read_all(log, commit=True, patience_seconds=self.patience_seconds)
        other = log.subscribe(TOPIC, "notifiers", "one")
        found = other.poll(max_records=9, timeout_seconds=self.patience_seconds)
        assert [record.value for record in found] == [b"a"]

    def test_topics_do_not_disturb_each_other(self, log: Log) -> None:
        """Offsets are counted per topic."""
        log.append(TOPIC, messages("a"))
        assert log.append("leak-anomalies", messages("b"))[0].offset == 0

    def test_members_share_the_partitions(self, log: Log) -> None:
        """Every partition has exactly one owner, and nobody is idle."""
        members = [log.subscribe(TOPIC, GROUP, name) for name in ("one", "two", "three")]
        settle(*members, patience_seconds=self.patience_seconds)
        assert sorted(len(member.assignment()) for member in members) == [1, 1, 2]

    def test_commit_of_a_lost_partition_is_refused(self, log: Log) -> None:
        """Who lost a partition cannot move its offset, nor one that is named in the same commit."""
        one = log.subscribe(TOPIC, GROUP, "one")
        settle(one, patience_seconds=self.patience_seconds)
        two = log.subscribe(TOPIC, GROUP, "two")
        settle(one, two, patience_seconds=self.patience_seconds)
        kept, lost = min(one.assignment()), min(two.assignment())
        with pytest.raises(PartitionLostError):
            one.commit({kept: 5, lost: 5})
        assert (one.committed(kept), two.committed(lost)) == (0, 0)

    def test_new_owner_starts_at_the_committed_offset(self, log: Log) -> None:
        """What a leaving member read and did not commit is read again by somebody."""
        log.append(TOPIC, messages("a", "b", "c", "d"))
        one = log.subscribe(TOPIC, GROUP, "one")
        records = one.poll(max_records=4, timeout_seconds=self.patience_seconds)
        one.commit(ends_of(records[:2]))
        one.close()
        found = read_all(log, "two", patience_seconds=self.patience_seconds)
        assert [record.value for record in found] == [b"c", b"d"]

    def test_member_that_stays_keeps_its_place_and_its_partitions(self, log: Log) -> None:
        """Staying reads nothing, loses nothing, and shows what is held."""
        log.append(TOPIC, messages("a", "b"))
        consumer = log.subscribe(TOPIC, GROUP, "one")
        first = consumer.poll(max_records=1, timeout_seconds=self.patience_seconds)
        held = consumer.assignment()
        consumer.stay()
        rest = drain(consumer, patience_seconds=self.patience_seconds)
        assert ([r.value for r in (*first, *rest)], consumer.assignment()) == ([b"a", b"b"], held)

    def test_anybody_reads_without_a_group(self, log: Log) -> None:
        """A partition is read from any offset, and reading moves nobody's offset."""
        place = log.append(TOPIC, messages("a", "b", "c"))[0]
        assert log.bounds(TOPIC, place.partition) == (0, 3)
        assert [record.value for record in log.read(TOPIC, place.partition, 1, 9)] == [b"b", b"c"]
        assert [record.value for record in log.read(TOPIC, place.partition, 0, 1)] == [b"a"]
        assert list(log.read(TOPIC, place.partition, 3, 9)) == []
        assert len(read_all(log, patience_seconds=self.patience_seconds)) == 3

    def test_topic_has_partitions_and_a_name_of_its_own(self, log: Log) -> None:
        """The number is what keys are spread over; the names of two topics differ."""
        log.append(TOPIC, messages("a"))
        log.append("leak-anomalies", messages("b"))
        assert (log.partitions(TOPIC), log.partitions("never-made")) == (PARTITIONS, 0)
        assert log.identity(TOPIC) == log.identity(TOPIC) != log.identity("leak-anomalies")

    def test_lag_counts_what_is_not_committed(self, log: Log) -> None:
        """Records between the committed offset and the end, for each partition held."""
        place = log.append(TOPIC, messages("a", "b", "c"))[0]
        consumer = log.subscribe(TOPIC, GROUP, "one")
        consumer.poll(max_records=9, timeout_seconds=self.patience_seconds)
        consumer.commit({place.partition: 1})
        assert dict(consumer.lag()) == {part: 2 if part == place.partition else 0 for part in range(PARTITIONS)}


class ClockedLogSuite(LogSuite):
    """Laws of logs whose session and retention run on the clock they were given."""

    def test_silent_member_is_given_up(self, log: Log, clock: SetClock) -> None:
        """A member that does not poll loses its partitions after the session time, and not before."""
        log.subscribe(TOPIC, GROUP, "dead")
        living = log.subscribe(TOPIC, GROUP, "living")
        held = []
        for _ in range(12):
            clock.pass_seconds(1)
            living.poll(max_records=1, timeout_seconds=0)
            held.append(len(living.assignment()))
        assert held == [2] * 10 + [4, 4]

    def test_clock_set_back_keeps_nobody_alive(self, log: Log, clock: SetClock) -> None:
        """A heartbeat from the future is none, and the living go on beating."""
        log.subscribe(TOPIC, GROUP, "dead")
        living = log.subscribe(TOPIC, GROUP, "living")
        clock.pass_seconds(-3600)
        living.poll(max_records=1, timeout_seconds=0)
        living.poll(max_records=1, timeout_seconds=0)
        assert living.assignment() == frozenset(range(PARTITIONS))

    def test_pause_without_a_rival_loses_nothing(self, log: Log, clock: SetClock) -> None:
        """A member that is slow but alone commits what it read and goes on behind it."""
        log.append(TOPIC, messages("a", "b"))
        one = log.subscribe(TOPIC, GROUP, "one")
        records = one.poll(max_records=1, timeout_seconds=0)
        clock.pass_seconds(60)
        one.commit(ends_of(records))
        assert [record.value for record in drain(one)] == [b"b"]

    def test_partition_that_was_lost_and_came_back_is_read_again(self, log: Log) -> None:
        """What the member was told to drop comes again, and one poll shows the loss in `assignment`."""
        log.append(TOPIC, messages("a", "b"))
        two = log.subscribe(TOPIC, GROUP, "two")
        records = two.poll(max_records=9, timeout_seconds=0)
        rivals = [log.subscribe(TOPIC, GROUP, name) for name in ("one", "three", "four")]
        for rival in (*rivals, log.subscribe(TOPIC, GROUP, "zero")):
            rival.close()
        with pytest.raises(PartitionLostError):
            two.commit(ends_of(records))
        assert list(two.poll(max_records=9, timeout_seconds=60)) == []
        assert records[0].position.partition not in two.assignment()
        assert [record.value for record in drain(two)] == [b"a", b"b"]

    def test_offset_of_a_rival_is_not_moved_back(self, log: Log, clock: SetClock) -> None:
        """A member that slept while another one committed and left cannot undo that commit."""
        place = log.append(TOPIC, messages("a", "b", "c"))[0]
        sleeper = log.subscribe(TOPIC, GROUP, "sleeper")
        records = sleeper.poll(max_records=1, timeout_seconds=0)
        clock.pass_seconds(11)
        assert len(read_all(log, "rival", commit=True)) == 3
        with pytest.raises(PartitionLostError):
            sleeper.commit(ends_of(records))
        clock.pass_seconds(1)
        assert (drain(sleeper), drain(sleeper), sleeper.committed(place.partition)) == ([], [], 3)
        assert sleeper.assignment() == frozenset(range(PARTITIONS))

    def test_member_of_the_same_name_takes_over_at_once(self, log: Log, clock: SetClock) -> None:
        """After kill -9 a restarted member does not wait; the old one holds nothing and cannot commit."""
        old = log.subscribe(TOPIC, GROUP, "one")
        new = log.subscribe(TOPIC, GROUP, "one")
        assert new.assignment() == frozenset(range(PARTITIONS))
        with pytest.raises(PartitionLostError):
            old.commit({0: 1})
        clock.pass_seconds(2)
        old.poll(max_records=1, timeout_seconds=0)
        new.poll(max_records=1, timeout_seconds=0)
        assert (old.assignment(), new.assignment()) == (frozenset(), frozenset(range(PARTITIONS)))

    def test_name_that_comes_back_is_another_member(self, log: Log) -> None:
        """The third of a name does not revive the first one's claims after the second one left."""
        first = log.subscribe(TOPIC, GROUP, "one")
        log.subscribe(TOPIC, GROUP, "one").close()
        third = log.subscribe(TOPIC, GROUP, "one")
        first.poll(max_records=1, timeout_seconds=0)
        assert (first.assignment(), third.assignment()) == (frozenset(), frozenset(range(PARTITIONS)))

    def test_retention_deletes_old_records_and_keeps_offsets(self, log: Log, clock: SetClock) -> None:
        """Offsets are never used again; a group that is behind goes on at what is left, its lag counts only that."""
        log.append(TOPIC, messages("old", "older"))
        behind = log.subscribe(TOPIC, GROUP, "one")
        clock.pass_seconds(3600)
        place = log.append(TOPIC, messages("new"))[0]
        assert log.retain(clock.now()) == 2
        assert (sum(behind.lag().values()), behind.committed(place.partition)) == (1, 2)
        assert [(record.value, record.position) for record in drain(behind)] == [
            (b"new", LogPosition(place.partition, 2))
        ]

    def test_offsets_go_on_after_everything_was_deleted(self, log: Log, clock: SetClock) -> None:
        """An emptied partition does not begin at 0 again."""
        log.append(TOPIC, messages("a", "b"))
        clock.pass_seconds(7200)
        assert (log.retain(clock.now()), log.append(TOPIC, messages("c"))[0].offset) == (2, 2)

    def test_retention_by_size_deletes_the_oldest_and_no_more_than_it_must(self, log: Log, clock: SetClock) -> None:
        """Of 30 records of 108 bytes the newest 20 fit."""
        for number in range(30):
            log.append(TOPIC, messages(f"{number:04}" * 25))
        assert log.retain(clock.now()) == 10
        assert [record.value for record in read_all(log)] == [f"{n:04}".encode() * 25 for n in range(10, 30)]

    def test_flood_on_one_topic_costs_no_other(self, log: Log, clock: SetClock) -> None:
        """Retention by size takes from the largest partition."""
        log.append("leak-anomalies", messages("precious"))
        log.append(TOPIC, messages(*("x" * 100 for _ in range(1500))))
        log.retain(clock.now())
        consumer = log.subscribe("leak-anomalies", GROUP, "one")
        assert [record.value for record in drain(consumer)] == [b"precious"]
