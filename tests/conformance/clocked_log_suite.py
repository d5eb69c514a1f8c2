"""What a log promises as its clock goes on: who is given up, who comes back, what is deleted.

An adapter's test gives the fixtures `log` and `clock`, with an hour less a second and 2,200 bytes of retention. A law
that holds on a log only as real time passes is a strict xfail there, with its reason.
"""

import pytest

from schemas.model import LogPosition
from schemas.ports import Log, PartitionLostError
from tests.conformance.log_suite import GROUP, PARTITIONS, TOPIC, LogSuite, drain, ends_of, messages, read_all
from tests.doubles import SetClock


class ClockedLogSuite(LogSuite):
    """The whole suite: the laws of every log, and those that need its clock."""

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
        living.poll(max_records=1, timeout_seconds=self.patience_seconds)
        living.poll(max_records=1, timeout_seconds=self.patience_seconds)
        assert living.assignment() == frozenset(range(PARTITIONS))

    def test_pause_without_a_rival_loses_nothing(self, log: Log, clock: SetClock) -> None:
        """A member that is slow but alone commits what it read and goes on behind it."""
        log.append(TOPIC, messages("a", "b"))
        one = log.subscribe(TOPIC, GROUP, "one")
        records = one.poll(max_records=1, timeout_seconds=self.patience_seconds)
        clock.pass_seconds(60)
        one.commit(ends_of(records))
        assert [record.value for record in drain(one, patience_seconds=self.patience_seconds)] == [b"b"]

    def test_partition_that_was_lost_and_came_back_is_read_again(self, log: Log) -> None:
        """What the member was told to drop comes again, and one poll shows the loss in `assignment`."""
        log.append(TOPIC, messages("a", "b"))
        two = log.subscribe(TOPIC, GROUP, "two")
        records = two.poll(max_records=9, timeout_seconds=self.patience_seconds)
        rivals = [log.subscribe(TOPIC, GROUP, name) for name in ("one", "three", "four")]
        for rival in (*rivals, log.subscribe(TOPIC, GROUP, "zero")):
            rival.close()
        with pytest.raises(PartitionLostError):
            two.commit(ends_of(records))
        assert list(two.poll(max_records=9, timeout_seconds=max(60.0, self.patience_seconds))) == []
        assert records[0].position.partition not in two.assignment()
        assert [record.value for record in drain(two, patience_seconds=self.patience_seconds)] == [b"a", b"b"]

    def test_offset_of_a_rival_is_not_moved_back(self, log: Log, clock: SetClock) -> None:
        """A member that slept while another one committed and left cannot undo that commit."""
        place = log.append(TOPIC, messages("a", "b", "c"))[0]
        sleeper = log.subscribe(TOPIC, GROUP, "sleeper")
        records = sleeper.poll(max_records=1, timeout_seconds=self.patience_seconds)
        clock.pass_seconds(11)
        assert len(read_all(log, "rival", commit=True, patience_seconds=self.patience_seconds)) == 3
        with pytest.raises(PartitionLostError):
            sleeper.commit(ends_of(records))
        clock.pass_seconds(1)
        assert (
            drain(sleeper, patience_seconds=self.patience_seconds),
            drain(sleeper, patience_seconds=self.patience_seconds),
            sleeper.committed(place.partition),
        ) == ([], [], 3)
        assert sleeper.assignment() == frozenset(range(PARTITIONS))

    def test_member_of_the_same_name_takes_over_at_once(self, log: Log, clock: SetClock) -> None:
        """After kill -9 a restarted member does not wait; the old one holds nothing and cannot commit."""
        old = log.subscribe(TOPIC, GROUP, "one")
        new = log.subscribe(TOPIC, GROUP, "one")
        assert new.assignment() == frozenset(range(PARTITIONS))
        with pytest.raises(PartitionLostError):
            old.commit({0: 1})
        clock.pass_seconds(2)
        old.poll(max_records=1, timeout_seconds=self.patience_seconds)
        new.poll(max_records=1, timeout_seconds=self.patience_seconds)
        assert (old.assignment(), new.assignment()) == (frozenset(), frozenset(range(PARTITIONS)))

    def test_name_that_comes_back_is_another_member(self, log: Log) -> None:
        """The third of a name does not revive the first one's claims after the second one left."""
        first = log.subscribe(TOPIC, GROUP, "one")
        log.subscribe(TOPIC, GROUP, "one").close()
        third = log.subscribe(TOPIC, GROUP, "one")
        first.poll(max_records=1, timeout_seconds=self.patience_seconds)
        assert (first.assignment(), third.assignment()) == (frozenset(), frozenset(range(PARTITIONS)))

    def test_retention_deletes_old_records_and_keeps_offsets(self, log: Log, clock: SetClock) -> None:
        """Offsets are never used again; a group that is behind goes on at what is left, its lag counts only that."""
        log.append(TOPIC, messages("old", "older"))
        behind = log.subscribe(TOPIC, GROUP, "one")
        clock.pass_seconds(3600)
        place = log.append(TOPIC, messages("new"))[0]
        assert log.retain(clock.now()) == 2
        assert (sum(behind.lag().values()), behind.committed(place.partition)) == (1, 2)
        assert [
            (record.value, record.position) for record in drain(behind, patience_seconds=self.patience_seconds)
        ] == [(b"new", LogPosition(place.partition, 2))]

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
        assert [record.value for record in read_all(log, patience_seconds=self.patience_seconds)] == [
            f"{n:04}".encode() * 25 for n in range(10, 30)
        ]

    def test_flood_on_one_topic_costs_no_other(self, log: Log, clock: SetClock) -> None:
        """Retention by size takes from the largest partition."""
        log.append("leak-anomalies", messages("precious"))
        log.append(TOPIC, messages(*("x" * 100 for _ in range(1500))))
        log.retain(clock.now())
        consumer = log.subscribe("leak-anomalies", GROUP, "one")
        assert [record.value for record in drain(consumer, patience_seconds=self.patience_seconds)] == [b"precious"]
