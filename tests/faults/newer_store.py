"""Makes a store that a newer Leakstream migrated: `python -m tests.faults.newer_store FOLDER`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from leakstream.adapters.clickhouse import open_embedded
from leakstream.migrate import migrate

AT = datetime(2026, 11, 1, tzinfo=UTC)

if __name__ == "__main__":
    store = open_embedded(Path(sys.argv[1]))
    migrate(store, "leakstream", now=AT)
    later = {"number": 9_999, "name": "later", "applied_at": AT, "checksum": "x"}
    store.insert("schema_migrations", pa.Table.from_pylist([later]), "later")
    store.close()
