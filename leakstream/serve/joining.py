"""How the chunks of a result become one text of its format. Pure.

The engine gives a long result in chunks, each a whole text of the format. Where that text has a head (names of columns,
a schema), the head of all but the first is taken off. Refuses formats whose texts cannot be joined (JSON has a foot,
Pretty has frames): their results are made whole.
"""

import io
from collections.abc import Callable
from typing import Protocol

import pyarrow as pa

_HEADLESS = frozenset(
    {
        *("TabSeparated", "TSV", "TabSeparatedRaw", "TSVRaw", "Raw", "CSV", "TSKV", "Native", "RowBinary", "MsgPack"),
        *("JSONEachRow", "JSONLines", "NDJSON", "JSONStringsEachRow", "JSONCompactEachRow", "BSONEachRow"),
        *("JSONCompactStringsEachRow", "LineAsString", "RawBLOB"),
    }
)
_LINES = {
    **dict.fromkeys(("TabSeparatedWithNames", "TSVWithNames"), 1),
    **dict.fromkeys(("TabSeparatedWithNamesAndTypes", "TSVWithNamesAndTypes"), 2),
    **dict.fromkeys(("JSONCompactEachRowWithNames", "JSONCompactStringsEachRowWithNames"), 1),
    **dict.fromkeys(("JSONCompactEachRowWithNamesAndTypes", "JSONCompactStringsEachRowWithNamesAndTypes"), 2),
}
"""Lines of names and types; a line break in a name is escaped in these formats."""
_BINARY = {"RowBinaryWithNames": 1, "RowBinaryWithNamesAndTypes": 2}
_CONTINUES = 0x80


class Joiner(Protocol):
    """Joins the chunks of one result."""

    def add(self, chunk: bytes) -> bytes:
        """Give what goes out for the next chunk."""
        ...

    def finish(self) -> bytes:
        """Give what goes out at the end."""
        ...


def make_joiner(output_format: str) -> Joiner | None:
    """Give what joins chunks of a format; None for a format whose results are made whole."""
    if output_format in _HEADLESS:
        return _Headed(lambda _: 0)
    if output_format in _LINES:
        lines = _LINES[output_format]
        return _Headed(lambda chunk: _end_of_lines(chunk, lines))
    if output_format in _BINARY:
        texts = _BINARY[output_format]
        return _Headed(lambda chunk: _end_of_texts(chunk, texts))
    if output_format == "CSVWithNames":
        return _Headed(_end_of_csv_line)
    return _Arrow() if output_format == "ArrowStream" else None


class _Headed:
    """Takes the head off every chunk but the first; `measure` gives its length."""

    def __init__(self, measure: Callable[[bytes], int]) -> None:
        self._measure = measure
        self._begun = False

    def add(self, chunk: bytes) -> bytes:
        """Give the chunk, without its head when it is not the first."""
        begun, self._begun = self._begun, True
        return chunk[self._measure(chunk) :] if begun else chunk

    def finish(self) -> bytes:
        """There is no foot."""
        return b""


class _Arrow:
    """Writes the batches of several streams as one: the schema first, and the mark of the end once."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._writer: pa.RecordBatchStreamWriter | None = None

    def add(self, chunk: bytes) -> bytes:
        """Give the batches of the chunk."""
        reader = pa.ipc.open_stream(chunk)
        if self._writer is None:
            self._writer = pa.ipc.new_stream(self._out, reader.schema)
        for batch in reader:
            self._writer.write_batch(batch)
        return self._take()

    def finish(self) -> bytes:
        """Give the mark of the end."""
        if self._writer is not None:
            self._writer.close()
        return self._take()

    def _take(self) -> bytes:
        """Give what was written since the last time."""
        written = self._out.getvalue()
        self._out.seek(0)
        self._out.truncate()
        return written


def _end_of_lines(chunk: bytes, lines: int) -> int:
    """Give the place behind so many lines."""
    end = 0
    for _ in range(lines):
        end = chunk.index(b"\n", end) + 1
    return end


def _end_of_csv_line(chunk: bytes) -> int:
    """Give the place behind the first line, in whose quoted names line breaks stand as they are."""
    end = chunk.index(b"\n") + 1
    while chunk.count(b'"', 0, end) % 2:
        end = chunk.index(b"\n", end) + 1
    return end


def _end_of_texts(chunk: bytes, texts: int) -> int:
    """Give the place behind a number of columns and so many texts for each, all with their length before them."""
    columns, end = _read_number(chunk, 0)
    for _ in range(columns * texts):
        length, end = _read_number(chunk, end)
        end += length
    return end


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    """Read a LEB128 number; give it and the place behind it."""
    value = shift = 0
    while data[at] & _CONTINUES:
        value |= (data[at] & ~_CONTINUES) << shift
        shift, at = shift + 7, at + 1
    return value | data[at] << shift, at + 1
