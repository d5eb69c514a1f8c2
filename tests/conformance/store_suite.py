"""What every Store must do. An adapter's test class inherits `StoreSuite` and gives `store`, migrated and empty."""

import threading
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from schemas.ports import Store, StoreRefusedError, StoreUnavailableError
from tests.store_rows import START, minute, rows


class StoreSuite:
    """The laws of the port."""

    def test_acknowledged_rows_are_read_back(self, store: Store) -> None:
        """What insert acknowledged, the next query sees."""
        store.insert("counts", rows("counts", {"goroutines": 1}, {"slot": minute(1), "goroutines": 2}), "t")
        assert store.query("SELECT slot, goroutines FROM counts ORDER BY slot") == (
            {"slot": START, "goroutines": 1},
            {"slot": minute(1), "goroutines": 2},
        )

    def test_same_token_changes_nothing(self, store: Store) -> None:
        """A token that was used makes an insert a no-op, whatever it carries."""
        store.insert("counts", rows("counts", {"goroutines": 1}), "t")
        store.insert("counts", rows("counts", {"slot": minute(9)}), "t")
        assert store.query("SELECT slot FROM counts") == ({"slot": START},)

    def test_same_rows_with_another_token_fold(self, store: Store) -> None:
        """A replay under another token gives the same rows through FINAL."""
        store.insert("counts", rows("counts", {"goroutines": 1}), "t1")
        store.insert("counts", rows("counts", {"goroutines": 1}), "t2")
        assert store.query("SELECT goroutines FROM counts FINAL") == ({"goroutines": 1},)

    def test_no_rows_are_no_insert(self, store: Store) -> None:
        """An empty table is accepted, stores nothing and does not use the token up."""
        store.insert("counts", rows("counts"), "t")
        store.insert("counts", rows("counts", {}), "t")
        assert store.query("SELECT count() AS n FROM counts") == ({"n": 1},)

    def test_tables_of_several_chunks_are_one_block(self, store: Store) -> None:
        """Chunks with different dictionaries go in as one insert."""
        table = pa.concat_tables([rows("counts", {"instance": "a"}), rows("counts", {"instance": "b"})])
        store.insert("counts", table, "t")
        assert store.query("SELECT instance FROM counts ORDER BY instance") == ({"instance": "a"}, {"instance": "b"})

    def test_parameters_are_values_never_sql(self, store: Store) -> None:
        """Quotes, percent signs, tabs and newlines in a parameter come back as they went in."""
        text = "'; DROP TABLE counts -- %s {x} \\ \t \n"
        assert store.query("SELECT {t:String} AS t", {"t": text}) == ({"t": text},)

    def test_statements_take_parameters_as_values(self, store: Store) -> None:
        """A statement that writes takes them as a query does, lists too."""
        given = {"names": ["it's", "a\tb"], "slot": START}
        selected = "SELECT arrayJoin({names:Array(String)}), {slot:DateTime64(3, 'UTC')}"
        store.execute(f"INSERT INTO stacks (service, first_seen) {selected}", given)
        assert store.query("SELECT service, first_seen FROM stacks ORDER BY service") == (
            {"service": "a\tb", "first_seen": START},
            {"service": "it's", "first_seen": START},
        )

    def test_percent_signs_in_sql_are_left_alone(self, store: Store) -> None:
        """SQL without parameters is sent as it stands."""
        assert store.query("SELECT '%s %d' LIKE '%s%' AS found") == ({"found": 1},)

    def test_numbers_of_64_bits_keep_every_bit(self, store: Store) -> None:
        """The largest fingerprint goes through a parameter and back."""
        largest = 2**64 - 1
        assert store.query("SELECT {n:UInt64} AS n", {"n": largest}) == ({"n": largest},)

    def test_times_are_aware_and_utc(self, store: Store) -> None:
        """Times come back as aware UTC datetimes, to the millisecond."""
        time = datetime(2026, 11, 1, 1, 2, 3, 456000, tzinfo=UTC)
        (row,) = store.query(
            "SELECT {t:DateTime64(3, 'UTC')} AS t, toDateTime('2026-11-01 00:00:00', 'UTC') AS d", {"t": time}
        )
        assert row == {"t": time, "d": START}
        assert [value.tzinfo for value in row.values() if isinstance(value, datetime)] == [UTC, UTC]

    def test_no_rows_are_an_empty_answer(self, store: Store) -> None:
        """A query without rows gives an empty sequence."""
        assert store.query("SELECT slot FROM counts") == ()

    @pytest.mark.parametrize("sql", ["SELECT * FROM absent", "SELEC", "SELECT throwIf(1)"])
    def test_nonsense_is_refused(self, store: Store, sql: str) -> None:
        """What can never work is refused: no such table, no such word, an exception of the query's own."""
        with pytest.raises(StoreRefusedError):
            store.query(sql)

    def test_rows_that_do_not_fit_are_refused(self, store: Store) -> None:
        """An insert into a table without that column is refused."""
        with pytest.raises(StoreRefusedError):
            store.insert("counts", pa.table({"absent": [1]}), "t")

    @pytest.mark.parametrize(
        "sql",
        [
            "SELECT sleep(1) SETTINGS max_execution_time = 0.1",
            "SELECT groupArray(number) FROM numbers(10000000) SETTINGS max_memory_usage = 10000000",
        ],
    )
    def test_limits_of_the_moment_are_unavailability(self, store: Store, sql: str) -> None:
        """Out of time and out of memory may work later."""
        with pytest.raises(StoreUnavailableError):
            store.query(sql)

    def test_a_failure_leaves_the_store_usable(self, store: Store) -> None:
        """After a refusal the next call works."""
        with pytest.raises(StoreRefusedError):
            store.execute("CREATE TABLE nonsense")
        assert store.query("SELECT 1 AS one") == ({"one": 1},)

    def test_threads_share_a_store(self, store: Store) -> None:
        """Inserts and queries of several threads at once all arrive."""
        failures: list[BaseException] = []

        def work(thread: int) -> None:
            try:
                for turn in range(5):
                    store.insert(
                        "counts", rows("counts", {"fingerprint": thread, "slot": minute(turn)}), f"{thread}-{turn}"
                    )
                    store.query("SELECT count() FROM counts")
            except BaseException as error:  # noqa: BLE001 an assertion in a thread reaches nobody: handed to the test
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert store.query("SELECT count() AS n FROM counts FINAL") == ({"n": 20},)
