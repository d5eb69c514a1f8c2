"""What every log promises. An adapter's test inherits LogSuite and gives the fixtures `log` and `clock`."""

import pytest

from schemas.model import LogPosition
from schemas.ports import Log, Message, PartitionLostError, Record
from tests.doubles import SetClock

TOPIC, GROUP = "goroutine-profiles", "processors"


def messages(*texts: str, key: str = "checkout") -> list[Message]:
    """Make messages of one key."""
    return [Message(key.encode(), text.encode(), {"kind": b"profile"}) for text in texts]


def read_all(log: Log, member: str = "one", *, commit: bool = False) -> list[Record]:
    """Read everything there is as one member, which leaves again."""
    consumer = log.subscribe(TOPIC, GROUP, member)
    found: list[Record] = []
    while records := consumer.poll(max_records=3, timeout_seconds=0):
        found += records
        if commit:
            ends = {record.position.partition: record.position.offset + 1 for record in records}
            consumer.commit(ends)
    consumer.close()
    return found


class LogSuite:
    """Laws of the port `Log`."""

    def test_what_is_appended_is_read_whole_and_in_order(self, log: Log) -> None:
        """Key, value, headers and order survive; offsets count from 0."""
        places = log.append(TOPIC, messages("a", "b", "c", "d"))
        found = read_all(log)
        assert [(r.key, r.value, dict(r.headers), r.position) for r in found] == [
            (b"checkout", text, {"kind": b"profile"}, place)
            for text, place in zip((b"a", b"b", b"c", b"d"), places, strict=True)
        ]
        assert [place.offset for place in places] == [0, 1, 2, 3]

    def test_key_stays_in_its_partition(self, log: Log) -> None:
        """All records of a service are in one partition."""
        places = [log.append(TOPIC, messages("x", key=key))[0].partition for key in ("a", "b", "a", "b", "a")]
        assert (len({places[0], places[2], places[4]}), len({places[1], places[3]})) == (1, 1)

    def test_tombstone_is_a_record(self, log: Log) -> None:
        """A value may be absent."""
        log.append(TOPIC, [Message(b"k", None)])
        assert [record.value for record in read_all(log)] == [None]

    def test_group_goes_on_where_it_committed(self, log: Log) -> None:
        """What was committed is not read again, what was not is."""
        log.append(TOPIC, messages("a", "b", "c"))
        consumer = log.subscribe(TOPIC, GROUP, "one")
        records = consumer.poll(max_records=2, timeout_seconds=0)
        place = records[0].position
        consumer.commit({place.partition: place.offset + 1})
        consumer.close()
        assert [record.value for record in read_all(log)] == [b"b", b"c"]

    def test_groups_do_not_disturb_each_other(self, log: Log) -> None:
        """Each group has its own offsets."""
        log.append(TOPIC, messages("a"))
        read_all(log, commit=True)
        other = log.subscribe(TOPIC, "notifiers", "one")
        assert [record.value for record in other.poll(max_records=9, timeout_seconds=0)] == [b"a"]

    def test_topics_do_not_disturb_each_other(self, log: Log) -> None:
        """Offsets are counted per topic."""
        log.append(TOPIC, messages("a"))
        assert log.append("leak-anomalies", messages("b"))[0].offset == 0

    def test_members_share_the_partitions(self, log: Log) -> None:
        """Every partition has exactly one owner."""
        one, two = log.subscribe(TOPIC, GROUP, "one"), log.subscribe(TOPIC, GROUP, "two")
        for member in (one, two):
            member.poll(max_records=1, timeout_seconds=0)
        assert (one.assignment() & two.assignment(), len(one.assignment() | two.assignment())) == (frozenset(), 4)
        assert one.assignment()
        assert two.assignment()

    def test_commit_of_a_lost_partition_is_refused(self, log: Log) -> None:
        """Who lost a partition cannot move its offset."""
        one = log.subscribe(TOPIC, GROUP, "one")
        before = one.assignment()
        two = log.subscribe(TOPIC, GROUP, "two")
        lost = next(iter(before & two.assignment()))
        with pytest.raises(PartitionLostError):
            one.commit({lost: 5})
        assert two.committed(lost) == 0

    def test_silent_member_is_given_up(self, log: Log, clock: SetClock) -> None:
        """A member that does not poll loses its partitions after the session time."""
        log.subscribe(TOPIC, GROUP, "dead")
        living = log.subscribe(TOPIC, GROUP, "living")
        for _ in range(20):
            clock.pass_seconds(1)
            living.poll(max_records=1, timeout_seconds=0)
        assert len(living.assignment()) == 4

    def test_member_of_the_same_name_takes_over_at_once(self, log: Log) -> None:
        """After kill -9 a restarted member does not wait; the old one cannot commit."""
        old = log.subscribe(TOPIC, GROUP, "one")
        new = log.subscribe(TOPIC, GROUP, "one")
        assert len(new.assignment()) == 4
        with pytest.raises(PartitionLostError):
            old.commit({0: 1})

    def test_lag_counts_what_is_not_committed(self, log: Log) -> None:
        """Records between the committed offset and the end."""
        place = log.append(TOPIC, messages("a", "b", "c"))[0]
        consumer = log.subscribe(TOPIC, GROUP, "one")
        consumer.commit({place.partition: 1})
        assert sum(consumer.lag().values()) == 2

    def test_retention_deletes_old_records_and_keeps_offsets(self, log: Log, clock: SetClock) -> None:
        """Offsets are never used again; a group that is behind goes on at what is left."""
        log.append(TOPIC, messages("old", "older"))
        clock.pass_seconds(3600)
        place = log.append(TOPIC, messages("new"))[0]
        assert log.retain(clock.now()) == 2
        assert [(record.value, record.position) for record in read_all(log)] == [
            (b"new", LogPosition(place.partition, 2))
        ]

    def test_retention_keeps_the_log_below_its_size(self, log: Log, clock: SetClock) -> None:
        """The oldest records go first."""
        for number in range(30):
            log.append(TOPIC, messages(f"{number:04}" * 25))
        log.retain(clock.now())
        values = [record.value for record in read_all(log)]
        assert (0 < len(values) <= 20, values[-1]) == (True, b"0029" * 25)
