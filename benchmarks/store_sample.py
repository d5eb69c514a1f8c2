"""A sample of a fleet for bench_store.py, made by the engine itself from store_sample.sql, which says what is in it."""

from datetime import UTC, datetime
from pathlib import Path

from schemas.ports import Store
from schemas.store.split import split_statements

SERIES = 2_000
BEGIN = datetime(2025, 11, 1, tzinfo=UTC)
_SQL = Path(__file__).with_suffix(".sql")
_AT_ONCE = 2_000_000


def fill_sample(store: Store, counts: int, written: int = 0) -> int:
    """Add to a sample of `written` until it is so large; give its new size.

    A stack that is absent makes no count, so some 9 of 10 are rows.
    """
    statements = split_statements(_SQL.read_text(encoding="utf-8"))
    while written < counts:
        many = min(_AT_ONCE, counts - written)
        for sql in statements:
            bounded = "{first:UInt64}" in sql and not sql.startswith("CREATE")
            store.execute(sql, {"first": written, "many": many} if bounded else None)
        written += many
    return written
