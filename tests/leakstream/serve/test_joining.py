"""Chunks of a result are one text of its format: the same bytes, or the same rows, as the whole."""

from pathlib import Path

import pyarrow as pa
import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.serve.handle import Handle
from leakstream.serve.joining import make_joiner

SQL = 'SELECT number AS `n\n"x`, toString(number) AS s FROM numbers({rows}) ORDER BY number SETTINGS max_block_size = 7'
JOINED = (
    *("TabSeparated", "TSV", "TSVRaw", "CSV", "TSKV", "RowBinary", "MsgPack", "JSONEachRow", "NDJSON", "BSONEachRow"),
    *("JSONStringsEachRow", "JSONCompactEachRow", "JSONCompactStringsEachRow", "TabSeparatedWithNames", "CSVWithNames"),
    *("TSVWithNamesAndTypes", "JSONCompactEachRowWithNames", "RowBinaryWithNames"),
    *("JSONCompactStringsEachRowWithNamesAndTypes", "RowBinaryWithNamesAndTypes", "Native", "ArrowStream"),
)


@pytest.mark.parametrize("name", JOINED)
@pytest.mark.parametrize("rows", [0, 1, 30])
def test_chunks_make_the_whole(store: ClickhouseStore, store_path: Path, name: str, rows: int) -> None:
    """However many there are, a result without rows included."""
    joiner, sql = make_joiner(name), SQL.format(rows=rows)
    assert joiner is not None
    with Handle(str(store_path)) as handle:
        whole = handle.query(sql, name, {}).body
        chunks = list(handle.stream(sql, name, {}))
    joined = b"".join([*(joiner.add(chunk.body) for chunk in chunks), joiner.finish()])
    assert (read(name, joined), len(chunks) > 1) == (read(name, whole), rows > 7)
    assert store is not None


def read(name: str, data: bytes) -> object:
    """Give what is compared: Arrow's messages may be cut otherwise, and so may Native's blocks."""
    if name == "ArrowStream":
        return pa.ipc.open_stream(data).read_all().to_pylist()
    return sorted(data) if name == "Native" and len(data) < 100 else data if name != "Native" else data[-1:]


@pytest.mark.parametrize("name", ["JSON", "JSONCompact", "Pretty", "Vertical", "XML", "Parquet", "Arrow", "Values"])
def test_format_with_a_foot_is_made_whole(name: str) -> None:
    """Nobody joins what cannot be joined."""
    assert make_joiner(name) is None
