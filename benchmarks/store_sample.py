"""A sample of a fleet for bench_store.py, made by the engine itself from store_sample.sql, which says what is in it."""

from datetime import UTC, datetime
from pathlib import Path

from schemas.ports import Store
from schemas.store.split import split_statements

SERIES = 2_000
BEGIN = datetime(2025, 11, 1, tzinfo=UTC)
_SQL = Path(__file__).with_suffix(".sql")
HOUR = 60 * SERIES
AT_ONCE = 17 * HOUR
"""Whole hours, so that none is rolled up before it is whole."""


def fill_sample(store: Store, many: int, written: int = 0) -> None:
    """Add so many counts to a sample of `written`; a stack that is absent makes none, so some 9 of 10 are rows."""
    for sql in split_statements(_SQL.read_text(encoding="utf-8")):
        bounded = "{first:UInt64}" in sql and not sql.startswith("CREATE")
        store.execute(sql, {"first": written, "many": many} if bounded else None)
