"""Results for people and for programs: one JSON object a line, or a table that holds nothing hostile.

In JSON every character outside ASCII is escaped, so names arrive whole and harmless; in text they are made plain.
"""

import io
import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from processors.plain_text import plain

Row = Mapping[str, object]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""How the store writes a time that is not there."""

_PIPE_COLUMNS = 4000
"""Into a file or a pipe nothing is folded, so that grep finds whole names."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading, the key of the row it shows, and whether it is a number."""

    heading: str
    key: str
    number: bool = False


def json_line(row: Row) -> str:
    """Give one row as one line of JSON; times as RFC 3339 in UTC, null where there is none."""
    return json.dumps({key: _json_value(value) for key, value in row.items()}, ensure_ascii=True, default=str)


def table(columns: Sequence[Column], rows: Iterable[Row]) -> str:
    """Give rows as an aligned table, headings first; without a line break at the end."""
    drawn = Table(box=None, pad_edge=False, show_edge=False, header_style="")
    for column in columns:
        drawn.add_column(column.heading, justify="right" if column.number else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(plain(cell(row.get(column.key)))) for column in columns))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_COLUMNS
    screen = Console(file=io.StringIO(), width=width, color_system=None, markup=False, emoji=False, highlight=False)
    with screen.capture() as captured:
        screen.print(drawn)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def cell(value: object) -> str:
    """Write a value for people: times to the second, a dash where there is nothing, thousands apart."""
    if value is None or value in ("", _EPOCH):
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


def _json_value(value: object) -> object:
    """Turn what JSON does not know into what it does."""
    if isinstance(value, datetime):
        return None if value == _EPOCH else value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    return value
