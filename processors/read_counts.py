"""Rows of backtest_scrapes.sql -> counted scrapes, and of backtest_verdicts.sql -> opinions."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from processors.backtest import Opinions
from processors.recount import CountedScrape
from schemas.say import Opinion

Row = Mapping[str, object]


def read_scrapes(service: str, rows: Iterable[Row]) -> Iterator[CountedScrape]:
    """Read attempts in their order."""
    for row in rows:
        started = _time(row["process_start"])
        labels = row["labels"] if isinstance(row["labels"], Mapping) else {}
        yield CountedScrape(
            service=service,
            instance=str(row["instance"]),
            slot=_time(row["slot"]),
            interval_seconds=float(str(row["interval_seconds"])),
            labels={str(key): str(value) for key, value in labels.items()},
            process_start=started if started.timestamp() > 0 else None,
            counts=dict(zip(_numbers(row["fingerprints"]), _numbers(row["goroutines"]), strict=True))
            if row["ok"]
            else None,
        )


def read_opinions(rows: Iterable[Row]) -> Opinions:
    """Read what people said last of each stack."""
    return {(str(row["service"]), int(str(row["fingerprint"]))): Opinion(str(row["opinion"])) for row in rows}


def _numbers(value: object) -> list[int]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"expected a list from the store, got {value!r}")
    return [int(item) for item in value]


def _time(value: object) -> datetime:
    """Take a time from a stored row; anything else there is our mistake."""
    if not isinstance(value, datetime):
        raise TypeError(f"expected a time from the store, got {value!r}")
    return value
