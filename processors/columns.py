"""Columns that several tables share, with the store's own types.

Strings that repeat are dictionary-encoded: half of the insert's cost otherwise.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import pyarrow as pa

from schemas.model import LogPosition

WORD = pa.dictionary(pa.int32(), pa.string())
TIME = pa.timestamp("ms", tz="UTC")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = [("log", WORD), ("log_partition", pa.uint32()), ("log_offset", pa.uint64())]


def place(position: LogPosition, log: str) -> Mapping[str, object]:
    """Give the columns that say where the record stands in the log."""
    return {"log": log, "log_partition": position.partition, "log_offset": position.offset}
