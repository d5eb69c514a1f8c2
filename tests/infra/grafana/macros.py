"""The macros of Grafana's ClickHouse data source 4.x: SQL of a panel -> SQL that is sent.

In Grafana a query passes three steps, and `expand` makes them in this order: the front end of the data source replaces
`$__conditionalAll`, Grafana writes the variables, and the back end of the data source expands the macros, wherever they
stand: in strings and comments too. A name that no step knows stays as it is. MacroError is what the back end answers
where a macro has too few or too many arguments; recorded expansions of the real one are the oracle (test_macros.py).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.infra.grafana.variables import Chosen, read_arguments, write_conditions, write_variables

_MACRO = re.compile(r"\$__(?P<name>\w+)")
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms"))


class MacroError(Exception):
    """What the data source says instead of asking the store."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a query is asked with: the time of the dashboard (aware), the interval of the panel, the variables.

    `table` and `column` are those of the query builder.
    """

    since: datetime
    until: datetime
    interval_ms: int
    variables: Mapping[str, Chosen] = field(default_factory=dict)
    table: str = ""
    column: str = ""


def expand(sql: str, request: Request) -> str:
    """Make all three steps; raises MacroError."""
    return expand_macros(write_variables(write_conditions(sql, request.variables), request.variables), request)


def expand_macros(sql: str, request: Request) -> str:
    """Expand every macro; raises MacroError."""
    for name in _MACROS:
        sql = _expand(sql, name, request)
    return sql


def _expand(sql: str, name: str, request: Request) -> str:
    """Expand one macro everywhere."""
    done = ""
    while match := next((one for one in _MACRO.finditer(sql) if one["name"] == name), None):
        arguments, end = read_arguments(sql, match.end()) if sql[match.end() :].startswith("(") else ([], match.end())
        done += sql[: match.start()] + _MACROS[name]([argument.strip() for argument in arguments], request)
        sql = sql[end:]
    return done + sql


def _seconds(moment: datetime) -> str:
    return f"toDateTime({int(moment.timestamp())})"


def _milliseconds(moment: datetime) -> str:
    return f"fromUnixTimestamp64Milli({round(moment.timestamp() * 1000)})"


def _step_seconds(request: Request) -> int:
    """Give the interval in whole seconds, one at least."""
    return max(request.interval_ms // 1000, 1)


def _between(column: str, since: str, until: str) -> str:
    return f"{column} >= {since} AND {column} <= {until}"


def _in_seconds(arguments: Sequence[str], request: Request) -> str:
    (column,) = _exactly(1, arguments)
    return _between(column, _seconds(request.since), _seconds(request.until))


def _in_milliseconds(arguments: Sequence[str], request: Request) -> str:
    (column,) = _exactly(1, arguments)
    return _between(column, _milliseconds(request.since), _milliseconds(request.until))


def _in_days(arguments: Sequence[str], request: Request) -> str:
    (column,) = _exactly(1, arguments)
    return _between(column, f"toDate('{request.since:%Y-%m-%d}')", f"toDate('{request.until:%Y-%m-%d}')")


def _in_days_and_seconds(arguments: Sequence[str], request: Request) -> str:
    day, moment = _exactly(2, arguments)
    return f"({_in_days([day], request)}) AND ({_in_seconds([moment], request)})"


def _step(arguments: Sequence[str], request: Request) -> str:
    (column,) = _exactly(1, arguments)
    return f"toStartOfInterval(toDateTime({column}), INTERVAL {_step_seconds(request)} second)"


def _step_milliseconds(arguments: Sequence[str], request: Request) -> str:
    (column,) = _exactly(1, arguments)
    return f"toStartOfInterval(toDateTime64({column}, 3), INTERVAL {max(request.interval_ms, 1)} millisecond)"


def _short(milliseconds: int) -> str:
    """Give the interval in its largest unit, rounded down."""
    return next(f"{milliseconds // size}{unit}" for size, unit in _UNITS if milliseconds >= size)


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _exactly(number: int, arguments: Sequence[str]) -> Sequence[str]:
    """Give the arguments when there are so many."""
    if len(arguments) != number:
        words = "1 argument" if number == 1 else f"{number} arguments"
        raise MacroError(f"unexpected number of arguments: expected {words}, received {len(arguments)}")
    return arguments


_MACROS: Mapping[str, Callable[[Sequence[str], Request], str]] = {
    "fromTime": lambda _, request: _seconds(request.since),
    "toTime": lambda _, request: _seconds(request.until),
    "fromTime_ms": lambda _, request: _milliseconds(request.since),
    "toTime_ms": lambda _, request: _milliseconds(request.until),
    "timeFilter": _in_seconds,
    "timeFilter_ms": _in_milliseconds,
    "dateFilter": _in_days,
    "dateTimeFilter": _in_days_and_seconds,
    "dt": _in_days_and_seconds,
    "timeInterval": _step,
    "timeInterval_ms": _step_milliseconds,
    "interval_s": lambda _, request: str(_step_seconds(request)),
    "interval_ms": lambda _, request: str(request.interval_ms),
    "interval": lambda _, request: _short(request.interval_ms),
    "timeFrom": lambda arguments, request: f"{_exactly(1, arguments)[0]} >= '{_iso(request.since)}'",
    "timeTo": lambda arguments, request: f"{_exactly(1, arguments)[0]} <= '{_iso(request.until)}'",
    "timeGroup": lambda _, __: "",  # so recorded for units that it does not know; none of ours is written with it
    "table": lambda _, request: request.table,
    "column": lambda _, request: request.column,
}
